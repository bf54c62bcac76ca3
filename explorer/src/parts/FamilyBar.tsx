// The time of an engine as one bar by family, matrix work first, with the goal on the same axis.
import type { Engine } from "../contract";
import { fill, hatched, kinds, rank } from "../colours";
import { text } from "../data";
import { ms, percent, share } from "../format";
import { go, type Route } from "../route";
import { Swatch, useTip } from "./small";

interface Part { family: string; layers: number; time: number; share: number; cores: number }

export function FamilyBar({ engine, goal, route }: { engine: Engine; goal: number; route: Route }) {
  const { tip, show, hide } = useTip();
  const table = engine.families;
  const parts: Part[] = table.family.codes.map((_, row) => ({
    family: text(table.family, row) ?? "unknown", layers: table.layers[row] ?? 0, time: table.time_ms[row] ?? 0,
    share: table.share[row] ?? 0, cores: table.tensor_core_ms[row] ?? 0,
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
              {part.layers} layers{part.cores > 0 && <>, {percent(part.cores / part.time)} of it on Tensor Cores</>}
            </>)}>
            {part.cores > 0 && <i style={{ width: `${Math.min(100, (100 * part.cores) / part.time)}%` }} />}
          </div>
        ))}
        <div class="goal" style={{ left: `${goal * 100}%` }}><span>goal {percent(goal)}</span></div>
      </div>
      <div class="scale">
        <Reach name="GEMM" of={engine.gemm} />
        <Reach name="on Tensor Cores" of={engine.tensor_core} />
        <Reach name="reformats and copies" of={engine.reformat} />
        <span class="dim">{engine.clock}</span>
      </div>
      {engine.notes.map((note) => <p key={note} class="dim small">{note}</p>)}
      <ul class="legend">
        {[...shown].sort((a, b) => b.time - a.time).map((part) => (
          <li key={part.family}>
            <button type="button" aria-pressed={route.family === part.family} onClick={() => pick(part.family)}
              title={kinds.get(part.family)}>
              <Swatch family={part.family} />{part.family} <b>{ms(part.time)}</b> <span class="dim">{share(part.share)}</span>
            </button>
          </li>
        ))}
      </ul>
      {tip}
    </section>
  );
}

function Reach({ name, of }: { name: string; of: Engine["gemm"] }) {
  if (of.known === null) return null;
  const low = percent(of.low), high = percent(of.high ?? 1);
  return (
    <span><b>{percent(of.known)}</b> {name}
      {of.low !== null && low !== high && <span class="dim" title="What is sure, and what it can be at most"> ({low} to {high})</span>}
    </span>
  );
}
