// A log: overview, the engine strip, the table of its layers, the panel of one layer.
import { useMemo } from "preact/hooks";
import type { Engine, Log } from "../contract";
import { listed, numbers, text } from "../data";
import { count, margin, ms, share } from "../format";
import { FamilyBar } from "../parts/FamilyBar";
import { LayerPanel } from "../parts/LayerPanel";
import { Bar, Family, FromLine, GridTable, Lines, Name, Swatch } from "../parts/small";
import { Strip } from "../parts/Strip";
import { Table, type Column } from "../parts/Table";
import { at, go, type Route } from "../route";

interface Props { log: Log; route: Route }

export function LogView({ log, route }: Props) {
  const engine = log.engines[at(route.engine, 0)] ?? log.engines[0];
  if (!engine) return <Nothing log={log} />;
  const layers = engine.layers;
  const row = rowOf(engine, route.layer);
  const finding = findingOf(log, route.finding);
  const open = (next: number) => go({ layer: next });
  const shown = useMemo(() => filtered(engine, route, finding?.rows ?? null), [engine, route.find, route.family, route.cores, finding]);
  const label = engine.basis === "engine" ? "Layers of the engine" : "Layers that were timed";
  return (
    <>
      <p class="headline">{engine.headline}</p>
      {log.notes.map((note) => <p key={note} class="note">{note}</p>)}
      <FamilyBar engine={engine} goal={log.goal} route={route} onOpen={open} />
      <div class="overview">
        <Dearest engine={engine} onOpen={open} />
        <Findings log={log} route={route} />
      </div>
      {log.builds.rows.length > 1 && (
        <section aria-label="Builds" class="builds"><h2>Builds</h2><GridTable grid={log.builds} label="Builds" /></section>
      )}
      <Strip layers={layers} shown={new Set(shown)} selected={row} onOpen={open} label="Engine in execution order" />
      <div class={`split${row >= 0 ? " open" : ""}`}>
        <div class="split-main">
          <Table label={label} columns={columnsOf(engine, row >= 0)} rows={shown} selected={row >= 0 ? row : undefined}
            onOpen={open} most={row >= 0 ? 24 : 18}
            above={<Filter engine={engine} log={log} route={route} shown={shown.length} finding={finding} />} />
        </div>
        {row >= 0 && <LayerPanel key={row} log={log} engine={engine} row={row} onOpen={open} onClose={() => go({ layer: null })} />}
      </div>
    </>
  );
}

export function rowOf(engine: Engine, layer: string | undefined): number {
  if (layer === undefined) return -1;
  const number = at(layer);
  if (number >= 0 && number < engine.layers.place.length) return number;
  return engine.layers.name.codes.findIndex((_, row) => text(engine.layers.name, row) === layer);
}

function findingOf(log: Log, wanted: string | undefined) {
  if (wanted === undefined) return undefined;
  return log.findings[at(wanted)] ?? log.findings.find((one) => one.code === wanted);
}

function filtered(engine: Engine, route: Route, rows: number[] | null): number[] {
  const layers = engine.layers;
  const words = (route.find ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const of = (row: number) => [text(layers.name, row), text(layers.kernel, row), text(layers.tactic, row),
    text(layers.layer_type, row), ...listed(layers.nodes, row)].join("\n").toLowerCase();
  return (rows ?? layers.place.map((_, row) => row)).filter((row) =>
    (!route.family || text(layers.family, row) === route.family)
    && (!route.cores || (text(layers.tensor_core, row) ?? "unknown") === route.cores)
    && words.every((word) => of(row).includes(word)));
}

function Filter({ engine, log, route, shown, finding }: Props & {
  engine: Engine; shown: number; finding: Log["findings"][number] | undefined;
}) {
  const families = [...new Set(engine.layers.family.texts)];
  const some = route.find || route.family || route.cores || finding;
  return (
    <div class="filter">
      <h2>{count(shown, "layer")}{some ? ` of ${engine.layers.place.length}` : ""}</h2>
      <span class="no-print">
        <label>family <select value={route.family ?? ""} onChange={(event) => go({ family: event.currentTarget.value })}>
          <option value="">all</option>{families.map((family) => <option key={family}>{family}</option>)}
        </select></label>
        <label>Tensor Cores <select value={route.cores ?? ""} onChange={(event) => go({ cores: event.currentTarget.value })}>
          <option value="">all</option><option>yes</option><option>no</option><option>unknown</option>
        </select></label>
        {log.findings.length > 0 && (
          <label>finding <select value={finding ? String(log.findings.indexOf(finding)) : ""}
            onChange={(event) => go({ finding: event.currentTarget.value })}>
            <option value="">all</option>
            {log.findings.map((one, number) => <option key={number} value={number}>{one.code} {one.name}</option>)}
          </select></label>
        )}
        {some && <button type="button" class="quiet" onClick={() => go({ find: null, family: null, cores: null, finding: null })}>
          Show all</button>}
      </span>
    </div>
  );
}

function columnsOf(engine: Engine, narrow: boolean): Column[] {
  const layers = engine.layers;
  const most = Math.max(...layers.time_ms.map((time) => time ?? 0), 1e-12);
  const family = (row: number) => text(layers.family, row) ?? "unknown";
  const all: (Column | false)[] = [
    { id: "at", title: "#", width: "44px", right: true, value: (row) => layers.position[row] ?? null },
    { id: "name", title: "layer", width: "minmax(180px, 3fr)", value: (row) => text(layers.name, row),
      show: (row) => <Name name={text(layers.name, row) ?? ""} /> },
    { id: "time", title: "time", width: "182px", right: true, descending: true, value: (row) => layers.time_ms[row] ?? null,
      show: (row) => <Bar part={(layers.time_ms[row] ?? 0) / most} family={family(row)}>
        <FromLine line={numbers(layers.line)[row]}>{ms(layers.time_ms[row])}</FromLine></Bar> },
    !narrow && { id: "share", title: "share", width: "64px", right: true, descending: true, value: (row) => layers.share[row] ?? null,
      show: (row) => <FromLine line={numbers(layers.line)[row]}>{share(layers.share[row] ?? null)}</FromLine> },
    narrow
      ? { id: "family", title: "", help: "Kernel family", width: "18px", value: family, show: (row) => <Swatch family={family(row)} /> }
      : { id: "family", title: "family", width: "136px", value: family, show: (row) => <Family family={family(row)} /> },
    { id: "tc", title: "TC", help: "Does the kernel run on Tensor Cores?", width: "84px",
      value: (row) => text(layers.tensor_core, row),
      show: (row) => <span title={text(layers.evidence, row) ?? undefined} class={`tc ${text(layers.tensor_core, row)}`}>
        {text(layers.tensor_core, row)}</span> },
    !narrow && { id: "margin", title: "margin", help: "How much slower the runner-up is", width: "76px", right: true,
      value: (row) => layers.margin[row] ?? null,
      show: (row) => <FromLine line={numbers(layers.margin_line)[row]}>{margin(layers.margin[row])}</FromLine> },
    !narrow && { id: "types", title: "types", width: "minmax(90px, 0.8fr)", value: (row) => text(layers.types, row) },
    !narrow && { id: "kernel", title: "kernel", width: "minmax(140px, 2.4fr)",
      value: (row) => text(layers.kernel, row) ?? text(layers.tactic, row),
      show: (row) => <code>{text(layers.kernel, row) ?? text(layers.tactic, row) ?? ""}</code> },
    !narrow && { id: "nodes", title: "ONNX nodes", width: "minmax(90px, 1fr)",
      value: (row) => listed(layers.nodes, row).join(", ") || null },
  ];
  return all.filter((column) => column !== false);
}

function Dearest({ engine, onOpen }: { engine: Engine; onOpen: (row: number) => void }) {
  const layers = engine.layers;
  const rows = layers.place.map((_, row) => row).filter((row) => layers.time_ms[row] !== null)
    .sort((a, b) => (layers.time_ms[b] ?? 0) - (layers.time_ms[a] ?? 0)).slice(0, 5);
  if (!rows.length) return null;
  const most = layers.time_ms[rows[0]!] || 1;
  return (
    <section aria-label="Longest layers">
      <h2>Longest layers</h2>
      <ol class="dearest">
        {rows.map((row) => (
          <li key={row}>
            <button type="button" onClick={() => onOpen(row)}>
              <Bar part={(layers.time_ms[row] ?? 0) / most} family={text(layers.family, row) ?? "unknown"}>
                {ms(layers.time_ms[row])}</Bar>
              <span class="share">{share(layers.share[row] ?? null)}</span>
              <Name name={text(layers.name, row) ?? ""} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Findings({ log, route }: Props) {
  const chosen = findingOf(log, route.finding);
  return (
    <section aria-label="Findings">
      <h2>{log.findings.length ? "Findings" : "No findings"}</h2>
      <ul class="findings">
        {log.findings.map((finding, number) => (
          <li key={number} class={finding === chosen ? "chosen" : ""}>
            <button type="button" aria-expanded={finding === chosen} onClick={() =>
              go({ finding: finding === chosen ? null : number, ...(finding.engine >= 0 ? { engine: finding.engine } : {}) })}>
              <span class="code">{finding.code}</span>
              <span class="name">{finding.title}</span>
              <span class="stake">{finding.stake}</span>
            </button>
            {finding === chosen && (
              <div class="prose">
                <p>{finding.why}</p>
                <p><b>Do:</b> {finding.action}</p>
                {finding.lines.length > 0 && <p><Lines lines={finding.lines} leftOut={finding.lines_left_out} /></p>}
              </div>
            )}
          </li>
        ))}
      </ul>
      {log.finding_notes.map((note) => <p key={note} class="dim small">{note[0]?.toUpperCase()}{note.slice(1)}.</p>)}
    </section>
  );
}

function Nothing({ log }: { log: Log }) {
  return (
    <>
      <p class="headline">{log.headline}</p>
      {log.notes.map((note) => <p key={note} class="note">{note}</p>)}
      {log.findings.length > 0 && <Findings log={log} route={{}} />}
    </>
  );
}
