"""From two sets of tables to what changed: a pure function."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.baseline import Given, repeats_of
from tacticlens.diff.built import Built
from tacticlens.diff.compare import comparable, kinds_of, time_of
from tacticlens.diff.model import (
    CANDIDATE_KINDS,
    WINNER_KINDS,
    Baseline,
    Change,
    Diff,
    Judgement,
    Match,
    RepeatedBuild,
    Summary,
)
from tacticlens.diff.names import renamed, renames
from tacticlens.diff.noise import Moved, Yardstick
from tacticlens.diff.repeat_judge import RepeatJudge
from tacticlens.diff.repeats import ENOUGH, Repeats
from tacticlens.diff.totals import options, options_changed, run_of
from tacticlens.errors import UsageError
from tacticlens.tables.table_set import TableSet

Repeated = tuple[Built, pl.DataFrame]
"""A repeat of the old build, and what it measured by names of the old build."""
Winners = Yardstick | RepeatJudge


@dataclass(frozen=True)
class Comparison:
    """Two builds whose layers are matched, and what is different.

    Attributes:
        found: one change or None per match, in their order.
        yardstick: what moved between the two builds.
    """

    found: tuple[Change | None, ...]
    yardstick: Yardstick

    @property
    def changes(self) -> list[Change]:
        """The changes, those that cost or save most first."""
        return sorted(filter(None, self.found), key=weight)


def diff(
    old: TableSet, new: TableSet, *, old_build: int | None = None, new_build: int | None = None,
    baseline: Sequence[Given] = (),
) -> Diff:  # fmt: skip
    """Return what changed between two builds.

    Args:
        old: tables of the one side.
        new: tables of the other; they may be the same tables.
        old_build: number of the old build; None = that of the last engine, its first optimization profile.
        new_build: number of the new build.
        baseline: repeats of the old build, from which the noise of measurements is learned.

    Raises:
        UsageError: a side has no engine layers, no layer of one side is in the other, or a log of the baseline
            has no repeat of the old build.
    """
    sides = Built.of(old, old_build), Built.of(new, new_build)
    matches = aligned(*sides)
    repeats = repeats_of(*sides, baseline) if baseline else []
    compared = compare(*sides, matches, repeats)
    changes = compared.changes
    echoed = [options(side.tables, run_of(side.tables, side.chosen)) for side in sides]
    summary = Summary(
        options=options_changed(*echoed),
        movement=compared.yardstick.movement,
        comparable_times=sides[0].side.time_source == sides[1].side.time_source != "none",
        matched=dict(Counter(match.how for match in matches)),
        kinds=dict(Counter(kind for change in changes for kind in change.kinds)),
        verdicts=dict(Counter(change.verdict for change in changes if change.verdict is not None)),
        baseline=_told(sides[0], repeats),
    )
    return Diff(sides[0].side, sides[1].side, summary, tuple(changes))


def aligned(old: Built, new: Built) -> list[Match]:
    """Return which layers of two builds do the same work.

    Raises:
        UsageError: nothing ties them together.
    """
    matches = align(old.layers, new.layers)
    if not anchored(matches):
        message = (
            f"no engine layer of {old.side.source} is in {new.side.source}, by name or ONNX node: these are logs of "
            "different networks; choose other builds with LOG:N"
        )
        raise UsageError(message)
    return matches


def compare(old: Built, new: Built, matches: Sequence[Match], repeats: Sequence[Repeated] = ()) -> Comparison:
    """Return what is different in matched layers; repeats of the old build say what is noise."""
    names = renames(matches, (old.measured, new.measured))
    frames = old.measured, renamed(new.measured, names)
    other_gpu = None not in {old.side.gpu, new.side.gpu} and old.side.gpu != new.side.gpu
    few = 0 < len(repeats) < ENOUGH - 1
    also = Yardstick(frames[0], repeats[0][1]) if few else None
    yardstick = Yardstick(*frames, other_gpu=other_gpu, also=also)
    winners: Winners = yardstick
    if repeats and not few:
        winners = RepeatJudge(_learned(old, repeats), yardstick, frames[1])
    judge = _Judge(names, winners, _profiles(matches, other_gpu=other_gpu), _Candidates(*frames))
    return Comparison(tuple(judge.change(match) for match in matches), yardstick)


def _learned(old: Built, repeats: Sequence[Repeated]) -> Repeats:
    return Repeats([(old.identity[0], old.measured), *((one.identity[0], frame) for one, frame in repeats)])


def _told(old: Built, repeats: Sequence[Repeated]) -> Baseline | None:
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
            Moved(math.sqrt(before * after), math.log(after / before), match.old[0].name)
            for match in matches
            if _source(match) == "profile" and not WINNER_KINDS & set(kinds_of(match))
            for before, after in [(time_of(match.old), time_of(match.new))]
            if before and after
        ],
        other_gpu=other_gpu,
    )


def _source(match: Match) -> str | None:
    """Return where both times of a one-to-one match come from; None if that is not the same."""
    if len(match.old) != 1 or len(match.new) != 1:
        return None
    old, new = match.old[0], match.new[0]
    return old.time_source if old.time_source == new.time_source != "none" else None


class _Candidates:
    """How many candidates of a layer only one side timed."""

    def __init__(self, old: pl.DataFrame, new: pl.DataFrame) -> None:
        keys = ["name", "formats", "runner"]
        # the same kernel may have another id in another version
        named = [frame.with_columns(pl.coalesce("kernel", "tactic").alias("_what")) for frame in (old, new)]
        self._known = set(old["name"].unique().to_list()) & set(new["name"].unique().to_list())
        self._only = [
            dict(
                named[side]
                .unique([*keys, "_what"])
                .join(named[1 - side], on=[*keys, "_what"], how="anti")
                .group_by("name")
                .len()
                .iter_rows()
            )
            for side in (0, 1)
        ]

    def of(self, name: str) -> tuple[int | None, int | None]:
        """Return (added, removed); None if a side timed none."""
        if name not in self._known:
            return None, None
        return self._only[1].get(name, 0), self._only[0].get(name, 0)


class _Judge:
    """Turns matches into changes."""

    def __init__(
        self, names: dict[str, str], tactics: Winners, profiles: Yardstick,
        candidates: _Candidates,
    ) -> None:  # fmt: skip
        self._names = names
        self._tactics = tactics
        self._profiles = profiles
        self._candidates = candidates

    def change(self, match: Match) -> Change | None:
        """Return the change of a match; None if there is none."""
        kinds = kinds_of(match)
        old_ms, new_ms = (time_of(side) if side else 0.0 for side in (match.old, match.new))
        if not comparable(match):
            old_ms = new_ms = None
        judgement: Judgement | None = None
        added = removed = None
        if len(match.old) == len(match.new) == 1:
            old, new = match.old[0], match.new[0]
            name = self._names.get(new.measured_as, new.measured_as)
            if name == old.measured_as:
                added, removed = self._candidates.of(name)
            if WINNER_KINDS & set(kinds):
                judgement = self._tactics.judge_winner(old, new, (old.measured_as, name))
            else:
                judgement = self._time(match, old_ms, new_ms)
                kinds += ["time"] if judgement is not None else []
        if added or removed:
            kinds.append("candidates")
        if not kinds:
            return None
        return Change(tuple(kinds), match, old_ms, new_ms, judgement, added, removed)

    def _time(self, match: Match, old_ms: float | None, new_ms: float | None) -> Judgement | None:
        """Judge the time of a layer that kept its tactic."""
        source = _source(match)
        if source is None or not old_ms or not new_ms:
            return None
        if source == "profile":
            return self._profiles.judge_time(old_ms, new_ms, match.old[0].name)
        kernel = match.old[0].kernel or f"{match.old[0].runner} {match.old[0].tactic}"
        return self._tactics.judge_time(old_ms, new_ms, kernel)


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
