"""What stands in the page of a fleet; the rest of the contract is in ``contract.py``."""

from __future__ import annotations

from typing import Literal

from tacticlens.report.contract import Fact, Floats, Grid, Ints, Model, Texts


class Level(Model):
    """A colour of the heat map, what it stands for, and its colours on light and dark ground."""

    label: str
    light: str
    dark: str


class Step(Model):
    """A change of level of a series: `at` is the place of its first point."""

    at: int
    since: str
    change: float
    before_ms: float
    after_ms: float
    kernel_before: str | None
    kernel_after: str | None


class Trend(Model):
    """One time over the points of a fleet; the lists have a value per point, null = no log.

    Attributes:
        name: of the layer, or of the whole engine.
        key: what else tells it apart, as `keys` of the fleet names it.
        source: what the times are.
        usual_ms: median of the times, of those before the first step if there is one.
        ratios: time over that, minus 1.
        levels: places in `levels` of the fleet.
        kernels: kernel, or tactic, that most builds of a point have.
    """

    name: str
    kind: Literal["layer", "model"]
    key: list[str]
    source: str
    usual_ms: float
    times_ms: Floats
    ratios: Floats
    levels: Ints
    kernels: Texts
    steps: list[Step]


class Part(Model):
    """A sentence or a table, one of them null; `strong`: the sentence is a heading."""

    text: str | None
    strong: bool
    grid: Grid | None


class Section(Model):
    """What a command prints: sentences and tables under a heading."""

    title: str
    parts: list[Part]


class Fleet(Model):
    """A dataset of logs.

    Attributes:
        over: the label that orders the points; None if no label does.
        left_out: series that are not in the page, for its size.
    """

    headline: str
    facts: list[Fact]
    notes: list[str]
    over: str | None
    points: list[str]
    keys: list[str]
    levels: list[Level]
    trends: list[Trend]
    left_out: int
    sections: list[Section]
