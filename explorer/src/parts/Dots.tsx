// All tactics of a layer: a row per format combination, time on a logarithmic axis.
import { scaleLinear, scaleLog } from "d3-scale";
import type { Details } from "../contract";
import { text } from "../data";
import { margin, ms } from "../format";
import type { Story } from "./stories";
import { useTip, useWidth } from "./small";

const ROW = 24, TOP = 22, LEFT = 92, RIGHT = 92;
const SHAPES = ["●", "▲", "■", "▼", "⬟", "+"];

interface Props { details: Details; stories: Story[]; onPick: (candidate: number) => void }

export function Dots({ details, stories, onPick }: Props) {
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const tried = details.candidates;
  const times = stories.flatMap((story) => story.rows.map((row) => tried.time_ms[row] ?? 0)).filter((time) => time > 0);
  if (!times.length) return null;
  const low = Math.min(...times), high = Math.max(...times);
  const x = scaleLog().domain([low / 1.04, Math.max(high, low * 1.2) * 1.04])
    .range([LEFT, Math.max(LEFT + 80, width - RIGHT)]);
  const runners = [...new Set(stories.flatMap((story) => story.rows.map((row) => text(tried.runner, row) ?? "–")))];
  const shape = (row: number) => Math.min(runners.indexOf(text(tried.runner, row) ?? "–"), SHAPES.length - 1);
  const height = TOP + stories.length * ROW + 4;
  const about = (row: number) => (
    <>
      <b>{text(tried.kernel, row) ?? `${text(tried.runner, row) ?? "runner not printed"} ${text(tried.tactic, row) ?? ""}`}</b>
      <br />{ms(tried.time_ms[row])} {margin(tried.margin[row])} · {text(tried.runner, row)} · Tensor Cores{" "}
      {text(tried.tensor_core, row)}
      {tried.in_engine[row] && <><br />in the engine</>}
      {tried.won[row] && <><br />won its format combination</>}
    </>
  );
  return (
    <div class="dots" ref={ref}>
      <ul class="dots-legend">
        {runners.slice(0, 8).map((runner, at) => <li key={runner}>{SHAPES[Math.min(at, 5)]} {runner}</li>)}
        <li><span class="key won" />winner</li><li><span class="key next" />runner-up</li>
        <li><span class="key engine" />in the engine</li>
      </ul>
      <div class="dots-box" tabIndex={0} role="region" aria-label="Times of the tactics by format combination">
        {width > 0 && (
          <svg width={width - 2} height={height} onMouseLeave={hide} role="img"
            aria-label={`${times.length} timed tactics from ${ms(low)} to ${ms(high)}; the table below lists them`}>
            {ticks(x.domain() as [number, number], x.range() as [number, number]).map((tick) => (
              <g key={tick}>
                <line x1={x(tick)} x2={x(tick)} y1={TOP - 4} y2={height} class="tick" />
                <text x={x(tick)} y={TOP - 9} text-anchor="middle" class="axis">{ms(tick)}</text>
              </g>
            ))}
            {stories.map((story, number) => {
              const y = TOP + number * ROW + ROW / 2;
              const without = story.rows.filter((row) => tried.time_ms[row] === null);
              return (
                <g key={story.combination}>
                  <line x1={LEFT} x2={width - RIGHT} y1={y} y2={y} class="lane" />
                  <text x={0} y={y + 4} class={`axis${story.taken ? " strong" : ""}`}>
                    {story.taken ? "◆ " : ""}comb. {story.combination}
                  </text>
                  {story.rows.filter((row) => tried.time_ms[row] !== null).map((row) => (
                    <g key={row} transform={`translate(${x(Math.max(low, tried.time_ms[row] ?? low))} ${y})`}
                      onMouseMove={(event) => show(event, about(row))} onClick={() => onPick(row)}
                      class={`dot${tried.won[row] ? " won" : ""}${row === story.next ? " next" : ""}${
                        tried.in_engine[row] ? " engine" : ""}`}>
                      {tried.in_engine[row] && <path class="halo" d="M0 -10L10 0L0 10L-10 0Z" />}
                      {tried.won[row] && <circle class="ring" r={7} />}
                      {row === story.next && <circle class="ring next" r={6} />}
                      <Mark shape={shape(row)} />
                    </g>
                  ))}
                  {without.length > 0 && (
                    <text x={width - RIGHT + 10} y={y + 4} class="axis out" onMouseMove={(event) => show(event, <>
                      {without.slice(0, 6).map((row) => <div key={row}>
                        <b>{text(tried.status, row)}</b> {text(tried.kernel, row) ?? text(tried.runner, row)}{" "}
                        {text(tried.reason, row)}</div>)}
                      {without.length > 6 && `and ${without.length - 6} more`}
                    </>)}>✕ {without.length} untimed</text>
                  )}
                </g>
              );
            })}
          </svg>
        )}
      </div>
      {tip}
    </div>
  );
}

function Mark({ shape }: { shape: number }) {
  switch (shape) {
    case 0: return <circle r={3.6} />;
    case 1: return <path d="M0 -4.6L4.4 3.4H-4.4Z" />;
    case 2: return <rect x={-3.4} y={-3.4} width={6.8} height={6.8} />;
    case 3: return <path d="M0 4.6L4.4 -3.4H-4.4Z" />;
    case 4: return <path d="M0 -4.8L4.6 -1.2L2.9 4.2H-2.9L-4.6 -1.2Z" />;
    default: return <path d="M-1 -4H1V-1H4V1H1V4H-1V1H-4V-1H-1Z" />;
  }
}

/** Ticks at 1, 2 and 5 times powers of ten, thinned to what the axis has room for. */
function ticks([low, high]: [number, number], [left, right]: [number, number]): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const step of [1, 2, 5]) {
      const tick = Number((step * 10 ** power).toPrecision(1));
      if (tick >= low && tick <= high) all.push(tick);
    }
  }
  if (all.length < 3) return scaleLinear().domain([low, high]).ticks(4);
  const most = Math.max(2, Math.floor((right - left) / 80));
  const every = Math.ceil(all.length / most);
  return all.filter((_, at) => at % every === 0);
}
