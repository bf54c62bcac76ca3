// The layers around one layer, or the whole engine with its repeated blocks folded, as a graph: layers are nodes,
// tensors are edges, reformats stand out. Pan and zoom.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import source from "worker-text";
import type { Engine, Layers } from "../contract";
import { fill, hatched, moves } from "../colours";
import { text } from "../data";
import { count, ms } from "../format";
import { About } from "../parts/Strip";
import { useTip, useWidth } from "../parts/small";
import type { Laid, Wanted } from "./worker";

const WIDE = 188, HIGH = 40, SMALL = 26, MOST = 60, PATIENCE = 10_000;

/** A layer, or a folded block: the rows that it stands for. */
interface Unit { rows: number[]; block: number }

/** Every layer of the engine, and one unit for each repeated block that is folded. */
function folded(engine: Engine, opened: Set<number>): Unit[] {
  const units: Unit[] = [];
  const many = engine.layers.place.length;
  for (let row = 0; row < many;) {
    const block = engine.repeats.findIndex((one, at) => one.first === row && !opened.has(at));
    const length = block >= 0 ? engine.repeats[block]!.size * engine.repeats[block]!.times : 1;
    units.push({ rows: Array.from({ length }, (_, at) => row + at), block });
    row += length;
  }
  return units;
}

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

export function Neighbourhood({ engine, row, onOpen }: { engine: Engine; row: number; onOpen: (row: number) => void }) {
  const layers = engine.layers;
  const [steps, setSteps] = useState(16);
  const [whole, setWhole] = useState(false);
  const [opened, setOpened] = useState<Set<number>>(new Set());
  const units = useMemo(() => whole ? folded(engine, opened)
    : around(layers, row, steps).map((one): Unit => ({ rows: [one], block: -1 })), [engine, row, steps, whole, opened]);
  const [laid, setLaid] = useState<Laid | "late" | null>(null);
  const high = (unit: Unit) => (unit.block < 0 && moves(text(layers.family, unit.rows[0] ?? -1) ?? "") ? SMALL : HIGH);
  useEffect(() => {
    setLaid(null);
    if (units.length < 2) return;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    const deadline = setTimeout(() => { worker.terminate(); setLaid("late"); }, PATIENCE);
    const end = () => { clearTimeout(deadline); worker.terminate(); URL.revokeObjectURL(url); };
    worker.onmessage = ({ data }: MessageEvent<Laid>) => { setLaid(data); end(); };
    worker.onerror = () => { setLaid("late"); end(); };
    const unitOf = new Map(units.flatMap((unit, at) => unit.rows.map((one) => [one, at] as const)));
    const edges = new Set(units.flatMap((unit, from) => unit.rows.flatMap((one) => (layers.feeds[one] ?? []).flatMap((next) => {
      const to = unitOf.get(next);
      return to === undefined || to === from ? [] : [`${from} ${to}`];
    }))));
    const wanted: Wanted = {
      nodes: units.map((unit, at) => ({ id: String(at), width: WIDE, height: high(unit) })),
      edges: [...edges].map((edge) => ({ from: edge.split(" ")[0]!, to: edge.split(" ")[1]! })),
    };
    worker.postMessage(wanted);
    return end;
  }, [units]);
  const connected = layers.feeds.some((to) => to.length);
  if (!connected || (units.length < 2 && !whole)) return null;
  return (
    <section class="graph" aria-label="Graph of the layers">
      <div class="table-bar"><h4>{whole ? "Engine" : "Neighbours"} <span class="dim">{whole ? folds(engine, opened) : count(units.length, "layer")}; orange ones move data</span></h4>
        <span class="no-print">
          {!whole && steps < MOST && <button type="button" class="quiet" onClick={() => setSteps(MOST)}>More</button>}
          {!whole && steps > 16 && <button type="button" class="quiet" onClick={() => setSteps(16)}>Fewer</button>}{" "}
          {whole && opened.size > 0 && <button type="button" class="quiet" onClick={() => setOpened(new Set())}>Fold</button>}{" "}
          <button type="button" class="quiet" onClick={() => { setWhole(!whole); setOpened(new Set()); }}>{whole ? "Neighbours" : "Whole engine"}</button>
        </span>
      </div>
      {laid === "late" && <p class="dim">This graph takes too long to lay out. The strip above shows the same layers in order.</p>}
      {laid && laid !== "late" && <Picture engine={engine} row={row} units={units} laid={laid} high={high} whole={whole} onOpen={onOpen}
        onUnfold={(block) => setOpened(new Set([...opened, block]))} />}
    </section>
  );
}

function folds(engine: Engine, opened: Set<number>): string {
  const left = engine.repeats.filter((_, at) => !opened.has(at)).length;
  return `${count(engine.layers.place.length, "layer")}${left ? `, ${count(left, "repeated block")} folded` : ""}`;
}

function Picture({ engine, row, units, laid, high, whole, onOpen, onUnfold }: {
  engine: Engine; row: number; units: Unit[]; laid: Laid; high: (unit: Unit) => number; whole: boolean;
  onOpen: (row: number) => void; onUnfold: (block: number) => void;
}) {
  const layers = engine.layers;
  const { tip, show, hide } = useTip();
  const tall = whole ? 560 : 340;
  const own = laid.nodes.find((node) => units[Number(node.id)]?.rows.includes(row));
  const [width, measure] = useWidth();
  const half = (width || 480) / 2;
  const [view, setView] = useState({ x: 0, y: 0, scale: 1 });
  useEffect(() => {
    const scale = whole ? Math.max(0.55, Math.min(1, (half * 2) / (laid.width || 1))) : 1;
    const top = (own?.y ?? 0) - tall / 2 / scale;
    setView({ x: (own?.x ?? 0) - half / scale, y: Math.max(-12, Math.min(top, laid.height - tall / scale + 12)), scale });
  }, [laid, width > 0]);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const zoom = (factor: number) => setView((now) => ({
    scale: Math.max(0.25, Math.min(3, now.scale * factor)),
    x: now.x + half / now.scale * (1 - 1 / factor), y: now.y + tall / 2 / now.scale * (1 - 1 / factor),
  }));
  return (
    <div class="graph-box" ref={measure}>
      <div class="graph-tools no-print">
        <button type="button" class="quiet" aria-label="Zoom in" onClick={() => zoom(1.3)}>+</button>
        <button type="button" class="quiet" aria-label="Zoom out" onClick={() => zoom(1 / 1.3)}>−</button>
      </div>
      <svg height={tall} width="100%" onMouseLeave={hide}
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
            const unit = units[Number(node.id)];
            if (!unit) return null;
            const place = `translate(${node.x - WIDE / 2} ${node.y - high(unit) / 2})`;
            const here = unit.rows.includes(row);
            if (unit.block >= 0) {
              return <Block key={node.id} engine={engine} unit={unit} place={place} here={here} onUnfold={onUnfold}
                onHover={(event, what) => show(event, what)} />;
            }
            const one = unit.rows[0] ?? 0, family = text(layers.family, one) ?? "unknown", height = high(unit);
            const name = text(layers.name, one) ?? "";
            return (
              <g key={node.id} class={`node${here ? " here" : ""}${moves(family) ? " moves" : ""}`} tabindex={0}
                role="button" aria-label={`${name}, ${ms(layers.time_ms[one])}`} transform={place}
                onMouseMove={(event) => show(event, <About layers={layers} row={one} />)}
                onKeyDown={(event) => { if (event.key === "Enter") onOpen(one); }}
                onClick={() => onOpen(one)}>
                <rect width={WIDE} height={height} rx={4} />
                <rect width={6} height={height} rx={2} style={{ fill: fill(family), stroke: "none" }} class={hatched(family) ? "hatched" : ""} />
                <text x={14} y={moves(family) ? 17 : 16}>{middle(name, 24)}</text>
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

/** A folded block: how often it stands, how many layers it has, their time; a click unfolds it. */
function Block({ engine, unit, place, here, onUnfold, onHover }: {
  engine: Engine; unit: Unit; place: string; here: boolean; onUnfold: (block: number) => void;
  onHover: (event: MouseEvent, what: JSX.Element) => void;
}) {
  const block = engine.repeats[unit.block]!;
  const names = Array.from({ length: block.size }, (_, at) => text(engine.layers.name, block.first + at) ?? "");
  const said = `${block.times} × ${count(block.size, "layer")}`;
  return (
    <g class={`node block${here ? " here" : ""}`} tabindex={0} role="button" aria-label={`${said}, ${ms(block.time_ms)}; unfold`}
      transform={place}
      onMouseMove={(event) => onHover(event, <><b>{said}</b>, {ms(block.time_ms)}; a click unfolds them<br />{names.slice(0, 8).map((name) => <div key={name}>{middle(name, 60)}</div>)}
        {names.length > 8 && `and ${names.length - 8} more`}</>)}
      onKeyDown={(event) => { if (event.key === "Enter") onUnfold(unit.block); }}
      onClick={() => onUnfold(unit.block)}>
      <rect x={5} y={5} width={WIDE} height={HIGH} rx={4} />
      <rect width={WIDE} height={HIGH} rx={4} />
      <text x={14} y={16}>{said} · {ms(block.time_ms)}</text>
      <text x={14} y={32} class="small">{middle(names[0] ?? "", 24)}</text>
    </g>
  );
}

/** A name cut in its middle, where fused names say least. */
function middle(name: string, most: number): string {
  if (name.length <= most) return name;
  const head = Math.floor(((most - 1) * 2) / 3);
  return `${name.slice(0, head)}…${name.slice(-(most - 1 - head))}`;
}
