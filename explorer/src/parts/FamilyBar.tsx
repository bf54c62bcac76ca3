// The time of an engine as one bar by family, matrix work first, with the goal on the same axis.
import type { ComponentChildren } from "preact";
import type { Engine, Share, Sum } from "../contract";
import { fill, hatched, kinds, rank } from "../colours";
import { numbers, text } from "../data";
import { count, ms, percent, share } from "../format";
import { go, type Route } from "../route";
import { Bar, Family, FromLine, Name, Swatch, useTip } from "./small";
import { Table, type Column } from "./Table";

interface Part { family: string; layers: number; time: number; share: number; cores: number }
interface Props { engine: Engine; goal: number; route: Route; onOpen: (row: number) => void }

const SHARES = { all: "all layers", gemm: "GEMM", tensor_core: "on Tensor Cores", reformat: "reformats and copies" } as const;

export function FamilyBar({ engine, goal, route, onOpen }: Props) {
  const { tip, show, hide } = useTip();
  const table = engine.families;
  const parts: Part[] = table.family.codes.map((_, row) => ({
    family: text(table.family, row) ?? "unknown", layers: table.layers[row] ?? 0, time: table.time_ms[row] ?? 0,
    share: table.share[row] ?? 0, cores: table.tensor_core[row] ?? 0,
  }));
  if (engine.time_ms === null || !parts.length) return null;
  const shown = parts.filter((part) => part.time > 0).sort((a, b) => rank(a.family) - rank(b.family) || b.time - a.time);
  const pick = (family: string) => go({ family: route.family === family ? null : family });
  return (
    <section class="family-bar" aria-label="Time by family">
      <div class="stack" onMouseLeave={hide}>
        {shown.map((part) => (
          <div key={part.family} data-family={part.family} class={`part${hatched(part.family) ? " hatched" : ""}${
            route.family && route.family !== part.family ? " faded" : ""}`}
            style={{ flexGrow: part.share, backgroundColor: fill(part.family) }}
            onClick={() => pick(part.family)}
            onMouseMove={(event) => show(event, <>
              <b>{part.family}</b> {ms(part.time)}, {percent(part.share)}<br />
              {count(part.layers, "layer")}{part.cores > 0 && <>, {percent(part.cores)} of it on Tensor Cores</>}
            </>)}>
            {part.cores > 0 && <i style={{ width: `${Math.min(1, part.cores) * 100}%` }} />}
          </div>
        ))}
        <div class="goal" style={{ left: `${goal * 100}%` }}><span>goal {percent(goal)}</span></div>
      </div>
      <div class="scale">
        <span><Opens sum="all" route={route}>{ms(engine.time_ms)}</Opens> in all</span>
        {(["gemm", "tensor_core", "reformat"] as const).map((name) => <Reach key={name} name={name} of={engine[name]} route={route} />)}
        <span class="dim">{engine.clock}</span>
      </div>
      {engine.notes.map((note) => <p key={note} class="dim small">{note}</p>)}
      <ul class="legend">
        {[...shown].sort((a, b) => b.time - a.time).map((part) => (
          <li key={part.family}>
            <button type="button" aria-pressed={route.family === part.family} onClick={() => pick(part.family)}
              title={kinds.get(part.family)}>
              <Swatch family={part.family} />{part.family}
            </button>{" "}
            <Opens sum={`family:${part.family}`} route={route}>{ms(part.time)}{" "}<span class="dim">{share(part.share)}</span></Opens>
          </li>
        ))}
      </ul>
      <Added engine={engine} route={route} onOpen={onOpen} />
      {tip}
    </section>
  );
}

/** A number that opens the layers it adds up. */
function Opens({ sum, route, children }: { sum: string; route: Route; children: ComponentChildren }) {
  const open = route.sum === sum;
  return (
    <button type="button" class="from-line strong" aria-expanded={open} title="the layers that add up to it"
      onClick={() => go({ sum: open ? null : sum })}>{children}</button>
  );
}

function sumOf(engine: Engine, wanted: string | undefined): { title: string; family?: string; time: number | null; untimed: number; of: Sum } | null {
  if (!wanted) return null;
  if (wanted in SHARES) {
    const name = wanted as keyof typeof SHARES;
    if (name === "all") return { title: SHARES.all, time: engine.time_ms, untimed: engine.layers.time_ms.filter((time) => time === null).length, of: engine.all };
    return { title: SHARES[name], time: engine[name].time_ms, untimed: 0, of: engine[name].of };
  }
  const family = wanted.replace(/^family:/, "");
  const row = engine.families.family.codes.findIndex((_, at) => text(engine.families.family, at) === family);
  const of = engine.families.of[row];
  return of ? { title: family, family, time: engine.families.time_ms[row] ?? null, untimed: engine.families.untimed[row] ?? 0, of } : null;
}

/** The layers that a number adds up, each with the part of its time that counts. */
function Added({ engine, route, onOpen }: { engine: Engine; route: Route; onOpen: (row: number) => void }) {
  const sum = sumOf(engine, route.sum);
  if (!sum) return null;
  const layers = engine.layers, { rows, time_ms: times } = sum.of;
  const family = (at: number) => text(layers.family, rows[at] ?? -1) ?? "unknown";
  const columns: Column[] = [
    { id: "time", title: "time", width: "190px", right: true, descending: true, value: (at) => times[at] ?? null,
      show: (at) => <Bar part={(times[at] ?? 0) / (times[0] || 1)} family={family(at)}>
        <FromLine line={numbers(layers.line)[rows[at] ?? -1]}>{ms(times[at])}</FromLine></Bar> },
    { id: "line", title: "line", width: "70px", right: true, value: (at) => numbers(layers.line)[rows[at] ?? -1] ?? null,
      show: (at) => { const line = numbers(layers.line)[rows[at] ?? -1]; return <FromLine line={line}>{line}</FromLine>; } },
    { id: "name", title: "layer", width: "minmax(240px, 1fr)", value: (at) => text(layers.name, rows[at] ?? -1),
      show: (at) => <Name name={text(layers.name, rows[at] ?? -1) ?? ""} /> },
    { id: "family", title: "family", width: "150px", value: family, show: (at) => <Family family={family(at)} /> },
  ];
  return (
    <div class="added">
      <Table key={route.sum} label="Layers that add up" columns={columns} rows={rows.map((_, at) => at)} sort="-time" most={10}
        onOpen={(at) => onOpen(rows[at] ?? -1)} above={<h3>{sum.title}: {ms(sum.time)} in {count(rows.length, "layer")}
          {sum.untimed > 0 && <span class="dim">, {count(sum.untimed, "more")} without a time</span>}{" "}
          <button type="button" class="quiet no-print" onClick={() => go({ sum: null })}>Close</button></h3>} />
    </div>
  );
}

function Reach({ name, of, route }: { name: Exclude<keyof typeof SHARES, "all">; of: Share; route: Route }) {
  if (of.known === null) return null;
  const low = percent(of.low), high = percent(of.high ?? 1);
  return (
    <span>{of.of.rows.length ? <Opens sum={name} route={route}>{percent(of.known)}</Opens> : <b>{percent(of.known)}</b>} {SHARES[name]}
      {of.low !== null && low !== high && <span class="dim" title="What is sure, and what it can be at most"> ({low} to {high})</span>}
    </span>
  );
}
