// All layers in the order in which they run: width = time, colour = family, reformats and copies raised.
import { useMemo } from "preact/hooks";
import type { Layers } from "../contract";
import { fill, hatched, moves } from "../colours";
import { text } from "../data";
import { ms, share } from "../format";
import { useTip, useWidth } from "./small";

interface Props { layers: Layers; shown: Set<number>; selected: number; onOpen: (row: number) => void; label: string }

const HIGH = 92, RAISE = 18, LEAST = 1.5;

export function Strip({ layers, shown, selected, onOpen, label }: Props) {
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const places = useMemo(() => laid(layers, width), [layers, width]);
  const near = (event: MouseEvent) => {
    const x = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    let row = places.findIndex((one) => x < one.x + one.width);
    if (row < 0) row = places.length - 1;
    return row;
  };
  const name = (row: number) => text(layers.name, row) ?? "";
  const key = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onOpen(Math.max(0, Math.min(places.length - 1, Math.max(0, selected) + step)));
  };
  if (!layers.place.length) return null;
  return (
    <section class="strip" aria-label={label}>
      <div ref={ref} class="strip-box" role="slider" tabIndex={0} aria-label="Layers in execution order"
        aria-valuemin={0} aria-valuemax={places.length - 1} aria-valuenow={Math.max(0, selected)}
        aria-valuetext={selected >= 0 ? `${name(selected)}, ${ms(layers.time_ms[selected])}` : "no layer chosen"}
        onKeyDown={key} onClick={(event) => onOpen(near(event))} onMouseLeave={hide}
        onMouseMove={(event) => show(event, <About layers={layers} row={near(event)} />)}>
        {width > 0 && (
          <svg width={width} height={HIGH + 6} aria-hidden="true">
            <defs>
              <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width="2.5" height="6" class="hatch-line" />
              </pattern>
            </defs>
            {places.map((one, row) => {
              const family = text(layers.family, row) ?? "unknown";
              const raised = moves(family);
              const y = raised ? 0 : RAISE, height = raised ? HIGH - RAISE : HIGH - RAISE;
              const box = { x: one.x, y, width: Math.max(0.5, one.width - (one.width > 4 ? 1 : 0)), height };
              return (
                <g key={row} opacity={shown.has(row) ? 1 : 0.16} data-row={row}>
                  <rect {...box} style={{ fill: fill(family) }} class={one.timed ? "" : "untimed"} />
                  {(hatched(family) || !one.timed) && <rect {...box} fill="url(#hatch)" />}
                </g>
              );
            })}
            {selected >= 0 && places[selected] && (
              <path class="pointer" d={`M${places[selected].x + places[selected].width / 2} ${HIGH - 1}l5 7h-10z`} />
            )}
          </svg>
        )}
      </div>
      {tip}
    </section>
  );
}

/** Places on the axis: each layer as wide as its time, the shortest still seen. */
function laid(layers: Layers, width: number): { x: number; width: number; timed: boolean }[] {
  const known = layers.time_ms.some((time) => time);
  const times = layers.time_ms.map((time) => (known ? (time ?? 0) : 1)); // without any time all are equally wide
  const total = times.reduce((sum, time) => sum + time, 0) || 1;
  const least = Math.min(LEAST, width / Math.max(1, times.length));
  const room = Math.max(0, width - least * times.length);
  let x = 0;
  return times.map((time, row) => {
    const own = least + (time / total) * room;
    const place = { x, width: own, timed: layers.time_ms[row] !== null };
    x += own;
    return place;
  });
}

export function About({ layers, row }: { layers: Layers; row: number }) {
  const names = (rows: number[] | undefined) => (rows ?? []).map((one) => text(layers.name, one)).join(", ");
  const before = names(layers.serves_before[row]), after = names(layers.serves_after[row]);
  return (
    <>
      <b>{text(layers.name, row)}</b><br />
      {ms(layers.time_ms[row])} {share(layers.share[row] ?? null)} · {text(layers.family, row)} · Tensor Cores{" "}
      {text(layers.tensor_core, row) ?? "unknown"}
      {(before || after) && <><br />between {before || "the network's input"} and {after || "the network's output"}</>}
      {text(layers.kernel, row) && <><br /><span class="mono">{text(layers.kernel, row)}</span></>}
    </>
  );
}
