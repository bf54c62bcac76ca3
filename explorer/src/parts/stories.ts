// The format combinations of one layer with the rows of their candidates.
import type { Details } from "../contract";
import { numbers, text } from "../data";

export interface Story {
  /** Row in the table of combinations. */
  row: number;
  combination: number;
  measured: number;
  taken: boolean | null;
  formats: string | null;
  /** Rows in the table of candidates, the fastest first. */
  rows: number[];
  /** The row of the runner-up; -1 = none. */
  next: number;
}

const indexed = new WeakMap<Details, { places: Map<number, number[]>; tried: Map<number, number[]>; ops: Map<number, number[]> }>();

function group(keys: (number | null)[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  keys.forEach((key, row) => {
    if (key === null) return;
    const rows = found.get(key);
    if (rows) rows.push(row);
    else found.set(key, [row]);
  });
  return found;
}

function index(details: Details) {
  let found = indexed.get(details);
  if (!found) {
    found = {
      places: group(details.combinations.place), tried: group(numbers(details.candidates.combination)),
      ops: group(numbers(details.operations.combination)),
    };
    indexed.set(details, found);
  }
  return found;
}

/** The combinations of a layer: that in the engine first, then the cheapest. */
export function storiesOf(details: Details, place: number): Story[] {
  const { places, tried } = index(details);
  const table = details.combinations;
  const price = (row: number) => table.price_ms[row] ?? table.winner_ms[row] ?? Infinity;
  const time = (row: number) => details.candidates.time_ms[row] ?? Infinity;
  return [...(places.get(place) ?? [])]
    .sort((a, b) => Number(table.taken[b] ?? false) - Number(table.taken[a] ?? false) || price(a) - price(b) || a - b)
    .map((row) => {
      const combination = table.combination[row] ?? 0;
      const rows = [...(tried.get(combination) ?? [])].sort((a, b) => time(a) - time(b) || a - b);
      return {
        row, combination, measured: table.measured[row] ?? combination, taken: table.taken[row] ?? null,
        formats: text(table.formats, row), rows, next: table.runner_up[row] ?? -1,
      };
    });
}

export const operationsOf = (details: Details, story: Story): number[] => index(details).ops.get(story.measured) ?? [];
