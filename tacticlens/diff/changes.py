"""From two sets of tables to what changed: a pure function."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.baseline import Given, repeats_of
from tacticlens.diff.build_view import BuildView
from tacticlens.diff.candidates import Candidates, only_runners
from tacticlens.diff.compare import kinds_of, time_of
from tacticlens.diff.judge import Judge, Winners, source_of
from tacticlens.diff.measurements import Moved, log_of
from tacticlens.diff.model import (
    CANDIDATE_KINDS,
    WINNER_KINDS,
    Baseline,
    Change,
    Layer,
    Match,
    RepeatedBuild,
    Summary,
)
from tacticlens.diff.names import renamed, renames, same_work
from tacticlens.diff.noise import Yardstick
from tacticlens.diff.repeat_judge import RepeatJudge
from tacticlens.diff.repeats import ENOUGH, Repeats
from tacticlens.diff.result import Diff
from tacticlens.diff.side import prints_engine
from tacticlens.diff.totals import only_run, options, options_changed, run_of
from tacticlens.diff.unmatched import UnmatchedNeighbours
from tacticlens.diff.winners import align_winners
from tacticlens.errors.comparing import baseline_without_engine, other_network
from tacticlens.tables.shares import IDLE_FAMILIES
from tacticlens.tables.table_set import TableSet

Repeated = tuple[BuildView, pl.DataFrame]
"""A repeat of the old build, and what it measured by names of the old build."""


@dataclass(frozen=True)
class Comparison:
    """Two builds whose layers are matched, and what is different.

    Attributes:
        found: one change or None per match, in their order.
        yardstick: what moved between the two builds.
        frames: what both measured, by names of the old build.
    """

    found: tuple[Change | None, ...]
    yardstick: Yardstick
    frames: tuple[pl.DataFrame, pl.DataFrame]

    @property
    def changes(self) -> list[Change]:
        """The changes, those that cost or save most first."""
        return sorted(filter(None, self.found), key=weight)


def diff(
    old: TableSet, new: TableSet, *, old_build: int | None = None, new_build: int | None = None,
    baseline: Sequence[Given] = (),
) -> Diff:  # fmt: skip
    """Return what changed between two builds.

    Engines are compared where both logs print theirs. If one does not, what is known of both is compared: the winners
    of the format combinations, of which an engine takes some.

    Args:
        old: tables of the one side.
        new: tables of the other; they may be the same tables.
        old_build: number of the old build; None = that of the last engine, its first optimization profile.
        new_build: number of the new build.
        baseline: repeats of the old build, from which the noise of measurements is learned.

    Raises:
        UsageError: a side has neither engine layers nor winners, no layer of one side is in the other, or a log of the
            baseline has no repeat of the old build.
    """
    pair = (old, old_build), (new, new_build)
    no_engine = tuple(
        name for name, side in zip(("old", "new"), pair, strict=True) if not prints_engine(*side)
    )
    if no_engine and baseline:
        raise baseline_without_engine(no_engine[0])
    made = BuildView.of_winners if no_engine else BuildView.of
    sides = made(*pair[0]), made(*pair[1])
    matches = aligned(*sides)
    repeats = repeats_of(*sides, baseline) if baseline else []
    compared = compare(*sides, matches, repeats)
    changes = compared.changes
    echoed = [
        options(side.tables, only_run(side.tables) if no_engine else run_of(side.tables, side.chosen))
        for side in sides
    ]
    summary = Summary(
        options=options_changed(*echoed),
        movement=compared.yardstick.movement,
        comparable_times=sides[0].side.time_source == sides[1].side.time_source != "none",
        matched=dict(Counter(match.how for match in matches)),
        kinds=dict(Counter(kind for change in changes for kind in change.kinds)),
        verdicts=dict(Counter(change.verdict for change in changes if change.verdict is not None)),
        basis="winners" if no_engine else "engine",
        no_engine=no_engine,
        untimed_alike=all(_untimed(match.old) == _untimed(match.new) for match in matches),
        only_runners=only_runners(*compared.frames, {old.measured_as for old, _ in same_work(matches)}),
        baseline=_baseline(sides[0], repeats),
    )
    return Diff(sides[0].side, sides[1].side, summary, tuple(changes))


def aligned(old: BuildView, new: BuildView) -> list[Match]:
    """Return which layers of two builds do the same work.

    Two builds of one log were chosen by the user, and may share no name.

    Raises:
        UsageError: nothing ties them together.
    """
    matches = (align if old.engine else align_winners)(old.layers, new.layers)
    if not (old.in_log_of(new) or anchored(matches)):
        raise other_network(old.side.source, new.side.source)
    return matches


def compare(
    old: BuildView, new: BuildView, matches: Sequence[Match], repeats: Sequence[Repeated] = ()
) -> Comparison:
    """Return what is different in matched layers; repeats of the old build say what is noise."""
    names = renames(matches, (old.measured, new.measured))
    frames = old.measured, renamed(new.measured, names)
    other_gpu = None not in {old.side.gpu, new.side.gpu} and old.side.gpu != new.side.gpu
    few = 0 < len(repeats) < ENOUGH - 1
    also = Yardstick(frames[0], repeats[0][1], one_log=old.in_log_of(repeats[0][0])) if few else None
    yardstick = Yardstick(*frames, other_gpu=other_gpu, one_log=old.in_log_of(new), also=also)
    winners: Winners = yardstick
    if repeats and not few:
        winners = RepeatJudge(_learned(old, repeats), yardstick, frames[1])
    yardsticks = winners, yardstick, _profiles(matches, other_gpu=other_gpu)
    between = None
    if old.engine:
        between = UnmatchedNeighbours(old.layers, matches, 0), UnmatchedNeighbours(new.layers, matches, 1)
    judge = Judge(names, yardsticks, Candidates(*frames, by_formats=between is None), between)
    return Comparison(tuple(judge.change(match) for match in matches), yardstick, frames)


def _untimed(layers: Sequence[Layer]) -> int:
    """Return how many layers do work and have no known time."""
    return sum(1 for layer in layers if layer.time_ms is None and layer.family not in IDLE_FAMILIES)


def _learned(old: BuildView, repeats: Sequence[Repeated]) -> Repeats:
    return Repeats([(old.identity[0], old.measured), *((one.identity[0], frame) for one, frame in repeats)])


def _baseline(old: BuildView, repeats: Sequence[Repeated]) -> Baseline | None:
    """Return what the repeats teach, in numbers; None without any."""
    if not repeats:
        return None
    learned = _learned(old, repeats)
    return Baseline(
        builds=tuple(
            RepeatedBuild(one.side.source, one.chosen[1]) for one in (old, *(one for one, _ in repeats))
        ),
        measurements=learned.measurements,
        p90=math.expm1(learned.band),
        rise=math.expm1(learned.extremes[0]),
        fall=-math.expm1(-learned.extremes[1]),
    )


def _profiles(matches: Sequence[Match], *, other_gpu: bool) -> Yardstick:
    """Return the yardstick of profiled times: layers that kept their tactic."""
    return Yardstick.from_moved(
        [
            Moved(math.sqrt(before * after), log_of(after, before), match.old[0].name)
            for match in matches
            if source_of(match) == "profile" and not {*WINNER_KINDS, "fusion"} & set(kinds_of(match))
            for before, after in [(time_of(match.old), time_of(match.new))]
            if before and after
        ],
        other_gpu=other_gpu,
    )


def weight(change: Change) -> tuple[bool, float, float, int, int]:
    """Sort by what the change costs or saves, then by the time that is concerned; what runs as before comes last."""
    delta = change.delta_ms
    times = [time for time in (change.old_ms, change.new_ms) if time is not None]
    side = change.match.new or change.match.old
    return (
        set(change.kinds) <= CANDIDATE_KINDS,
        -abs(delta) if delta is not None else 0.0,
        -max(times, default=0.0),
        0 if change.match.new else 1,
        side[0].position,
    )
