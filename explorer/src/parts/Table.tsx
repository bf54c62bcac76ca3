// A table of any length: only the rows in sight are in the document. Sorting, keyboard, CSV.
import {
  Virtualizer, elementScroll, observeElementOffset, observeElementRect,
} from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

export interface Column {
  id: string;
  title: string;
  help?: string;
  /** Stands in the place of the title, which is still what is copied. */
  head?: ComponentChildren;
  /** A width of CSS grid: `64px`, `minmax(12ch, 2fr)`. */
  width: string;
  right?: boolean;
  /** What is copied and sorted by; null stands last. */
  value: (row: number) => string | number | null;
  show?: (row: number) => ComponentChildren;
  /** The first click sorts the largest first. */
  descending?: boolean;
}

interface Props {
  label: string;
  columns: Column[];
  rows: number[];
  sort?: string;
  selected?: number | undefined;
  onOpen?: (row: number) => void;
  rowClass?: (row: number) => string;
  /** Height in rows; the table scrolls in itself beyond it. */
  most?: number;
  above?: ComponentChildren;
}

const HEIGHT = 28;

export function Table({ label, columns, rows, sort, selected, onOpen, rowClass, most = 18, above }: Props) {
  const [by, setBy] = useState(sort ?? "");
  const [active, setActive] = useState(-1);
  const [copied, setCopied] = useState(false);
  const [printing, setPrinting] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const id = useMemo(() => `t${Math.random().toString(36).slice(2, 8)}`, []);

  const sorted = useMemo(() => order(rows, columns, by), [rows, columns, by]);
  const virtual = useMemo(() => new Virtualizer<HTMLDivElement, Element>({
    count: 0, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 8,
    observeElementRect, observeElementOffset, scrollToFn: elementScroll, onChange: () => redraw(0),
  }), []);
  virtual.setOptions({ ...virtual.options, count: sorted.length });
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  useEffect(() => {
    const place = selected === undefined ? -1 : sorted.indexOf(selected);
    setActive(place);
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
  }, [selected, sorted]);
  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
  }, []);

  const shown = printing
    ? sorted.slice(0, 2000).map((_, index) => ({ index, start: index * HEIGHT }))
    : virtual.getVirtualItems();
  const least = columns.reduce((sum, column) => sum + Number(/\d+/.exec(column.width)?.[0] ?? 0) + 10, 10);
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(" "), minWidth: `${least}px` };

  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: most, PageUp: -most }[event.key];
    const edge = { Home: 0, End: sorted.length - 1 }[event.key];
    if (step === undefined && edge === undefined && event.key !== "Enter") return;
    if (event.target !== box.current) return;
    event.preventDefault();
    if (event.key === "Enter") {
      const row = sorted[active];
      if (row !== undefined) onOpen?.(row);
      return;
    }
    const next = Math.max(0, Math.min(sorted.length - 1, edge ?? active + (step ?? 0)));
    setActive(next);
    virtual.scrollToIndex(next, { align: "auto" });
  };

  return (
    <div class="table">
      <div class="table-bar">
        <div class="table-above">{above}</div>
        <button type="button" class="quiet no-print" onClick={() => {
          void copy(csv(sorted, columns)).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); });
        }}>{copied ? "Copied" : "Copy CSV"}</button>
      </div>
      <div class="grid" role="grid" aria-label={label} aria-rowcount={sorted.length + 1} tabIndex={0} ref={box}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined} onKeyDown={key}
        style={{ maxHeight: printing ? "none" : `${(most + 1) * HEIGHT + 2}px` }}>
        <div class="tr head" role="row" aria-rowindex={1} style={template}>
          {columns.map((column) => (
            <div key={column.id} role="columnheader" class={column.right ? "right" : ""} title={column.help}
              aria-sort={by === column.id ? "ascending" : by === `-${column.id}` ? "descending" : "none"}>
              <button type="button" aria-label={column.title ? undefined : column.help} onClick={() => setBy(turned(by, column))}>
                {column.head ?? column.title}<span aria-hidden="true">{by === column.id ? " ▴" : by === `-${column.id}` ? " ▾" : ""}</span>
              </button>
            </div>
          ))}
        </div>
        <div class="rows" role="rowgroup" style={{ height: `${sorted.length * HEIGHT}px` }}>
          {shown.map(({ index, start }) => {
            const row = sorted[index];
            if (row === undefined) return null;
            const state = `${row === selected ? " selected" : ""}${index === active ? " active" : ""}`;
            return (
              <div key={row} id={`${id}-${index}`} role="row" aria-rowindex={index + 2} data-row={row}
                aria-selected={onOpen ? row === selected : undefined}
                class={`tr${onOpen ? " opens" : ""}${state} ${rowClass?.(row) ?? ""}`}
                style={{ ...template, transform: `translateY(${start}px)` }}
                onClick={() => { setActive(index); onOpen?.(row); }}>
                {columns.map((column) => {
                  const value = column.value(row);
                  return (
                    <div key={column.id} role="gridcell" class={column.right ? "right" : ""}
                      title={typeof value === "string" ? value : undefined}>
                      {column.show ? column.show(row) : value}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
        {sorted.length === 0 && <p class="empty">No row fits.</p>}
      </div>
    </div>
  );
}

function turned(by: string, column: Column): string {
  const [first, second] = column.descending ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`];
  return by === first ? second : by === second ? "" : first;
}

function order(rows: number[], columns: Column[], by: string): number[] {
  const down = by.startsWith("-");
  const column = columns.find((one) => one.id === (down ? by.slice(1) : by));
  if (!column) return rows;
  return rows.map((row) => [column.value(row), row] as const).sort(([a, one], [b, other]) => {
    if (a === b) return one - other;
    if (a === null || a === "") return 1;
    if (b === null || b === "") return -1;
    const compared = typeof a === "number" && typeof b === "number" ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });
    return (down ? -compared : compared) || one - other;
  }).map(([, row]) => row);
}

function csv(rows: number[], columns: Column[]): string {
  const cell = (value: string | number | null) => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value; // a spreadsheet would run it as a formula
    return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
  };
  return [columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => column.value(row)))]
    .map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

async function copy(data: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(data);
  } catch {
    const area = document.createElement("textarea");
    area.value = data;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
