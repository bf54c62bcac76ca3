// The colour of each family, from the page's data, as CSS variables that follow the light or dark scheme.
import type { FamilyColour } from "./contract";

export const kinds = new Map<string, FamilyColour["kind"]>();
const order = new Map<string, number>();
const RANK = ["matrix", "region", "unknown", "elementwise", "movement", "other"];

export function install(families: FamilyColour[]): void {
  const root = document.documentElement.style;
  families.forEach((family, place) => {
    kinds.set(family.name, family.kind);
    order.set(family.name, RANK.indexOf(family.kind) * 100 + place);
    root.setProperty(`--light-${family.name}`, family.light);
    root.setProperty(`--dark-${family.name}`, family.dark);
  });
}

/** Matrix work first, data movement last: the order of families in bars. */
export const rank = (family: string): number => order.get(family) ?? 999;
export const fill = (family: string): string =>
  `light-dark(var(--light-${family}, #8d8d8d), var(--dark-${family}, #a8a8a8))`;
export const hatched = (family: string): boolean => kinds.get(family) === "unknown";
export const moves = (family: string): boolean => kinds.get(family) === "movement";
