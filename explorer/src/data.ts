// Parts of the page: base64 of deflated JSON or text in inert elements, unpacked when they are asked for.
import { inflateSync } from "fflate";
import type { Steps, TextLists, Texts } from "./contract";

const unpacked = new Map<string, Promise<unknown>>();

async function bytesOf(id: string): Promise<Uint8Array> {
  const element = document.getElementById(id);
  if (!element) return new Uint8Array();
  const letters = atob(element.textContent ?? "");
  const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  if (typeof DecompressionStream === "undefined") return inflateSync(packed);
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return inflateSync(packed); // a browser that knows deflate, and not without its header
  }
}

function once<T>(id: string, make: () => Promise<T>): Promise<T> {
  let found = unpacked.get(id) as Promise<T> | undefined;
  if (!found) unpacked.set(id, (found = make()));
  return found;
}

export const json = <T>(id: string): Promise<T> =>
  once(id, async () => JSON.parse(new TextDecoder().decode(await bytesOf(id))) as T);

/** The lines of a log, in the order of its ranges. */
export const linesOf = (id: string): Promise<string[]> =>
  once(id, async () => {
    const lines = new TextDecoder().decode(await bytesOf(id)).split("\n");
    return lines;
  });

export function text(column: Texts, row: number): string | null {
  const code = column.codes[row];
  return code === undefined || code < 0 ? null : (column.texts[code] ?? null);
}

export const listed = (column: TextLists, row: number): string[] =>
  (column.codes[row] ?? []).map((code) => column.texts[code] ?? "");

const summed = new WeakMap<Steps, (number | null)[]>();

/** The numbers of a column of steps. */
export function numbers(column: Steps): (number | null)[] {
  let found = summed.get(column);
  if (!found) {
    let last = 0;
    found = column.steps.map((step) => (step === null ? null : (last += step)));
    summed.set(column, found);
  }
  return found;
}
