// What is shown, as the fragment of the address: `#engine=0&layer=12`. A link to it shows the same again.
import { useEffect, useState } from "preact/hooks";

export type Key = "view" | "log" | "engine" | "layer" | "finding" | "family" | "cores" | "sum" | "find" | "line" | "lines"
  | "build" | "change" | "cause" | "row" | "at";
export type Route = Partial<Record<Key, string>>;

export function read(): Route {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1))) as Route;
}

/** Change some keys; null takes one away. */
export function go(change: Partial<Record<Key, string | number | null>>, keep = true): void {
  const next: Record<string, string> = keep ? { ...read() } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null || value === "" || value === undefined) delete next[key];
    else next[key] = String(value);
  }
  const hash = new URLSearchParams(next).toString();
  if (hash !== location.hash.slice(1)) location.hash = hash;
}

export function useRoute(): Route {
  const [route, set] = useState(read);
  useEffect(() => {
    const changed = () => set(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export const at = (value: string | undefined, fallback = -1): number => {
  const number = value === undefined ? NaN : Number(value);
  return Number.isInteger(number) ? number : fallback;
};
