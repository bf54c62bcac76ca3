"""What stands in the page: the contract between Python, which knows, and the page's TypeScript, which shows.

Tables are columns. Every text stands once: a column of texts has codes, the places of its values in a list of distinct
texts, -1 = null. Line numbers are steps from the last one. Times are in ms, shares 0 to 1; null = not known.
The TypeScript types are generated from this file (``scripts/write_page_contract.py``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Ints = list[int | None]
Floats = list[float | None]
Flags = list[bool | None]


class Model(BaseModel):
    """Base of all parts of the page."""

    model_config = ConfigDict(extra="forbid")


class Texts(Model):
    """A column of texts: codes are places in `texts`, -1 = null."""

    texts: list[str]
    codes: list[int]


class TextLists(Model):
    """A column of lists of texts: codes are places in `texts`."""

    texts: list[str]
    codes: list[list[int]]


class Steps(Model):
    """A column of whole numbers, each as the step from the last that is not null; the first from 0."""

    steps: Ints


class FamilyColour(Model):
    """A family, the kind of work that it is, and its colours on light and dark ground."""

    name: str
    kind: Literal["matrix", "region", "elementwise", "movement", "other", "unknown"]
    light: str
    dark: str


class Fact(Model):
    """A fact with its name; `view`: the view of the page that shows what it adds up."""

    label: str
    value: str
    line: int | None = None
    view: Literal["build-time", "facts"] | None = None


class Place(Model):
    """Where a number comes from: a line of a log, or else the view of an engine that has what it adds up.

    Attributes:
        log: place of the log in the page; engine: of the engine in the log.
        sum: the sum of the engine that lists its layers.
    """

    log: int
    line: int | None = None
    engine: int | None = None
    view: Literal["build-time", "facts"] | None = None
    sum: Literal["all", "gemm", "tensor_core"] | None = None


class Grid(Model):
    """A small table of finished texts; `right` = columns of numbers; `lines` = where each row stands in the log.

    `places`: where each cell comes from, if not from the line of its row; empty = all do.
    `left_out`: rows that are not in the page, for its size.
    """

    titles: list[str]
    right: list[bool]
    rows: list[list[str]]
    lines: Ints
    places: list[list[Place | None]]
    left_out: int


class Sum(Model):
    """What adds up to a number: rows of layers, the longest first, and the time that each adds."""

    rows: list[int]
    time_ms: list[float]


class Share(Model):
    """A share of an engine's time: what is known, the bounds of what it can be, the layers that it adds up."""

    known: float | None
    low: float | None
    high: float | None
    time_ms: float | None
    of: Sum


class FamilyTimes(Model):
    """Time by family, longest first; one row per family. `tensor_core`: share of its time on Tensor Cores."""

    family: Texts
    layers: Ints
    untimed: Ints
    time_ms: Floats
    share: Floats
    tensor_core: Floats
    of: list[Sum]


class Layers(Model):
    """The layers of one engine or build, in the order in which they run, one row each.

    `place` finds the details of the layer. `feeds` holds rows that take what the row gives. `serves_before` and
    `serves_after` are of reformats and copies only: rows between which they stand. `margin`: time of the runner-up over
    that of the winner, minus 1; `margin_line`: where the runner-up was timed. `findings`: places in the list of
    findings.
    """

    place: Ints
    position: Ints
    name: Texts
    layer_type: Texts
    family: Texts
    gemm: Flags
    tensor_core: Texts
    evidence: Texts
    kernel: Texts
    tactic: Texts
    time_ms: Floats
    time_source: Texts
    low_ms: Floats
    high_ms: Floats
    share: Floats
    margin: Floats
    margin_line: Steps
    combination: Ints
    types: Texts
    nodes: TextLists
    inputs: TextLists
    outputs: TextLists
    feeds: list[list[int]]
    serves_before: list[list[int]]
    serves_after: list[list[int]]
    findings: list[list[int]]
    decision: Texts
    next_best: Texts
    line: Steps


class Repeat(Model):
    """A block of `size` layers that stands `times` times one after the other, from row `first` on."""

    first: int
    size: int
    times: int
    time_ms: float | None


class Engine(Model):
    """One engine, one optimization profile of it, or a build of which the log prints no engine.

    Attributes:
        basis: `engine`: layers of the engine; `winners`: layers that were timed, with their fastest winners.
        facts: what it was built with: those of the run that it belongs to.
        clock: what the times are, in words.
        notes: how the sum of the layers and the measured time relate.
    """

    label: str
    basis: Literal["engine", "winners"]
    engine: int | None
    build: int | None
    headline: str
    facts: list[Fact]
    clock: str
    time_ms: float | None
    all: Sum
    gemm: Share
    tensor_core: Share
    tensor_core_unknown: float | None
    reformat: Share
    notes: list[str]
    families: FamilyTimes
    layers: Layers
    repeats: list[Repeat]


class Finding(Model):
    """One finding in words; `engine` is its place in the list of engines of the page, -1 = none.

    `lines_left_out`: lines that it names and the page does not, for its size.
    """

    code: str
    name: str
    title: str
    why: str
    action: str
    stake_ms: float | None
    stake: str
    engine: int
    rows: list[int]
    lines: list[int]
    lines_left_out: int


class Log(Model):
    """One log: what is shown at once. Its details are in parts of their own.

    Attributes:
        facts: what is known of a log without engines; else each engine has its own.
        parts: ids of the elements that hold them.
        text_ranges: first and last lines of the log that the part `text` holds, ascending.
        text_missing: why lines are missing.
    """

    source: str
    headline: str
    facts: list[Fact]
    goal: float
    notes: list[str]
    engines: list[Engine]
    findings: list[Finding]
    finding_notes: list[str]
    build_time: str | None
    builds: Grid
    ledger: Grid
    grids: dict[str, Grid]
    parts: dict[Literal["details", "build_times", "text"], str]
    text_ranges: list[list[int]]
    text_missing: str | None


class Combinations(Model):
    """Format combinations by the layer (`place`) whose details they are.

    `measured`: the combination whose candidates it has. `lead`: time of the runner-up over that of the winner, minus 1.
    `price_ms`: winner and reformats, the neighbours being as they are in the engine. `runner_up`: its row in the table
    of candidates.
    """

    place: Ints
    combination: Ints
    measured: Ints
    formats: Texts
    result: Texts
    winner_ms: Floats
    lead: Floats
    reformat_ms: Floats
    price_ms: Floats
    taken: Flags
    runner_up: Ints
    line: Steps


class Reformats(Model):
    """Reformats that a combination of a layer needs; `combination` and `place` as in `Combinations`."""

    place: Ints
    combination: Ints
    side: Texts
    tensor: Texts
    formats: Texts
    time_ms: Floats
    exact: Flags
    line: Steps


class Candidates(Model):
    """What was tried, by combination; the columns are those of `tacticlens tactics`."""

    combination: Steps
    runner: Texts
    tactic: Texts
    kernel: Texts
    family: Texts
    tensor_core: Texts
    status: Texts
    reason: Texts
    needed_bytes: Ints
    available_bytes: Ints
    time_ms: Floats
    margin: Floats
    won: Flags
    in_engine: Flags
    line: Steps


class Operations(Model):
    """Rows of the tables of fused regions, by the combination where they were measured."""

    combination: Steps
    op: Texts
    kernel: Texts
    tactic: Texts
    family: Texts
    tensor_core: Texts
    time_ms: Floats
    relative: Floats
    chosen: Flags
    line: Steps


class Runners(Model):
    """Runners that gave a combination nothing, by the combination where they were tried."""

    combination: Steps
    runner: Texts
    result: Texts
    line: Steps


class Kernel(Model):
    """A kernel name in pieces, and what it says.

    Attributes:
        pieces: (role, text); the texts joined are the name.
        facts: what the name says, in words.
    """

    name: str
    pieces: list[list[str]]
    facts: list[Fact]


class Details(Model):
    """All that the layer panel shows."""

    combinations: Combinations
    reformats: Reformats
    candidates: Candidates
    operations: Operations
    runners: Runners
    kernels: list[Kernel]
    missing: str | None


class Slabs(Model):
    """Sums of seconds: all builds first, then builds, phases, layers; `parent` = the row of the sum that has it."""

    name: Texts
    phase: Texts
    parent: Ints
    seconds: list[float]
    share: Floats


class BuildTimes(Model):
    """Where the seconds of the builds went; the rows add up. `slab`: the row of the sum that each is part of.

    `part`: the runner, or what is known in its place; `phases`: what each phase is called.
    """

    build: Ints
    phase: Texts
    layer: Texts
    runner: Texts
    part: Texts
    seconds: Floats
    share: Floats
    slab: list[int]
    line: Steps
    phases: dict[str, str]
    slabs: Slabs


class Pair(Model):
    """A row of the facts of two builds, and where each side's comes from."""

    label: str
    old: str
    new: str
    change: str
    old_place: Place | None
    new_place: Place | None


class Cause(Model):
    """All changes of one cause; null = what all other layers moved by."""

    cause: str
    changes: int
    delta_ms: float | None
    verdicts: str


class Layer(Model):
    """A layer of a page's log: places in `logs`, `engines` and in its rows; -1 = not in the page."""

    log: int
    engine: int
    row: int
    name: str
    line: int | None


class Change(Model):
    """One change between two builds."""

    cause: str
    kinds: list[str]
    title: str
    old_ms: float | None
    new_ms: float | None
    delta_ms: float | None
    relative: float | None
    cost: str
    verdict: str | None
    verdict_text: str | None
    details: list[str]
    family: str
    old: list[Layer]
    new: list[Layer]


class Noise(Model):
    """Relative changes, new over old minus 1, that noise explains, and what measured it."""

    low: float
    high: float
    text: str


class Diff(Model):
    """Two builds side by side.

    Attributes:
        notes_first: what to know before all else, another GPU or no engine to compare.
        noise: None where nothing was measured twice.
    """

    headline: str
    notes_first: list[str]
    facts: list[Pair]
    notes: list[str]
    quiet: str | None
    noise: Noise | None
    causes: list[Cause]
    changes: list[Change]


class Cell(Model):
    """What one build has for a row of the matrix."""

    time_ms: float | None
    delta_ms: float | None
    text: str
    more: list[str]
    changed: bool
    layers: list[Layer]


class MatrixRow(Model):
    """One row: layers of all builds that do the same work."""

    title: str
    family: str
    differs: bool
    spread: str
    spread_ms: float | None
    kernels: list[list[str]]
    cells: list[Cell]


class Matrix(Model):
    """Builds side by side; `logs` of the page are the columns."""

    headline: str
    names: list[str]
    facts: Grid
    notes: list[str]
    legend: str
    rows: list[MatrixRow]
