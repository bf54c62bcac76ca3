// One row of a heat map: a cell per point, its colour how far the time is from the usual one.
import type { Fleet, Trend } from "../contract";
import { margin, ms } from "../format";
import { useTip } from "./small";

const colour = (fleet: Fleet, level: number): string => {
  const of = fleet.levels[level];
  return of ? `light-dark(${of.light}, ${of.dark})` : "transparent";
};

/** Cells as one gradient, so that a row is one element; where nothing is known the hatching below it shows. */
function cells(fleet: Fleet, levels: (number | null)[]): string {
  const stops: string[] = [];
  const part = 100 / Math.max(1, levels.length);
  for (let from = 0; from < levels.length;) {
    let to = from + 1;
    while (to < levels.length && levels[to] === levels[from]) to += 1;
    const level = levels[from];
    const shade = level === null || level === undefined ? "transparent" : colour(fleet, level);
    stops.push(`${shade} ${(from * part).toFixed(3)}% ${(to * part).toFixed(3)}%`);
    from = to;
  }
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

export function Heat({ fleet, trend, what }: { fleet: Fleet; trend: Trend; what: string }) {
  const { tip, show, hide } = useTip();
  return (
    <span class="heat" onMouseLeave={hide} onMouseMove={(event) => {
      const box = event.currentTarget.getBoundingClientRect();
      const place = Math.max(0, Math.min(fleet.points.length - 1, Math.floor(((event.clientX - box.left) / box.width) * fleet.points.length)));
      const time = trend.times_ms[place] ?? null;
      show(event, <><b>{what}</b><br />{fleet.over} {fleet.points[place]}: {time === null ? "no log" : <>{ms(time)}, {margin(trend.ratios[place])} against {ms(trend.usual_ms)}</>}</>);
    }}>
      <i class="unknown-cells" aria-hidden="true" />
      <i style={{ backgroundImage: cells(fleet, trend.levels) }} aria-hidden="true" />
      {fleet.points.length <= 64 && <i class="cell-lines" style={{ backgroundSize: `${100 / fleet.points.length}% 100%` }} aria-hidden="true" />}
      {trend.steps.map((step) => <b key={step.at} aria-hidden="true" style={{ left: `${(100 * step.at) / Math.max(1, fleet.points.length)}%` }} />)}
      {tip}
    </span>
  );
}

export function HeatLegend({ fleet }: { fleet: Fleet }) {
  return (
    <ul class="heat-legend">
      {fleet.levels.map((level, place) => <li key={place}><i style={{ backgroundColor: colour(fleet, place) }} />{level.label}</li>)}
      <li><i class="unknown-cells" />no log</li>
      <li><i class="step-mark" />step</li>
    </ul>
  );
}
