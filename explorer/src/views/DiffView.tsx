// Two builds: totals by cause, then the layers that changed, and for one change both layers with all that was tried.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Change, Diff, Layer, Page } from "../contract";
import { fill } from "../colours";
import { count, ms, signedMs } from "../format";
import { LayerPanel } from "../parts/LayerPanel";
import { NoiseBand } from "../parts/NoiseBand";
import { At, FromLine, LogNumber, Name, Swatch } from "../parts/small";
import { Table, type Column } from "../parts/Table";
import { at, go, type Route } from "../route";

export function DiffView({ page, diff, route }: { page: Page; diff: Diff; route: Route }) {
  const rows = useMemo(() => filtered(diff, route), [diff, route.find, route.cause, route.at]);
  const number = at(route.change);
  const change = diff.changes[number];
  return (
    <>
      <p class="headline">{diff.headline}</p>
      {diff.notes_first.map((note) => <p key={note} class="note">{note.replace(/[^.]$/, "$&.")}</p>)}
      <div class="overview">
        <Causes diff={diff} route={route} />
        <section aria-label="The two builds">
          <h2>The two builds</h2>
          <table class="pairs">
            <thead><tr><td /><th scope="col">old</th><th scope="col">new</th><th scope="col">change</th></tr></thead>
            <tbody>
              {diff.facts.map((fact) => (
                <tr key={fact.label} class={fact.old === fact.new ? "same" : ""}>
                  <th scope="row">{fact.label}</th><td><At place={fact.old_place}>{fact.old}</At></td><td><At place={fact.new_place}>{fact.new}</At></td><td>{fact.change}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
      {diff.noise && <NoiseBand noise={diff.noise} changes={diff.changes} chosen={change ? number : -1} />}
      <Table label="Changes" columns={columnsOf(diff)} rows={rows} selected={change ? number : undefined}
        onOpen={(row) => go({ change: row })} most={change ? 8 : 18}
        above={<Filter diff={diff} route={route} shown={rows.length} />} />
      {change && <Detail page={page} change={change} />}
      {diff.quiet && <p class="dim">{diff.quiet}</p>}
      <section class="notes" aria-label="Notes"><h2>How this was compared</h2>
        <ul>{diff.notes.map((note) => <li key={note}>{note}</li>)}</ul></section>
    </>
  );
}

function Causes({ diff, route }: { diff: Diff; route: Route }) {
  const most = Math.max(...diff.causes.map((cause) => Math.abs(cause.delta_ms ?? 0)), 1e-12);
  if (!diff.causes.length) return <section><h2>No changes</h2></section>;
  return (
    <section aria-label="Time by cause">
      <h2>Where the difference comes from</h2>
      <ul class="causes">
        {diff.causes.map((cause) => (
          <li key={cause.cause}>
            <button type="button" disabled={!cause.changes} aria-pressed={route.cause === cause.cause}
              onClick={() => go({ cause: route.cause === cause.cause ? null : cause.cause })}>
              <span class="name">{cause.cause}{cause.verdicts && <span class="dim small"> {cause.verdicts}</span>}</span>
              <span class="right">{cause.changes || ""}</span>
              <Delta value={cause.delta_ms} most={most} />
              <span class="right strong">{cause.delta_ms === null ? "" : signedMs(cause.delta_ms)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A length from the middle: to the right what costs, to the left what saves. */
function Delta({ value, most }: { value: number | null; most: number }) {
  const part = Math.min(1, Math.abs(value ?? 0) / most) * 50;
  return (
    <span class="delta" aria-hidden="true"><i class={(value ?? 0) > 0 ? "more" : "less"}
      style={(value ?? 0) > 0 ? { left: "50%", width: `${part}%` } : { right: "50%", width: `${part}%` }} /></span>
  );
}

function filtered(diff: Diff, route: Route): number[] {
  const words = (route.find ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return diff.changes.map((_, row) => row).filter((row) => {
    const change = diff.changes[row]!;
    const said = [change.title, ...change.details, ...change.kinds].join("\n").toLowerCase();
    return (!route.cause || change.cause === route.cause) && (!route.at || (change.verdict ?? "none") === route.at)
      && words.every((word) => said.includes(word));
  });
}

function Filter({ diff, route, shown }: { diff: Diff; route: Route; shown: number }) {
  const causes = [...new Set(diff.changes.map((change) => change.cause))];
  const verdicts = [...new Set(diff.changes.map((change) => change.verdict ?? "none"))];
  const some = route.find || route.cause || route.at;
  return (
    <div class="filter">
      <h2>{count(shown, "change")}{some ? ` of ${diff.changes.length}` : ""}</h2>
      <span class="no-print">
        <label>cause <select value={route.cause ?? ""} onChange={(event) => go({ cause: event.currentTarget.value })}>
          <option value="">all</option>{causes.map((cause) => <option key={cause}>{cause}</option>)}</select></label>
        <label>verdict <select value={route.at ?? ""} onChange={(event) => go({ at: event.currentTarget.value })}>
          <option value="">all</option>{verdicts.map((verdict) => <option key={verdict}>{verdict}</option>)}</select></label>
        {some && <button type="button" class="quiet" onClick={() => go({ find: null, cause: null, at: null })}>Show all</button>}
      </span>
    </div>
  );
}

function columnsOf(diff: Diff): Column[] {
  const of = (row: number): Change => diff.changes[row]!;
  const most = Math.max(...diff.changes.flatMap((one) => [one.old_ms ?? 0, one.new_ms ?? 0]), 1e-12);
  const far = Math.max(...diff.changes.map((one) => Math.abs(one.delta_ms ?? 0)), 1e-12);
  return [
    { id: "delta", title: "change", width: "210px", right: true, descending: true, value: (row) => of(row).delta_ms,
      show: (row) => of(row).delta_ms === null ? "" : (
        <span class="change-cell"><Delta value={of(row).delta_ms} most={far} /><span>{signedMs(of(row).delta_ms)}</span></span>
      ) },
    { id: "old", title: "old and new time", width: "290px", value: (row) => of(row).old_ms,
      show: (row) => <Both change={of(row)} most={most} /> },
    { id: "cause", title: "cause", width: "170px", value: (row) => of(row).cause },
    { id: "verdict", title: "verdict", width: "90px", value: (row) => of(row).verdict,
      show: (row) => <span class={`verdict ${(of(row).verdict ?? "").replace(" ", "_")}`}>{of(row).verdict}</span> },
    { id: "title", title: "layer", width: "minmax(240px, 1fr)", value: (row) => of(row).title,
      show: (row) => <span class="with-swatch"><Swatch family={of(row).family} /><Name name={named(of(row))} /></span> },
  ];
}

const names = (layers: Layer[]) => layers.map((layer) => layer.name).join(" | ");
const named = (change: Change) => {
  const old = names(change.old), now = names(change.new);
  return old && now && old !== now ? `${old} → ${now}` : now || old;
};

/** Old above new, on one axis. */
function Both({ change, most }: { change: Change; most: number }) {
  const width = (time: number | null) => `${(100 * (time ?? 0)) / most}%`;
  return (
    <span class="both">
      <span class="both-bars" aria-hidden="true">
        <i class={`was${change.old_ms === null ? " none" : ""}`} style={{ width: width(change.old_ms), backgroundColor: fill(change.family) }} />
        <i class={change.new_ms === null ? "none" : ""} style={{ width: width(change.new_ms), backgroundColor: fill(change.family) }} />
      </span>
      <span><Timed layers={change.old}>{ms(change.old_ms)}</Timed> → <Timed layers={change.new}>{ms(change.new_ms)}</Timed></span>
    </span>
  );
}

/** A time that opens the line of its layer; of several layers, the row that lists them does. */
function Timed({ layers, children }: { layers: Layer[]; children: ComponentChildren }) {
  const one = layers.length === 1 ? layers[0] : undefined;
  return one ? <FromLine line={one.line} log={one.log}>{children}</FromLine> : <>{children}</>;
}

/** A sentence whose `old line 12; new line 34` open these lines. */
function Linked({ said, change }: { said: string; change: Change }) {
  return <>{said.split(/(\b(?:old|new) lines? [\d, ]*\d)/).map((part, at) => {
    const side = /^(old|new) lines? /.exec(part);
    if (!side) return part;
    const layers = side[1] === "old" ? change.old : change.new;
    return <span key={at}>{side[0]}{part.slice(side[0].length).split(", ").map((line, place) => (
      <span key={place}>{place ? ", " : ""}<FromLine line={Number(line)} log={layers[0]?.log}>{line}</FromLine></span>
    ))}</span>;
  })}</>;
}

function Detail({ page, change }: { page: Page; change: Change }) {
  return (
    <section class="change" aria-label="The change">
      <h2>{change.title}</h2>
      <p><b>{change.cost}</b></p>
      {change.verdict_text && <p class="prose"><span class={`verdict ${(change.verdict ?? "").replace(" ", "_")}`}>{change.verdict}</span>{" "}
        {change.verdict_text.replace(/^[a-z ]+: /, "")}</p>}
      <ul class="details">{change.details.map((line) => <li key={line}><Linked said={line} change={change} /></li>)}</ul>
      <div class="side-by-side">
        <Side page={page} layers={change.old} title="old" />
        <Side page={page} layers={change.new} title="new" />
      </div>
    </section>
  );
}

function Side({ page, layers, title }: { page: Page; layers: Layer[]; title: string }) {
  if (!layers.length) return <div><h3>{title}</h3><p class="dim">The {title} build has no such layer.</p></div>;
  return (
    <div>
      <h3>{title}</h3>
      {layers.slice(0, 4).map((layer, at) => {
        const log = page.logs[layer.log], engine = log?.engines[layer.engine];
        return (
          <LogNumber.Provider key={at} value={layer.log}>
            {log && engine && layer.row >= 0
              ? <LayerPanel log={log} engine={engine} row={layer.row} />
              : <p>{layer.name} <FromLine line={layer.line}>line {layer.line}</FromLine></p>}
          </LogNumber.Provider>
        );
      })}
      {layers.length > 4 && <p class="dim">and {layers.length - 4} more</p>}
    </div>
  );
}
