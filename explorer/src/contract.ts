// Generated from tacticlens/report/contract.py; do not edit.

/**
 * Roots of the contract: the page, and its parts.
 */
export interface ContractSchema {
  page: Page;
  details: Details;
  build_times: BuildTimes;
}
/**
 * The whole page but for its larger parts.
 */
export interface Page {
  kind: "log" | "diff" | "matrix" | "fleet";
  title: string;
  version: string;
  families: FamilyColour[];
  logs: Log[];
  diff?: Diff | null;
  matrix?: Matrix | null;
  fleet?: Fleet | null;
}
/**
 * A family, the kind of work that it is, and its colours on light and dark ground.
 */
export interface FamilyColour {
  name: string;
  kind: "matrix" | "region" | "elementwise" | "movement" | "other" | "unknown";
  light: string;
  dark: string;
}
/**
 * One log: what is shown at once. Its details are in parts of their own.
 *
 * Attributes:
 *     facts: what is known of a log without engines; else each engine has its own.
 *     parts: ids of the elements that hold them.
 *     text_ranges: first and last lines of the log that the part `text` holds, ascending.
 *     text_missing: why lines are missing.
 */
export interface Log {
  source: string;
  headline: string;
  facts: Fact[];
  goal: number;
  notes: string[];
  engines: Engine[];
  findings: Finding[];
  finding_notes: string[];
  build_time: string | null;
  builds: Grid;
  ledger: Grid;
  grids: {
    [k: string]: Grid;
  };
  parts: {
    [k: string]: string;
  };
  text_ranges: number[][];
  text_missing: string | null;
}
/**
 * A fact with its name; `view`: the view of the page that shows what it adds up.
 */
export interface Fact {
  label: string;
  value: string;
  line?: number | null;
  view?: ("build-time" | "facts") | null;
}
/**
 * One engine, one optimization profile of it, or a build of which the log prints no engine.
 *
 * Attributes:
 *     basis: `engine`: layers of the engine; `winners`: layers that were timed, with their fastest winners.
 *     facts: what it was built with: those of the run that it belongs to.
 *     clock: what the times are, in words.
 *     notes: how the sum of the layers and the measured time relate.
 */
export interface Engine {
  label: string;
  basis: "engine" | "winners";
  engine: number | null;
  build: number | null;
  headline: string;
  facts: Fact[];
  clock: string;
  time_ms: number | null;
  all: Sum;
  gemm: Share;
  tensor_core: Share;
  tensor_core_unknown: number | null;
  reformat: Share;
  notes: string[];
  families: FamilyTimes;
  layers: Layers;
  repeats: Repeat[];
}
/**
 * What adds up to a number: rows of layers, the longest first, and the time that each adds.
 */
export interface Sum {
  rows: number[];
  time_ms: number[];
}
/**
 * A share of an engine's time: what is known, the bounds of what it can be, the layers that it adds up.
 */
export interface Share {
  known: number | null;
  low: number | null;
  high: number | null;
  time_ms: number | null;
  of: Sum;
}
/**
 * Time by family, longest first; one row per family. `tensor_core`: share of its time on Tensor Cores.
 */
export interface FamilyTimes {
  family: Texts;
  layers: (number | null)[];
  untimed: (number | null)[];
  time_ms: (number | null)[];
  share: (number | null)[];
  tensor_core: (number | null)[];
  of: Sum[];
}
/**
 * A column of texts: codes are places in `texts`, -1 = null.
 */
export interface Texts {
  texts: string[];
  codes: number[];
}
/**
 * The layers of one engine or build, in the order in which they run, one row each.
 *
 * `place` finds the details of the layer. `feeds` holds rows that take what the row gives. `serves_before` and
 * `serves_after` are of reformats and copies only: rows between which they stand. `margin`: time of the runner-up over
 * that of the winner, minus 1; `margin_line`: where the runner-up was timed. `findings`: places in the list of
 * findings.
 */
export interface Layers {
  place: (number | null)[];
  position: (number | null)[];
  name: Texts;
  layer_type: Texts;
  family: Texts;
  gemm: (boolean | null)[];
  tensor_core: Texts;
  evidence: Texts;
  kernel: Texts;
  tactic: Texts;
  time_ms: (number | null)[];
  time_source: Texts;
  low_ms: (number | null)[];
  high_ms: (number | null)[];
  share: (number | null)[];
  margin: (number | null)[];
  margin_line: Steps;
  combination: (number | null)[];
  types: Texts;
  nodes: TextLists;
  inputs: TextLists;
  outputs: TextLists;
  feeds: number[][];
  serves_before: number[][];
  serves_after: number[][];
  findings: number[][];
  decision: Texts;
  next_best: Texts;
  line: Steps;
}
/**
 * A column of whole numbers, each as the step from the last that is not null; the first from 0.
 */
export interface Steps {
  steps: (number | null)[];
}
/**
 * A column of lists of texts: codes are places in `texts`.
 */
export interface TextLists {
  texts: string[];
  codes: number[][];
}
/**
 * A block of `size` layers that stands `times` times one after the other, from row `first` on.
 */
export interface Repeat {
  first: number;
  size: number;
  times: number;
  time_ms: number | null;
}
/**
 * One finding in words; `engine` is its place in the list of engines of the page, -1 = none.
 *
 * `lines_left_out`: lines that it names and the page does not, for its size.
 */
export interface Finding {
  code: string;
  name: string;
  title: string;
  why: string;
  action: string;
  stake_ms: number | null;
  stake: string;
  engine: number;
  rows: number[];
  lines: number[];
  lines_left_out: number;
}
/**
 * A small table of finished texts; `right` = columns of numbers; `lines` = where each row stands in the log.
 *
 * `places`: where each cell comes from, if not from the line of its row; empty = all do.
 * `left_out`: rows that are not in the page, for its size.
 */
export interface Grid {
  titles: string[];
  right: boolean[];
  rows: string[][];
  lines: (number | null)[];
  places: (Place | null)[][];
  left_out: number;
}
/**
 * Where a number comes from: a line of a log, or else the view of an engine that has what it adds up.
 *
 * Attributes:
 *     log: place of the log in the page; engine: of the engine in the log.
 *     sum: the sum of the engine that lists its layers.
 */
export interface Place {
  log: number;
  line?: number | null;
  engine?: number | null;
  view?: ("build-time" | "facts") | null;
  sum?: ("all" | "gemm" | "tensor_core") | null;
}
/**
 * Two builds side by side.
 *
 * Attributes:
 *     notes_first: what to know before all else, another GPU or no engine to compare.
 *     noise: None where nothing was measured twice.
 */
export interface Diff {
  headline: string;
  notes_first: string[];
  facts: Pair[];
  notes: string[];
  quiet: string | null;
  noise: Noise | null;
  causes: Cause[];
  changes: Change[];
}
/**
 * A row of the facts of two builds, and where each side's comes from.
 */
export interface Pair {
  label: string;
  old: string;
  new: string;
  change: string;
  old_place: Place | null;
  new_place: Place | null;
}
/**
 * Relative changes, new over old minus 1, that noise explains, and what measured it.
 */
export interface Noise {
  low: number;
  high: number;
  text: string;
}
/**
 * All changes of one cause; null = what all other layers moved by.
 */
export interface Cause {
  cause: string;
  changes: number;
  delta_ms: number | null;
  verdicts: string;
}
/**
 * One change between two builds.
 */
export interface Change {
  cause: string;
  kinds: string[];
  title: string;
  old_ms: number | null;
  new_ms: number | null;
  delta_ms: number | null;
  relative: number | null;
  cost: string;
  verdict: string | null;
  verdict_text: string | null;
  details: string[];
  family: string;
  old: Layer[];
  new: Layer[];
}
/**
 * A layer of a page's log: places in `logs`, `engines` and in its rows; -1 = not in the page.
 */
export interface Layer {
  log: number;
  engine: number;
  row: number;
  name: string;
  line: number | null;
}
/**
 * Builds side by side; `logs` of the page are the columns.
 */
export interface Matrix {
  headline: string;
  names: string[];
  facts: Grid;
  notes: string[];
  legend: string;
  rows: MatrixRow[];
}
/**
 * One row: layers of all builds that do the same work.
 */
export interface MatrixRow {
  title: string;
  family: string;
  differs: boolean;
  spread: string;
  spread_ms: number | null;
  kernels: string[][];
  cells: Cell[];
}
/**
 * What one build has for a row of the matrix.
 */
export interface Cell {
  time_ms: number | null;
  delta_ms: number | null;
  text: string;
  more: string[];
  changed: boolean;
  layers: Layer[];
}
/**
 * A dataset of logs.
 *
 * Attributes:
 *     over: the label that orders the points; None if no label does.
 *     left_out: series that are not in the page, for its size.
 */
export interface Fleet {
  headline: string;
  facts: Fact[];
  notes: string[];
  over: string | null;
  points: string[];
  keys: string[];
  levels: Level[];
  trends: Trend[];
  left_out: number;
  sections: Section[];
}
/**
 * A colour of the heat map, what it stands for, and its colours on light and dark ground.
 */
export interface Level {
  label: string;
  light: string;
  dark: string;
}
/**
 * One time over the points of a fleet; the lists have a value per point, null = no log.
 *
 * Attributes:
 *     name: of the layer, or of the whole engine.
 *     key: what else tells it apart, as `keys` of the fleet names it.
 *     source: what the times are.
 *     usual_ms: median of the times, of those before the first step if there is one.
 *     ratios: time over that, minus 1.
 *     levels: places in `levels` of the fleet.
 *     kernels: kernel, or tactic, that most builds of a point have.
 */
export interface Trend {
  name: string;
  kind: "layer" | "model";
  key: string[];
  source: string;
  usual_ms: number;
  times_ms: (number | null)[];
  ratios: (number | null)[];
  levels: (number | null)[];
  kernels: Texts;
  steps: Step[];
}
/**
 * A change of level of a series: `at` is the place of its first point.
 */
export interface Step {
  at: number;
  since: string;
  change: number;
  before_ms: number;
  after_ms: number;
  kernel_before: string | null;
  kernel_after: string | null;
}
/**
 * What a command prints: sentences and tables under a heading.
 */
export interface Section {
  title: string;
  parts: Part[];
}
/**
 * A sentence or a table, one of them null; `strong`: the sentence is a heading.
 */
export interface Part {
  text: string | null;
  strong: boolean;
  grid: Grid | null;
}
/**
 * All that the layer panel shows.
 */
export interface Details {
  combinations: Combinations;
  reformats: Reformats;
  candidates: Candidates;
  operations: Operations;
  runners: Runners;
  kernels: Kernel[];
  missing: string | null;
}
/**
 * Format combinations by the layer (`place`) whose details they are.
 *
 * `measured`: the combination whose candidates it has. `lead`: time of the runner-up over that of the winner, minus 1.
 * `price_ms`: winner and reformats, the neighbours being as they are in the engine. `runner_up`: its row in the table
 * of candidates.
 */
export interface Combinations {
  place: (number | null)[];
  combination: (number | null)[];
  measured: (number | null)[];
  formats: Texts;
  result: Texts;
  winner_ms: (number | null)[];
  lead: (number | null)[];
  reformat_ms: (number | null)[];
  price_ms: (number | null)[];
  taken: (boolean | null)[];
  runner_up: (number | null)[];
  line: Steps;
}
/**
 * Reformats that a combination of a layer needs; `combination` and `place` as in `Combinations`.
 */
export interface Reformats {
  place: (number | null)[];
  combination: (number | null)[];
  side: Texts;
  tensor: Texts;
  formats: Texts;
  time_ms: (number | null)[];
  exact: (boolean | null)[];
  line: Steps;
}
/**
 * What was tried, by combination; the columns are those of `tacticlens tactics`.
 */
export interface Candidates {
  combination: Steps;
  runner: Texts;
  tactic: Texts;
  kernel: Texts;
  family: Texts;
  tensor_core: Texts;
  status: Texts;
  reason: Texts;
  needed_bytes: (number | null)[];
  available_bytes: (number | null)[];
  time_ms: (number | null)[];
  margin: (number | null)[];
  won: (boolean | null)[];
  in_engine: (boolean | null)[];
  line: Steps;
}
/**
 * Rows of the tables of fused regions, by the combination where they were measured.
 */
export interface Operations {
  combination: Steps;
  op: Texts;
  kernel: Texts;
  tactic: Texts;
  family: Texts;
  tensor_core: Texts;
  time_ms: (number | null)[];
  relative: (number | null)[];
  chosen: (boolean | null)[];
  line: Steps;
}
/**
 * Runners that gave a combination nothing, by the combination where they were tried.
 */
export interface Runners {
  combination: Steps;
  runner: Texts;
  result: Texts;
  line: Steps;
}
/**
 * A kernel name in pieces, and what it says.
 *
 * Attributes:
 *     pieces: (role, text); the texts joined are the name.
 *     facts: what the name says, in words.
 */
export interface Kernel {
  name: string;
  pieces: string[][];
  facts: Fact[];
}
/**
 * Where the seconds of the builds went; the rows add up. `slab`: the row of the sum that each is part of.
 *
 * `part`: the runner, or what is known in its place; `phases`: what each phase is called.
 */
export interface BuildTimes {
  build: (number | null)[];
  phase: Texts;
  layer: Texts;
  runner: Texts;
  part: Texts;
  seconds: (number | null)[];
  share: (number | null)[];
  slab: number[];
  line: Steps;
  phases: {
    [k: string]: string;
  };
  slabs: Slabs;
}
/**
 * Sums of seconds: all builds first, then builds, phases, layers; `parent` = the row of the sum that has it.
 */
export interface Slabs {
  name: Texts;
  phase: Texts;
  parent: (number | null)[];
  seconds: number[];
  share: (number | null)[];
}
