"""A gate for continuous integration: each rule is kept, broken, or not decided by what the log has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from tacticlens.analysis.check_rules import Rules
from tacticlens.analysis.failure import failure
from tacticlens.kernels.family import NO_MATRIX_FAMILIES
from tacticlens.tables.intervals import Interval
from tacticlens.tables.shares import MULTIPLYING_TYPES, Shares, engines, profiles, shares
from tacticlens.tables.table_set import TableSet

State = Literal["kept", "broken", "undecided"]
"""What a rule came to. `broken` and `kept` hold whatever the unknown times are; `undecided`: they decide."""

Gap = Literal["build_failed", "no_engine", "no_times"]
"""Why nothing can be said: the build failed, the log prints no layers of an engine, or no time of any."""

_SHARES: Final = ("min_gemm_share", "min_tensor_core_share", "max_reformat_share")
_NO_CONVOLUTION: Final = NO_MATRIX_FAMILIES - {"depthwise", "fft"}
"""Families that no layer has whose type says that it multiplies."""
_ROUNDING = 1e-9
"""A share of exactly the limit is kept, however its sum was rounded."""


@dataclass(frozen=True)
class Place:
    """What was judged: the log, an engine, or one optimization profile of an engine.

    Attributes:
        kind: which of the three.
        engine: number of the engine; None for the log, and for an engine that no build of the log made.
        profile: number of the optimization profile; None where the engine has one, or the log does not number it.
    """

    kind: Literal["log", "engine", "profile"]
    engine: int | None = None
    profile: int | None = None


LOG: Final = Place("log")


@dataclass(frozen=True)
class Verdict:
    """One rule, judged at one place.

    Attributes:
        rule: name of the rule.
        place: what was judged.
        state: kept, broken or undecided.
        value: bounds of what was judged: a share from 0 to 1, or a number of layers or lines; None if `gap` is set.
        limit: the limit of the rule.
        gap: why there is no value; None if there is one.
        family: the family that the rule forbids.
        untimed: working layers of the engine without a time.
        working: working layers of the engine.
        fused: share of the known time in fused regions whose kernels are not printed; for a forbidden
            family None.
        unnamed: share of the known time in kernels whose names do not say whether they use Tensor Cores.
        hiding: fused regions, each of which may contain work of a forbidden family.
        layers: layers of the forbidden family.
        lines: lines of the log to look at.
    """

    rule: str
    place: Place
    state: State
    value: Interval | None
    limit: float
    gap: Gap | None = None
    family: str | None = None
    untimed: int = 0
    working: int = 0
    fused: float | None = None
    unnamed: float | None = None
    hiding: int = 0
    layers: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


def check(tables: TableSet, rules: Rules) -> list[Verdict]:
    """Judge a log: one verdict per rule and engine, or optimization profile of it."""
    verdicts = [verdict for place, parts in _places(tables) for verdict in _shares(rules, place, parts)]
    if tables["engine_layers"].is_empty():
        gap: Gap = "no_engine" if failure(tables) is None else "build_failed"
        verdicts += [_gap(name, LOG, limit, gap) for name, limit in _limits(rules)]
        verdicts += [_gap("forbid_family", LOG, 0, gap, family) for family in rules.forbid_family]
    else:
        verdicts += [_family(tables, family) for family in rules.forbid_family]
    if rules.max_unread is not None:
        verdicts.append(_unread(tables, rules.max_unread))
    return verdicts


def state_of(value: Interval, *, least: float | None = None, most: float | None = None) -> State:
    """Return what a rule comes to for a value that is known within bounds."""
    if least is not None:
        if value.low >= least - _ROUNDING:
            return "kept"
        return "broken" if value.high is not None and value.high < least - _ROUNDING else "undecided"
    if most is not None and value.low > most + _ROUNDING:
        return "broken"
    kept = most is None or (value.high is not None and value.high <= most + _ROUNDING)
    return "kept" if kept else "undecided"


def _gap(rule: str, place: Place, limit: float, gap: Gap, family: str | None = None) -> Verdict:
    return Verdict(rule, place, "undecided", None, limit, gap, family)


def _limits(rules: Rules) -> Iterator[tuple[str, float]]:
    for name in _SHARES:
        limit = getattr(rules, name)
        if limit is not None:
            yield name, limit


def _places(tables: TableSet) -> Iterator[tuple[Place, Shares]]:
    """Yield what has times of its own: every engine, every optimization profile of one."""
    numbers = dict(tables["builds"].select("build", "profile").iter_rows())
    for engine in engines(tables):
        builds = profiles(tables, engine)
        if len(builds) < 2:
            yield Place("engine", engine), shares(tables, engine)
            continue
        for build in builds:
            yield Place("profile", engine, numbers.get(build)), shares(tables, engine, build)


def _shares(rules: Rules, place: Place, parts: Shares) -> Iterator[Verdict]:
    bounds = {
        "min_gemm_share": parts.gemm_bounds,
        "min_tensor_core_share": parts.tensor_core_bounds,
        "max_reformat_share": parts.reformat_bounds,
    }
    for name, limit in _limits(rules):
        value = bounds[name]
        if value is None or parts.gemm is None:
            yield _gap(name, place, limit, "no_times")
            continue
        least = name.startswith("min_")
        yield Verdict(
            rule=name,
            place=place,
            state=state_of(value, least=limit) if least else state_of(value, most=limit),
            value=value,
            limit=limit,
            untimed=parts.untimed_layers,
            working=parts.working_layers,
            fused=parts.untold,
            unnamed=parts.tensor_core_unknown if name == "min_tensor_core_share" else None,
        )


def _family(tables: TableSet, family: str) -> Verdict:
    layers = tables["engine_layers"]
    places = pl.concat([
        layers.filter(pl.col("family") == family).select("name", "line"),
        tables["engine_ops"].filter(pl.col("family") == family).select(pl.col("op").alias("name"), "line"),
    ])  # fmt: skip
    # a layer whose family is not known may be of each that its type allows; a fused region is of its own family,
    # whatever is in it
    unknown = layers.filter(pl.col("family") == "unknown")
    if family in _NO_CONVOLUTION:
        unknown = unknown.filter(~pl.col("layer_type").str.contains(MULTIPLYING_TYPES).fill_null(value=False))
    maybe = 0 if family == "unknown" else len(unknown)
    value = Interval(len(places), len(places) + maybe)
    return Verdict(
        rule="forbid_family",
        place=LOG,
        state=state_of(value, most=0),
        value=value,
        limit=0,
        family=family,
        hiding=0 if family == "myelin" else len(layers.filter(pl.col("family") == "myelin")),
        layers=tuple(name or "?" for name in places["name"].to_list()),
        lines=tuple(places["line"].drop_nulls().to_list()),
    )


def _unread(tables: TableSet, limit: int) -> Verdict:
    lines = sum(count for outcome, _, count in tables["ledger"].iter_rows() if outcome == "unread")
    value = Interval(lines, lines)
    return Verdict(
        rule="max_unread",
        place=LOG,
        state=state_of(value, most=limit),
        value=value,
        limit=limit,
        lines=tuple(tables["unread"]["line"].to_list()),
    )
