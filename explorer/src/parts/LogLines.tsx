// The lines of the log around one of them, in a drawer below.
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { Log } from "../contract";
import { linesOf } from "../data";
import { visible } from "../format";
import { go } from "../route";
import { usePart } from "./small";

const HEIGHT = 19;

export function LogLines({ log, line }: { log: Log; line: number }) {
  const lines = usePart(() => linesOf(log.parts.text ?? ""), [log]);
  const box = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const numbered = useMemo(() => {
    const found: number[] = [];
    for (const [first = 1, last = 0] of log.text_ranges) for (let at = first; at <= last; at += 1) found.push(at);
    return found;
  }, [log]);
  const virtual = useMemo(() => new Virtualizer<HTMLDivElement, Element>({
    count: 0, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 20,
    observeElementRect, observeElementOffset, scrollToFn: elementScroll, onChange: () => redraw(0),
  }), []);
  virtual.setOptions({ ...virtual.options, count: lines ? numbered.length : 0 });
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  const place = numbered.indexOf(line);
  useEffect(() => {
    if (lines && place >= 0) virtual.scrollToIndex(place, { align: "center" });
  }, [lines, place]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => { if (event.key === "Escape") go({ line: null, lines: null }); };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, []);
  return (
    <section class="drawer no-print" aria-label="Lines of the log">
      <header>
        <b>{log.source}</b> line {line.toLocaleString("en-US")}
        {log.text_missing && <span class="dim"> · {log.text_missing}</span>}
        <button type="button" class="quiet" aria-label="Close the lines" onClick={() => go({ line: null, lines: null })}>✕</button>
      </header>
      {lines && place < 0 ? <p class="empty">This line is not in the page.</p> : (
        <div class="log-lines" ref={box} tabIndex={0} role="region" aria-label="Log">
          <div style={{ height: `${(lines ? numbered.length : 0) * HEIGHT}px` }}>
            {lines && virtual.getVirtualItems().map(({ index, start }) => (
              <div key={index} class={`log-line${numbered[index] === line ? " here" : ""}`} style={{ transform: `translateY(${start}px)` }}>
                <span>{numbered[index]}</span>{visible(lines[index] ?? "")}
              </div>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
