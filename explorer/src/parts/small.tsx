// Small parts that all views use.
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Grid, Place } from "../contract";
import { fill, hatched } from "../colours";
import { count } from "../format";
import { go } from "../route";

/** The place of the log that is shown, for numbers that open its lines. */
export const LogNumber = createContext(0);

/** A number or text that opens the line of the log that it was read from. */
export function FromLine({ line, log: of, children }: { line: number | null | undefined; log?: number | undefined; children: ComponentChildren }) {
  const own = useContext(LogNumber), log = of ?? own;
  if (line === null || line === undefined) return <>{children}</>;
  return (
    <button type="button" class="from-line" title={`line ${line} of the log`} onClick={(event) => {
      event.stopPropagation();
      go({ line, lines: log || null });
    }}>{children}</button>
  );
}

/** A number that opens where it comes from: a line of a log, or the view that has what it adds up. */
export function At({ place, children }: { place: Place | null | undefined; children: ComponentChildren }) {
  if (!place) return <>{children}</>;
  if (typeof place.line === "number") return <FromLine line={place.line} log={place.log}>{children}</FromLine>;
  return (
    <button type="button" class="from-line" title="what it adds up" onClick={(event) => {
      event.stopPropagation();
      go({ log: place.log, engine: place.engine ?? null, view: place.view ?? null, sum: place.sum ?? null, layer: null, change: null, row: null });
    }}>{children}</button>
  );
}

/** Lines of the log, the first ones at once; `leftOut`: how many more the page does not name. */
export function Lines({ lines, leftOut = 0 }: { lines: number[]; leftOut?: number }) {
  const [all, setAll] = useState(false);
  const most = all ? lines.length : 12;
  return (
    <span class="lines">
      {lines.slice(0, most).map((line, place) => (
        <span key={line}>{place ? ", " : "line "}<FromLine line={line}>{line}</FromLine></span>
      ))}
      {lines.length > most && <>{" "}<button type="button" class="link" onClick={() => setAll(true)}>
        and {lines.length - most} more</button></>}
      {lines.length <= most && leftOut > 0 && ` and ${leftOut.toLocaleString("en-US")} more that are not in the page, for its size`}
    </span>
  );
}

export function Swatch({ family }: { family: string }) {
  return <span class={`swatch${hatched(family) ? " hatched" : ""}`} style={{ backgroundColor: fill(family) }} />;
}

export function Family({ family }: { family: string }) {
  return <span class="family"><Swatch family={family} />{family}</span>;
}

/** A time as a length beside its number. */
export function Bar({ part, family, children }: { part: number; family: string; children: ComponentChildren }) {
  return (
    <span class="bar">
      <span aria-hidden="true"><i class={hatched(family) ? "hatched" : ""}
        style={{ width: `${Math.max(0, Math.min(1, part)) * 100}%`, backgroundColor: fill(family) }} /></span>
      <b>{children}</b>
    </span>
  );
}

/** A small table of finished texts. */
export function GridTable({ grid, label }: { grid: Grid; label: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead><tr>
          {grid.titles.map((title, at) => <th key={title} scope="col" class={grid.right[at] ? "right" : ""}>{title}</th>)}
          {grid.lines.some((line) => line !== null) && <th scope="col" class="right">line</th>}
        </tr></thead>
        <tbody>
          {grid.rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, at) => (
                <td key={at} class={grid.right[at] ? "right" : ""}>
                  {grid.places.length ? <At place={grid.places[number]?.[at]}>{cell}</At>
                    : grid.right[at] && cell !== "–" && cell !== "" ? <FromLine line={grid.lines[number]}>{cell}</FromLine> : cell}
                </td>
              ))}
              {grid.lines.some((line) => line !== null) && (
                <td class="right"><FromLine line={grid.lines[number]}>{grid.lines[number]}</FromLine></td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {grid.left_out > 0 && <p class="empty">{count(grid.left_out, "more row")} {grid.left_out === 1 ? "is" : "are"} not in the page, for its size.</p>}
    </div>
  );
}

/** A box that follows the pointer. */
export function useTip(): { tip: JSX.Element | null; show: (event: MouseEvent, what: ComponentChildren) => void; hide: () => void } {
  const [state, set] = useState<{ x: number; y: number; what: ComponentChildren } | null>(null);
  const hide = () => set(null);
  useEffect(() => {
    addEventListener("scroll", hide, true);
    return () => removeEventListener("scroll", hide, true);
  }, []);
  const tip = state && (
    <div class="tip" role="presentation" style={{
      left: `${Math.min(state.x + 14, innerWidth - 380)}px`,
      ...(state.y > innerHeight - 160 ? { bottom: `${innerHeight - state.y + 12}px` } : { top: `${state.y + 16}px` }),
    }}>{state.what}</div>
  );
  return { tip, hide, show: (event, what) => set({ x: event.clientX, y: event.clientY, what }) };
}

export function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, set] = useState(0);
  const [element, hold] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => set(Math.floor(entry?.contentRect.width ?? 0)));
    watch.observe(element);
    set(element.clientWidth);
    return () => watch.disconnect();
  }, [element]);
  return [width, hold];
}

export function usePart<T>(load: () => Promise<T>, keys: unknown[]): T | null {
  const [found, set] = useState<T | null>(null);
  useEffect(() => {
    let wanted = true;
    set(null);
    void load().then((value) => { if (wanted) set(value); });
    return () => { wanted = false; };
  }, keys);
  return found;
}

/** A name whose end stays in sight where there is no room: the ends of fused names tell them apart. */
export function Name({ name }: { name: string }) {
  const tail = name.length > 24 ? name.slice(-Math.min(20, Math.floor(name.length / 3))).trimStart() : "";
  return (
    <span class="mid" title={name}><span>{tail ? name.slice(0, -tail.length) : name}</span>{tail && <span>{tail}</span>}</span>
  );
}
