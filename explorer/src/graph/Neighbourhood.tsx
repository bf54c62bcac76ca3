// The layers around one layer as a graph: layers are nodes, tensors are edges, reformats stand out. Pan and zoom.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import source from "worker-text";
import type { Layers } from "../contract";
import { fill, hatched, moves } from "../colours";
import { text } from "../data";
import { ms } from "../format";
import { About } from "../parts/Strip";
import { useTip, useWidth } from "../parts/small";
import type { Laid, Wanted } from "./worker";

const WIDE = 188, HIGH = 40, SMALL = 26, MOST = 60, PATIENCE = 3000;

/** Rows at most so many steps away, nearest first. */
function around(layers: Layers, row: number, most: number): number[] {
  const back: number[][] = layers.feeds.map(() => []);
  layers.feeds.forEach((to, from) => to.forEach((one) => back[one]?.push(from)));
  const found = new Set([row]);
  let edge = [row];
  while (edge.length && found.size < most) {
    const next: number[] = [];
    for (const one of edge) {
      for (const other of [...(layers.feeds[one] ?? []), ...(back[one] ?? [])]) {
        if (found.has(other) || found.size >= most) continue;
        found.add(other);
        next.push(other);
      }
    }
    edge = next;
  }
  return [...found].sort((a, b) => a - b);
}

export function Neighbourhood({ layers, row, onOpen }: { layers: Layers; row: number; onOpen: (row: number) => void }) {
  const [steps, setSteps] = useState(16);
  const rows = useMemo(() => around(layers, row, steps), [layers, row, steps]);
  const [laid, setLaid] = useState<Laid | "late" | null>(null);
  const high = (one: number) => (moves(text(layers.family, one) ?? "") ? SMALL : HIGH);
  useEffect(() => {
    setLaid(null);
    if (rows.length < 2) return;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    const deadline = setTimeout(() => { worker.terminate(); setLaid("late"); }, PATIENCE);
    const end = () => { clearTimeout(deadline); worker.terminate(); URL.revokeObjectURL(url); };
    worker.onmessage = ({ data }: MessageEvent<Laid>) => { setLaid(data); end(); };
    worker.onerror = () => { setLaid("late"); end(); };
    const inside = new Set(rows);
    const wanted: Wanted = {
      nodes: rows.map((one) => ({ id: String(one), width: WIDE, height: high(one) })),
      edges: rows.flatMap((from) => (layers.feeds[from] ?? []).filter((to) => inside.has(to))
        .map((to) => ({ from: String(from), to: String(to) }))),
    };
    worker.postMessage(wanted);
    return end;
  }, [rows]);
  if (rows.length < 2) return null;
  return (
    <section class="graph" aria-label="Neighbours of the layer">
      <div class="table-bar"><h4>Neighbours <span class="dim">{rows.length} layers; orange ones move data</span></h4>
        <span class="no-print">
          {steps < MOST && <button type="button" class="quiet" onClick={() => setSteps(MOST)}>More</button>}
          {steps > 16 && <button type="button" class="quiet" onClick={() => setSteps(16)}>Fewer</button>}
        </span>
      </div>
      {laid === "late" && <p class="dim">Laying out this graph takes too long; the strip above shows the same layers in order.</p>}
      {laid && laid !== "late" && <Picture layers={layers} row={row} laid={laid} high={high} onOpen={onOpen} />}
    </section>
  );
}

function Picture({ layers, row, laid, high, onOpen }: {
  layers: Layers; row: number; laid: Laid; high: (row: number) => number; onOpen: (row: number) => void;
}) {
  const { tip, show, hide } = useTip();
  const own = laid.nodes.find((node) => node.id === String(row));
  const [width, measure] = useWidth();
  const half = (width || 480) / 2;
  const [view, setView] = useState({ x: 0, y: 0, scale: 1 });
  useEffect(() => setView({ x: (own?.x ?? 0) - half, y: (own?.y ?? 0) - 170, scale: 1 }), [laid, width > 0]);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const zoom = (factor: number) => setView((now) => ({
    scale: Math.max(0.25, Math.min(3, now.scale * factor)),
    x: now.x + half / now.scale * (1 - 1 / factor), y: now.y + 170 / now.scale * (1 - 1 / factor),
  }));
  return (
    <div class="graph-box" ref={measure}>
      <div class="graph-tools no-print">
        <button type="button" class="quiet" aria-label="Zoom in" onClick={() => zoom(1.3)}>+</button>
        <button type="button" class="quiet" aria-label="Zoom out" onClick={() => zoom(1 / 1.3)}>−</button>
      </div>
      <svg height={340} width="100%" onMouseLeave={hide}
        onPointerDown={(event) => { drag.current = { x: event.clientX, y: event.clientY }; }}
        onPointerUp={() => { drag.current = null; }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from || !(event.buttons & 1)) return;
          drag.current = { x: event.clientX, y: event.clientY };
          setView((now) => ({ ...now, x: now.x - (event.clientX - from.x) / now.scale, y: now.y - (event.clientY - from.y) / now.scale }));
        }}>
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0L8 4L0 8z" class="arrow" /></marker></defs>
        <g transform={`scale(${view.scale}) translate(${-view.x} ${-view.y})`}>
          {laid.edges.map((points, at) => (
            <path key={at} class="edge" marker-end="url(#arrow)"
              d={points.map((point, place) => `${place ? "L" : "M"}${point.x} ${point.y}`).join("")} />
          ))}
          {laid.nodes.map((node) => {
            const one = Number(node.id), family = text(layers.family, one) ?? "unknown", height = high(one);
            const name = text(layers.name, one) ?? "";
            return (
              <g key={node.id} class={`node${one === row ? " here" : ""}${moves(family) ? " moves" : ""}`} tabIndex={0}
                role="button" aria-label={`${name}, ${ms(layers.time_ms[one])}`}
                transform={`translate(${node.x - WIDE / 2} ${node.y - height / 2})`}
                onMouseMove={(event) => show(event, <About layers={layers} row={one} />)}
                onKeyDown={(event) => { if (event.key === "Enter") onOpen(one); }}
                onClick={() => onOpen(one)}>
                <rect width={WIDE} height={height} rx={4} />
                <rect width={6} height={height} rx={2} style={{ fill: fill(family), stroke: "none" }} class={hatched(family) ? "hatched" : ""} />
                <text x={14} y={moves(family) ? 17 : 16}>{middle(name, 27)}</text>
                {!moves(family) && <text x={14} y={32} class="small">{ms(layers.time_ms[one])} · {family}</text>}
              </g>
            );
          })}
        </g>
      </svg>
      {tip}
    </div>
  );
}

/** A name cut in its middle, where fused names say least. */
function middle(name: string, most: number): string {
  if (name.length <= most) return name;
  const head = Math.floor(((most - 1) * 2) / 3);
  return `${name.slice(0, head)}…${name.slice(-(most - 1 - head))}`;
}
