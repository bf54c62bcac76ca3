// Why this kernel for this layer: everything the log says of one layer.
import { useContext, useMemo, useState } from "preact/hooks";
import type { Details, Engine, Log } from "../contract";
import { json, listed, numbers, text } from "../data";
import { bytes, count, margin, ms, share } from "../format";
import { go } from "../route";
import { Neighbourhood } from "../graph/Neighbourhood";
import { Dots } from "./Dots";
import { KernelName } from "./KernelName";
import { Family, FromLine, Lines, LogNumber, Name, usePart } from "./small";
import { operationsOf, storiesOf, type Story } from "./stories";
import { Table, type Column } from "./Table";

interface Props { log: Log; engine: Engine; row: number; onOpen?: (row: number) => void; onClose?: () => void }

const MOST = 12;
const MOST_REFORMATS = 60;
const CORES: Record<string, string> = { yes: "on Tensor Cores", no: "not on Tensor Cores", unknown: "Tensor Cores: not known" };
const SOURCES: Record<string, string> = {
  profile: "measured in the profile", nsys: "measured by a profiler", tactic: "tactic measured alone",
  framework: "PyTorch's kernels for the same nodes, not the engine's",
  twin: "time of an equal layer's tactic", none: "no time in the log",
};

export function LayerPanel({ log, engine, row, onOpen, onClose }: Props) {
  const details = usePart(() => json<Details>(log.parts.details ?? ""), [log]);
  const number = useContext(LogNumber);
  const layers = engine.layers;
  const place = layers.place[row] ?? null;
  const line = numbers(layers.line)[row];
  const cores = text(layers.tensor_core, row) ?? "unknown";
  const kernel = text(layers.kernel, row);
  const known = details?.kernels.find((one) => one.name === kernel);
  const nodes = listed(layers.nodes, row);
  const before = layers.serves_before[row] ?? [], after = layers.serves_after[row] ?? [];
  const source = text(layers.time_source, row);
  return (
    <aside class="panel" aria-label="Layer">
      <header>
        <h2>{text(layers.name, row)}</h2>
        {onClose && <button type="button" class="quiet no-print" onClick={onClose} aria-label="Close the layer">✕</button>}
      </header>
      <p class="panel-facts">
        <FromLine line={line}><b>{ms(layers.time_ms[row])}</b></FromLine>
        {layers.share[row] !== null && <span>{share(layers.share[row] ?? null)} of the time</span>}
        {source && !(source === "none" && layers.time_ms[row] !== null) && <span class="dim">{SOURCES[source] ?? source}</span>}
        <Family family={text(layers.family, row) ?? "unknown"} />
        <span title={text(layers.evidence, row) ?? undefined}>{CORES[cores]}</span>
        {text(layers.types, row) && <span>{text(layers.types, row)}</span>}
        {layers.margin[row] !== null && <span>runner-up{" "}
          <FromLine line={numbers(layers.margin_line)[row]}>{margin(layers.margin[row])}</FromLine></span>}
      </p>
      {layers.time_ms[row] === null && layers.low_ms[row] !== null && layers.high_ms[row] !== null && (
        <p>Its candidates bound it: {ms(layers.low_ms[row])} to {ms(layers.high_ms[row])}.</p>
      )}
      {(before.length > 0 || after.length > 0) && (
        <p>Between <Links rows={before} engine={engine} none="the network's input" onOpen={onOpen} /> and{" "}
          <Links rows={after} engine={engine} none="the network's output" onOpen={onOpen} />.</p>
      )}
      {text(layers.decision, row) && <p class="prose"><Linked text={`${text(layers.decision, row)}.`} /></p>}
      {text(layers.next_best, row) && <p class="prose">{text(layers.next_best, row)}</p>}
      {(layers.findings[row] ?? []).map((at) => {
        const finding = log.findings[at];
        return finding && (
          <p key={at} class="prose"><a href={`#finding=${finding.code}`} onClick={(event) => {
            event.preventDefault(); go({ log: number, finding: at, view: null, layer: null, change: null });
          }}>{finding.code}</a> {finding.title}</p>
        );
      })}
      {known ? <KernelName kernel={known} /> : kernel ? <p class="mono">{kernel}</p> : (
        <p class="dim">The log prints no kernel name for this layer.</p>
      )}
      {nodes.length > 0 && (
        <p class="chips"><span class="dim">ONNX nodes</span>{nodes.slice(0, 40).map((node) => <code key={node}>{node}</code>)}
          {nodes.length > 40 && <span class="dim">and {nodes.length - 40} more</span>}</p>
      )}
      <Tensors title="in" tensors={listed(layers.inputs, row)} />
      <Tensors title="out" tensors={listed(layers.outputs, row)} />
      {place === null || !details ? <p class="dim">{details?.missing ?? "…"}</p>
        : <Tried details={details} place={place} />}
      {onOpen && engine.basis === "engine" && <Neighbourhood engine={engine} row={row} onOpen={onOpen} />}
    </aside>
  );
}

/** A sentence whose `line 123` opens that line. */
function Linked({ text: said }: { text: string }) {
  return <>{said.split(/(line \d+)/).map((part, at) => {
    const found = /^line (\d+)$/.exec(part);
    return found ? <FromLine key={at} line={Number(found[1])}>{part}</FromLine> : part;
  })}</>;
}

function Links({ rows, engine, none, onOpen }: { rows: number[]; engine: Engine; none: string; onOpen?: ((row: number) => void) | undefined }) {
  if (!rows.length) return <>{none}</>;
  return <>{rows.slice(0, 4).map((row, at) => (
    <span key={row}>{at ? ", " : ""}{onOpen
      ? <button type="button" class="link" onClick={() => onOpen(row)}>{text(engine.layers.name, row)}</button>
      : text(engine.layers.name, row)}</span>
  ))}{rows.length > 4 && ` and ${rows.length - 4} more`}</>;
}

function Tensors({ title, tensors }: { title: string; tensors: string[] }) {
  if (!tensors.length) return null;
  return <p class="tensors"><span class="dim">{title}</span>{tensors.slice(0, 8).map((tensor) => <code key={tensor}>{tensor}</code>)}
    {tensors.length > 8 && <span class="dim">and {tensors.length - 8} more</span>}</p>;
}

function Tried({ details, place }: { details: Details; place: number }) {
  const stories = useMemo(() => storiesOf(details, place), [details, place]);
  const [all, setAll] = useState(false);
  const [picked, setPicked] = useState<number | undefined>();
  const shown = all ? stories : stories.slice(0, MOST);
  const rows = stories.flatMap((story) => story.rows);
  if (!stories.length) return <p class="dim">Nothing was tried under this name in this log.</p>;
  const timed = rows.filter((row) => details.candidates.time_ms[row] !== null).length;
  return (
    <>
      <h3>{count(stories.length, "format combination")}, {count(rows.length, "candidate")}
        {timed < rows.length && `, ${timed} timed`}</h3>
      <Dots details={details} stories={shown} onPick={setPicked} />
      {stories.length > MOST && (
        <p><button type="button" class="quiet no-print" onClick={() => setAll(!all)}>
          {all ? `Show the cheapest ${MOST}` : `Show all ${stories.length} combinations`}</button></p>
      )}
      <Combinations details={details} stories={stories} />
      <Reformats details={details} place={place} stories={stories} />
      {rows.length > 0 && <Candidates details={details} rows={rows} picked={picked} onPick={setPicked} />}
      <Fused details={details} stories={stories} />
      <Quiet details={details} stories={stories} />
    </>
  );
}

const RESULTS: Record<string, string> = {
  cached: "from the timing cache", repeated: "measured before", no_tactic: "no tactic", untimed: "not timed",
  unfinished: "not finished in the log", timed: "",
};

function Combinations({ details, stories }: { details: Details; stories: Story[] }) {
  const table = details.combinations;
  const of = (row: number) => stories[row]!.row;
  const reformats = useMemo(() => {
    const found = new Map<number, number[]>();
    details.reformats.combination.forEach((number, row) => {
      const place = details.reformats.place[row];
      if (number === null || place !== table.place[stories[0]!.row]) return;
      found.set(number, [...(found.get(number) ?? []), row]);
    });
    return found;
  }, [details, stories]);
  const columns: Column[] = [
    { id: "comb", title: "comb.", width: "64px", value: (row) => table.combination[of(row)] ?? null,
      show: (row) => <span>{table.taken[of(row)] ? "◆ " : ""}{table.combination[of(row)]}</span> },
    { id: "winner", title: "winner", width: "110px", right: true, value: (row) => table.winner_ms[of(row)] ?? null,
      show: (row) => <FromLine line={numbers(table.line)[of(row)]}>{
        table.winner_ms[of(row)] !== null ? ms(table.winner_ms[of(row)])
          : RESULTS[text(table.result, of(row)) ?? ""] || "–"}</FromLine> },
    { id: "lead", title: "lead", help: "How much slower the runner-up is", width: "66px", right: true,
      value: (row) => table.lead[of(row)] ?? null,
      show: (row) => <FromLine line={numbers(details.candidates.line)[stories[row]!.next]}>{margin(table.lead[of(row)])}</FromLine> },
    { id: "reformats", title: "reformats", help: "Reformats to and from the neighbours as they are in the engine",
      width: "84px", right: true, value: (row) => table.reformat_ms[of(row)] ?? null,
      show: (row) => {
        const needed = reformats.get(table.combination[of(row)] ?? 0) ?? [];
        if (!needed.length) return "";
        const first = numbers(details.reformats.line)[needed[0]!];
        const value = table.reformat_ms[of(row)];
        return <span title={needed.map((at) => `${text(details.reformats.side, at)} it: ${text(details.reformats.formats, at)} ${
          ms(details.reformats.time_ms[at])}${details.reformats.exact[at] ? "" : " (measured for another tensor of these formats)"}`).join("\n")}>
          <FromLine line={first}>{value === null ? "not known" : ms(value)}</FromLine></span>;
      } },
    { id: "price", title: "price", help: "Winner and reformats together", width: "86px", right: true,
      value: (row) => table.price_ms[of(row)] ?? null,
      show: (row) => table.price_ms[of(row)] === null ? "" : ms(table.price_ms[of(row)]) },
    { id: "formats", title: "formats", width: "minmax(160px, 1fr)", value: (row) => stories[row]!.formats,
      show: (row) => <code>{stories[row]!.formats ?? "not printed"}</code> },
  ];
  return <Table label="Format combinations" columns={columns} rows={stories.map((_, row) => row)} most={7}
    rowClass={(row) => (stories[row]!.taken ? "taken" : "")}
    above={<h4>Combinations <span class="dim">◆ in the engine</span></h4>} />;
}

function Reformats({ details, place, stories }: { details: Details; place: number; stories: Story[] }) {
  const needed = details.reformats;
  const rows = useMemo(() => {
    const order = new Map(stories.map((story, at) => [story.combination, at]));
    return needed.place.map((_, row) => row).filter((row) => needed.place[row] === place)
      .sort((a, b) => (order.get(needed.combination[a] ?? 0) ?? 0) - (order.get(needed.combination[b] ?? 0) ?? 0));
  }, [details, place, stories]);
  if (!rows.length) return null;
  return (
    <details>
      <summary>{count(rows.length, "reformat")} that these combinations need, the neighbours being as they are in the engine</summary>
      <ul class="details">{rows.slice(0, MOST_REFORMATS).map((row) => (
        <li key={row}>combination {needed.combination[row]}, {text(needed.side, row)} the layer:{" "}
          <FromLine line={numbers(needed.line)[row]}>{needed.time_ms[row] === null ? "not measured" : ms(needed.time_ms[row])}</FromLine>{" "}
          <code>{text(needed.formats, row)}</code>{text(needed.tensor, row) && <> of <code>{text(needed.tensor, row)}</code></>}
          {!needed.exact[row] && needed.time_ms[row] !== null && <span class="dim"> (measured for another tensor of these formats)</span>}</li>
      ))}{rows.length > MOST_REFORMATS && <li class="dim">and {rows.length - MOST_REFORMATS} more</li>}</ul>
    </details>
  );
}

function Candidates({ details, rows, picked, onPick }: {
  details: Details; rows: number[]; picked: number | undefined; onPick: (row: number) => void;
}) {
  const tried = details.candidates;
  const known = useMemo(() => new Map(details.kernels.map((kernel) => [kernel.name, kernel])), [details]);
  const state = (row: number) => [tried.in_engine[row] ? "in the engine" : "", tried.won[row] ? "won" : "",
    tried.time_ms[row] === null ? (text(tried.status, row) ?? "") : ""].filter(Boolean).join(", ");
  const why = (row: number) => {
    const need = tried.needed_bytes[row], have = tried.available_bytes[row];
    return [text(tried.reason, row), need !== null && need !== undefined ? `needs ${bytes(need)}` : null,
      have !== null && have !== undefined ? `may use ${bytes(have)}` : null].filter(Boolean).join(", ");
  };
  const columns: Column[] = [
    { id: "time", title: "time", width: "88px", right: true, value: (row) => tried.time_ms[row] ?? null,
      show: (row) => <FromLine line={numbers(tried.line)[row]}>{
        tried.time_ms[row] === null ? text(tried.status, row) : ms(tried.time_ms[row])}</FromLine> },
    { id: "margin", title: "margin", width: "72px", right: true, value: (row) => tried.margin[row] ?? null,
      show: (row) => tried.won[row] ? "" : <FromLine line={numbers(tried.line)[row]}>{margin(tried.margin[row])}</FromLine> },
    { id: "state", title: "result", help: "Won its format combination, is in the engine, or why it has no time", width: "66px", value: (row) => state(row),
      show: (row) => tried.in_engine[row] ? `◆${tried.won[row] ? " won" : ""}` : state(row) },
    { id: "comb", title: "comb.", width: "52px", right: true, value: (row) => numbers(tried.combination)[row] ?? null },
    { id: "tc", title: "TC", help: "Tensor Cores", width: "62px", value: (row) => text(tried.tensor_core, row) },
    { id: "kernel", title: "kernel", width: "minmax(150px, 1fr)",
      value: (row) => text(tried.kernel, row) ?? `${text(tried.runner, row) ?? ""} ${text(tried.tactic, row) ?? ""}`.trim(),
      show: (row) => {
        const kernel = text(tried.kernel, row);
        const reason = tried.time_ms[row] === null ? why(row) : "";
        const name = kernel ?? `${text(tried.runner, row) ?? "runner not printed"} ${text(tried.tactic, row) ?? ""}`;
        return <code>{reason ? <><em>{reason}: </em>{name}</> : <Name name={name} />}</code>;
      } },
  ];
  const chosen = picked !== undefined ? known.get(text(tried.kernel, picked) ?? "") : undefined;
  return (
    <>
      <Table label="Candidates" columns={columns} rows={rows} sort="time" most={9} selected={picked} onOpen={onPick}
        rowClass={(row) => (tried.in_engine[row] ? "taken" : tried.time_ms[row] === null ? "out" : "")}
        above={<h4>Candidates <span class="dim">◆ in the engine; choose one to read its name</span></h4>} />
      {chosen && <KernelName kernel={chosen} />}
    </>
  );
}

function Fused({ details, stories }: { details: Details; stories: Story[] }) {
  const ops = details.operations;
  const rows = useMemo(() => [...new Set(stories.flatMap((story) => operationsOf(details, story)))], [details, stories]);
  if (!rows.length) return null;
  const columns: Column[] = [
    { id: "op", title: "operation", width: "minmax(120px, 1fr)", value: (row) => text(ops.op, row) },
    { id: "time", title: "cost", width: "92px", right: true, value: (row) => ops.time_ms[row] ?? null,
      show: (row) => <FromLine line={numbers(ops.line)[row]}>{ms(ops.time_ms[row])}</FromLine> },
    { id: "chosen", title: "chosen", width: "76px", value: (row) => (ops.chosen[row] ? "selected" : "") },
    { id: "family", title: "family", width: "120px", value: (row) => text(ops.family, row),
      show: (row) => <Family family={text(ops.family, row) ?? "unknown"} /> },
    { id: "tc", title: "TC", width: "64px", value: (row) => text(ops.tensor_core, row) },
    { id: "kernel", title: "kernel", width: "minmax(180px, 2fr)",
      value: (row) => text(ops.kernel, row) ?? text(ops.tactic, row), show: (row) => <code>{text(ops.kernel, row) ?? text(ops.tactic, row)}</code> },
  ];
  return <Table label="Operations of the fused region" columns={columns} rows={rows} most={9}
    rowClass={(row) => (ops.chosen[row] ? "taken" : "")} above={<h4>Operations of the fused region</h4>} />;
}

function Quiet({ details, stories }: { details: Details; stories: Story[] }) {
  const runners = details.runners;
  const measured = new Set(stories.map((story) => story.measured));
  const found = new Map<string, number[]>();
  numbers(runners.combination).forEach((number, row) => {
    if (number === null || !measured.has(number)) return;
    const key = `${text(runners.runner, row) ?? "runner not printed"}: ${(text(runners.result, row) ?? "").replaceAll("_", " ")}`;
    found.set(key, [...(found.get(key) ?? []), numbers(runners.line)[row] ?? 0]);
  });
  if (!found.size) return null;
  return (
    <details>
      <summary>Runners that gave no tactic ({found.size})</summary>
      <ul>{[...found].map(([key, lines]) => <li key={key}>{key}, <Lines lines={lines.filter(Boolean)} /></li>)}</ul>
    </details>
  );
}
