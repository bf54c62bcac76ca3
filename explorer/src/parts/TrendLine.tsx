// One series over the points of a fleet, with its steps and the level before and after each.
import { scaleLinear } from "d3-scale";
import type { Fleet, Trend } from "../contract";
import { text } from "../data";
import { margin, ms } from "../format";
import { useTip, useWidth } from "./small";

const HIGH = 190, LEFT = 76, RIGHT = 16, TOP = 18, BOTTOM = 24;

export function TrendLine({ fleet, trend }: { fleet: Fleet; trend: Trend }) {
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const many = fleet.points.length;
  const known = trend.times_ms.filter((time) => time !== null);
  if (!known.length) return null;
  const low = Math.min(...known), high = Math.max(...known), air = (high - low || high || 1) * 0.12;
  const x = scaleLinear().domain([-0.5, many - 0.5]).range([LEFT, Math.max(LEFT + 80, width - RIGHT)]);
  const y = scaleLinear().domain([Math.max(0, low - air), high + air]).range([HIGH - BOTTOM, TOP]);
  const every = Math.max(1, Math.ceil(many / Math.max(1, Math.floor((width - LEFT - RIGHT) / 90))));
  let open = false;
  const path = trend.times_ms.map((time, place) => {
    if (time === null) { open = false; return ""; }
    const point = `${open ? "L" : "M"}${x(place).toFixed(1)} ${y(time).toFixed(1)}`;
    open = true;
    return point;
  }).join("");
  return (
    <section class="trend-line" aria-label="One series" ref={ref}>
      <h2>{trend.name} <span class="dim">{trend.key.filter((value) => value !== "–").join(" · ")}{trend.kind === "layer" ? ` · ${trend.source} times` : ""}</span></h2>
      {width > 0 && (
        <svg width={width} height={HIGH} role="img" onMouseLeave={hide}
          aria-label={`${ms(low)} to ${ms(high)} over ${many} values of ${fleet.over}, ${trend.steps.length} steps`}
          onMouseMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const place = Math.max(0, Math.min(many - 1, Math.round(x.invert(event.clientX - box.left))));
            const time = trend.times_ms[place] ?? null;
            show(event, <><b>{fleet.over} {fleet.points[place]}</b><br />{time === null ? "no log" : <>{ms(time)}, {margin(trend.ratios[place])} against the median</>}
              {text(trend.kernels, place) && <><br /><span class="mono">{text(trend.kernels, place)}</span></>}</>);
          }}>
          {y.ticks(4).map((tick) => (
            <g key={tick}><line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} class="tick" />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end" class="axis">{ms(tick)}</text></g>
          ))}
          {fleet.points.map((point, place) => place % every === 0 && (
            <text key={place} x={x(place)} y={HIGH - 6} text-anchor="middle" class="axis">{point}</text>))}
          {trend.steps.map((step, number) => {
            const begin = number ? trend.steps[number - 1]!.at : 0, end = trend.steps[number + 1]?.at ?? many;
            const edge = x(step.at - 0.5), right = edge > width - 120;
            return (
              <g key={step.at}>
                <line x1={x(begin - 0.5)} x2={edge} y1={y(step.before_ms)} y2={y(step.before_ms)} class="level-line" />
                <line x1={edge} x2={x(end - 0.5)} y1={y(step.after_ms)} y2={y(step.after_ms)} class="level-line" />
                <line x1={edge} x2={edge} y1={TOP - 4} y2={HIGH - BOTTOM} class="step-line" />
                <text x={edge + (right ? -6 : 6)} y={TOP + 4} text-anchor={right ? "end" : "start"} class="axis strong">{margin(step.change)} since {step.since}</text>
              </g>
            );
          })}
          <path d={path} class="series-line" />
          {trend.times_ms.map((time, place) => time !== null && <circle key={place} cx={x(place)} cy={y(time)} r={many > 120 ? 1.6 : 2.8} class="series-dot" />)}
        </svg>
      )}
      {tip}
      {trend.steps.filter((step) => step.kernel_before && step.kernel_after && step.kernel_before !== step.kernel_after).map((step) => (
        <p key={step.at} class="small">Since {step.since}: <code>{step.kernel_before}</code> → <code>{step.kernel_after}</code></p>
      ))}
    </section>
  );
}
