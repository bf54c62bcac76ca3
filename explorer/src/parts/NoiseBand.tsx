// All changes on one axis, by verdict, with the band that noise explains.
import { scaleLinear } from "d3-scale";
import type { Change, Noise } from "../contract";
import { go } from "../route";
import { useTip, useWidth } from "./small";

const LANES = ["real", "cannot tell", "tie", "noise"];
const ROW = 26, TOP = 24, LEFT = 104, RIGHT = 20;
const TICKS = [-0.8, -0.5, -0.3, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 9];

interface Props { noise: Noise; changes: Change[]; chosen: number }

/** A factor and its inverse are equally far from no change. */
const place = (relative: number): number => Math.log(1 + Math.max(-0.98, relative));

export function NoiseBand({ noise, changes, chosen }: Props) {
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const judged = changes.map((change, row) => ({ change, row }))
    .filter(({ change }) => change.relative !== null && change.verdict !== null);
  if (!judged.length) return null;
  const lanes = LANES.filter((lane) => judged.some(({ change }) => change.verdict === lane));
  const all = [noise.low, noise.high, ...judged.map(({ change }) => change.relative ?? 0)].map(place);
  const edge = place(0.05);
  const x = scaleLinear().domain([Math.min(-edge, ...all) * 1.06, Math.max(edge, ...all) * 1.06])
    .range([LEFT, Math.max(LEFT + 80, width - RIGHT)]);
  const most = Math.max(...judged.map(({ change }) => Math.abs(change.delta_ms ?? 0)), 1e-12);
  const height = TOP + lanes.length * ROW + 4;
  let last = -Infinity;
  const ticks = TICKS.filter((tick) => {
    const at = x(place(tick)), near = tick !== 0 && Math.abs(at - x(0)) < 48;
    if (at < LEFT || at > width - RIGHT || at - last < 48 || near) return false;
    last = at;
    return true;
  });
  return (
    <section class="noise-band" aria-label="Changes and noise" ref={ref}>
      <h2>Noise</h2>
      <p class="dim small">{noise.text}</p>
      {width > 0 && (
        <svg width={width} height={height} onMouseLeave={hide} role="img"
          aria-label={`${judged.length} changes by verdict; the table below lists them`}>
          <rect class="band" x={x(place(noise.low))} width={Math.max(1, x(place(noise.high)) - x(place(noise.low)))} y={TOP - 4} height={height - TOP + 4} />
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={x(place(tick))} x2={x(place(tick))} y1={TOP - 4} y2={height} class={tick ? "tick" : "tick zero"} />
              <text x={x(place(tick))} y={TOP - 9} text-anchor="middle" class="axis">{tick > 0 ? "+" : ""}{Math.round(tick * 100)} %</text>
            </g>
          ))}
          {lanes.map((lane, at) => {
            const own = judged.filter(({ change }) => change.verdict === lane), y = TOP + at * ROW + ROW / 2;
            return (
              <g key={lane}>
                <text x={0} y={y + 4} class={`axis${lane === "real" ? " strong" : ""}`}>{lane} {own.length}</text>
                <line x1={LEFT} x2={width - RIGHT} y1={y} y2={y} class="lane" />
                {own.map(({ change, row }) => (
                  <circle key={row} cx={x(place(change.relative ?? 0))} cy={y} r={3 + 5 * Math.sqrt(Math.abs(change.delta_ms ?? 0) / most)}
                    class={`moved ${lane.replace(" ", "_")}${row === chosen ? " here" : ""}`}
                    onMouseMove={(event) => show(event, <><b>{change.title}</b><br />{change.cost}, {change.verdict}</>)}
                    onClick={() => go({ change: row })} />
                ))}
              </g>
            );
          })}
        </svg>
      )}
      {tip}
    </section>
  );
}
