"""From two sets of tables to what changed: a pure function."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.compare import comparable, kinds_of, time_of
from tacticlens.diff.model import (
    CANDIDATE_KINDS,
    WINNER_KINDS,
    Change,
    Diff,
    Judgement,
    Match,
    Side,
    Summary,
)
from tacticlens.diff.noise import Moved, Yardstick, measured
from tacticlens.diff.side import choose, layers_of
from tacticlens.diff.totals import Echoed, options, options_changed, run_of, side_of
from tacticlens.errors import UsageError
from tacticlens.tables.table_set import TableSet

Names = dict[str, str]


def diff(old: TableSet, new: TableSet, *, old_build: int | None = None, new_build: int | None = None) -> Diff:
    """Return what changed between two builds.

    Args:
        old: tables of the one side.
        new: tables of the other; they may be the same tables.
        old_build: number of the old build; None = that of the last engine, its first optimization profile.
        new_build: number of the new build.

    Raises:
        UsageError: a side has no engine layers, or no layer of one side is in the other.
    """
    chosen = choose(old, old_build), choose(new, new_build)
    layers = layers_of(old, chosen[0]), layers_of(new, chosen[1])
    sides = side_of(old, chosen[0], layers[0]), side_of(new, chosen[1], layers[1])
    matches = align(*layers)
    if not anchored(matches):
        message = (
            f"no engine layer of {sides[0].source} is in {sides[1].source}, by name or ONNX node: these are logs of "
            "different networks; choose other builds with --old-build and --new-build"
        )
        raise UsageError(message)
    frames = measured(old, chosen[0][1]), measured(new, chosen[1][1])
    names = _names(matches, frames)
    frames = frames[0], frames[1].with_columns(pl.col("name").replace(names))
    other_gpu = None not in {sides[0].gpu, sides[1].gpu} and sides[0].gpu != sides[1].gpu
    yardstick = Yardstick(*frames, other_gpu=other_gpu)
    judge = _Judge(names, yardstick, _profiles(matches, other_gpu=other_gpu), _Candidates(*frames))
    changes = sorted(filter(None, (judge.change(match) for match in matches)), key=_weight)
    echoed = [options(tables, run_of(tables, one)) for tables, one in ((old, chosen[0]), (new, chosen[1]))]
    return Diff(sides[0], sides[1], _summary(echoed, sides, matches, changes, yardstick), tuple(changes))


def _names(matches: Sequence[Match], frames: tuple[pl.DataFrame, pl.DataFrame]) -> Names:
    """Return what the new side's candidates are called on the old side, for layers whose names are not the same."""
    pairs = [(match.old[0], match.new[0]) for match in matches if len(match.old) == len(match.new) == 1]
    there = set(frames[0]["name"].to_list()), set(frames[1]["name"].to_list())
    partners: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
    for old, new in pairs:
        partners[0].setdefault(old.measured_as, set()).add(new.measured_as)
        partners[1].setdefault(new.measured_as, set()).add(old.measured_as)
    # twins share measurements, and a name may be there for another layer: only what is one to one can be renamed
    return {
        new.measured_as: old.measured_as
        for old, new in pairs
        if old.measured_as not in there[1] and new.measured_as not in there[0]
        if len(partners[0][old.measured_as]) == len(partners[1][new.measured_as]) == 1
    }


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
        self, names: Names, tactics: Yardstick, profiles: Yardstick,
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


def _weight(change: Change) -> tuple[bool, float, float, int, int]:
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


def _summary(
    echoed: list[Echoed], sides: tuple[Side, Side], matches: Sequence[Match], changes: Sequence[Change],
    yardstick: Yardstick,
) -> Summary:  # fmt: skip
    return Summary(
        options=options_changed(*echoed),
        movement=yardstick.movement,
        comparable_times=sides[0].time_source == sides[1].time_source != "none",
        matched=dict(Counter(match.how for match in matches)),
        kinds=dict(Counter(kind for change in changes for kind in change.kinds)),
        verdicts=dict(Counter(change.verdict for change in changes if change.verdict is not None)),
    )
