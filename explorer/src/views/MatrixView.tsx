// Several builds side by side: a row per layer, a cell per build.
import { useMemo } from "preact/hooks";
import type { Cell, Matrix, MatrixRow, Page } from "../contract";
import { fill } from "../colours";
import { count, ms } from "../format";
import { GridTable, LogNumber, FromLine, Name, Swatch } from "../parts/small";
import { Table, type Column } from "../parts/Table";
import { at, go, type Route } from "../route";

export function MatrixView({ page, matrix, route }: { page: Page; matrix: Matrix; route: Route }) {
  const rows = useMemo(() => filtered(matrix, route), [matrix, route.find, route.at]);
  const number = at(route.row);
  const row = matrix.rows[number];
  return (
    <>
      <p class="headline">{matrix.headline}</p>
      <GridTable grid={matrix.facts} label="The builds" />
      <Table label="Layers by build" columns={columnsOf(matrix)} rows={rows} selected={row ? number : undefined}
        onOpen={(next) => go({ row: next })} most={row ? 10 : 22}
        above={
          <div class="filter">
            <h2>{count(rows.length, "row")}</h2>
            <span class="no-print"><label><input type="checkbox" checked={route.at !== "all"}
              onChange={(event) => go({ at: event.currentTarget.checked ? null : "all" })} /> only rows that differ</label></span>
          </div>
        } />
      {row && <Detail page={page} matrix={matrix} row={row} />}
      <p class="dim">{matrix.legend}</p>
      {matrix.notes.length > 0 && (
        <section class="notes" aria-label="Notes"><h2>How this was compared</h2>
          <ul>{matrix.notes.map((note) => <li key={note}>{note}</li>)}</ul></section>
      )}
    </>
  );
}

function filtered(matrix: Matrix, route: Route): number[] {
  const words = (route.find ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return matrix.rows.map((_, row) => row).filter((at) => {
    const row = matrix.rows[at]!;
    const said = [row.title, ...row.kernels.map(([, name]) => name)].join("\n").toLowerCase();
    return (route.at === "all" || row.differs) && words.every((word) => said.includes(word));
  });
}

function columnsOf(matrix: Matrix): Column[] {
  const most = Math.max(...matrix.rows.flatMap((row) => row.cells.map((cell) => cell.time_ms ?? 0)), 1e-12);
  const of = (row: number): MatrixRow => matrix.rows[row]!;
  return [
    { id: "title", title: "layer", width: "minmax(220px, 1fr)", value: (row) => of(row).title,
      show: (row) => <span class="with-swatch"><Swatch family={of(row).family} /><Name name={of(row).title} /></span> },
    { id: "spread", title: "apart", help: "Slowest build minus fastest", width: "108px", right: true, descending: true,
      value: (row) => of(row).spread_ms, show: (row) => of(row).spread },
    ...matrix.names.map((name, build): Column => ({
      id: `b${build}`, title: `${build + 1} ${name}`, help: name, head: <>{build + 1}&nbsp;<Name name={name} /></>, width: "minmax(170px, 0.6fr)", descending: true,
      value: (row) => of(row).cells[build]?.time_ms ?? null,
      show: (row) => <Time cell={of(row).cells[build]} family={of(row).family} most={most} />,
    })),
  ];
}

function Time({ cell, family, most }: { cell: Cell | undefined; family: string; most: number }) {
  if (!cell) return null;
  return (
    <span class={`cell${cell.changed ? " changed" : ""}`} title={cell.more.join(", ") || undefined}>
      <i aria-hidden="true" style={{ width: `${(100 * (cell.time_ms ?? 0)) / most}%`, backgroundColor: fill(family) }} />
      <span>{cell.layers.length === 1 && cell.time_ms !== null
        ? <FromLine line={cell.layers[0]?.line} log={cell.layers[0]?.log}>{cell.text}</FromLine> : cell.text}</span>
    </span>
  );
}

function Detail({ page, matrix, row }: { page: Page; matrix: Matrix; row: MatrixRow }) {
  return (
    <section class="change" aria-label="The row">
      <h2>{row.title}</h2>
      <ul class="details">{row.kernels.map(([letter, name, family]) => (
        <li key={letter}><b>{letter}</b> <Swatch family={family ?? "unknown"} /><code>{name}</code></li>))}</ul>
      <div class="scroll" tabIndex={0} role="region" aria-label="The row by build">
        <table><thead><tr><th scope="col">build</th><th scope="col" class="right">time</th><th scope="col">what</th><th scope="col">layers</th></tr></thead>
          <tbody>
            {row.cells.map((cell, build) => (
              <tr key={build}>
                <td>{build + 1} {matrix.names[build]}</td><td class="right">{ms(cell.time_ms)}</td>
                <td>{[cell.text, ...cell.more].join(", ")}</td>
                <td>{cell.layers.map((layer, at) => (
                  <LogNumber.Provider key={at} value={layer.log}>
                    <div>
                      {page.logs[layer.log] && layer.row >= 0
                        ? <button type="button" class="link" onClick={() => go({ log: layer.log, engine: layer.engine, layer: layer.row, row: null })}>{layer.name}</button>
                        : layer.name}{" "}
                      <FromLine line={layer.line}><span class="dim">line {layer.line}</span></FromLine>
                    </div>
                  </LogNumber.Provider>
                ))}</td>
              </tr>
            ))}
          </tbody></table>
      </div>
    </section>
  );
}
