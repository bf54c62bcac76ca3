// Numbers as people read them: the same as in tacticlens/words.py, which a browser test compares.

const DASH = "–";

/** `digits` significant digits without a trailing zero, as Python's `g`. */
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** A tie goes to the even number, as in Python. */
function whole(value: number): number {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 ? near - 1 : near;
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  const size = Math.abs(value);
  if (size > 0 && size < 1e-4) return size >= 1e-8 ? `${significant(value * 1e6, 3)} ns` : "<0.01 ns";
  if (size < 100) return `${significant(value, 3)} ms`;
  return `${whole(value).toLocaleString("en-US")} ms`;
}

export const signedMs = (value: number | null): string =>
  value === null ? DASH : `${value > 0 ? "+" : value < 0 ? "-" : "±"}${ms(Math.abs(value))}`;

export function seconds(value: number | null): string {
  if (value === null) return DASH;
  return value < 1 ? `${value.toFixed(2)} s` : `${grouped(value, 1)} s`;
}

const grouped = (value: number, digits: number): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  return value > 0 && value < 0.005 ? "<1 %" : `${whole(value * 100)} %`;
}

/** A share with one digit behind the point, where rows are compared. */
export const share = (value: number | null): string =>
  value === null ? "" : value > 0 && value < 0.0005 ? "<0.1 %" : `${(value * 100).toFixed(1)} %`;

/** How much slower, `+1.2 %`. */
export const margin = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : `${value >= 0 ? "+" : ""}${(value * 100).toFixed(value < 1 ? 1 : 0)} %`;

export const count = (value: number, one: string, many = `${one}s`): string =>
  `${value.toLocaleString("en-US")} ${value === 1 ? one : many}`;

export const bytes = (value: number): string =>
  value < 1000 ? `${value} B` : value < 1e6 ? `${(value / 1e3).toPrecision(3)} kB`
    : value < 1e9 ? `${(value / 1e6).toPrecision(3)} MB` : `${(value / 1e9).toPrecision(3)} GB`;

/** A line of a log without characters that turn, hide or move others. */
export const visible = (line: string): string =>
  line.replace(/\t/g, "    ").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{115f}\u{1160}\u{3164}]/gu, (letter) =>
    `<U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`);
