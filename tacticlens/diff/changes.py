"""From two sets of tables to what changed: a pure function."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.between import Between
from tacticlens.diff.candidates import Candidates, only_runners
from tacticlens.diff.compare import kinds_of, time_of
from tacticlens.diff.judge import Judge, source_of
from tacticlens.diff.model import (
    CANDIDATE_KINDS,
    WINNER_KINDS,
    Change,
    Diff,
    Layer,
    Match,
    OptionChange,
    Side,
    Summary,
)
from tacticlens.diff.noise import Moved, Yardstick, measured
from tacticlens.diff.side import choose, layers_of, prints_engine
from tacticlens.diff.totals import (
    only_run,
    options,
    options_changed,
    run_of,
    side_of,
    winners_side_of,
)
from tacticlens.diff.winners import align_winners, choose_build, winners_of
from tacticlens.errors import UsageError
from tacticlens.tables.shares import IDLE_FAMILIES
from tacticlens.tables.table_set import TableSet

Names = dict[str, str]


def diff(old: TableSet, new: TableSet, *, old_build: int | None = None, new_build: int | None = None) -> Diff:
    """Return what changed between two builds.

    Engines are compared where both logs print theirs. If one does not, what is known of both is compared: the winners
    of the format combinations, of which an engine takes some.

    Args:
        old: tables of the one side.
        new: tables of the other; they may be the same tables.
        old_build: number of the old build; None = that of the last engine, its first optimization profile.
        new_build: number of the new build.

    Raises:
        UsageError: a side has neither engine layers nor winners, or no layer of one side is in the other.
    """
    sides = (old, old_build), (new, new_build)
    no_engine = [name for name, side in zip(("old", "new"), sides, strict=True) if not prints_engine(*side)]
    if no_engine:
        return _of_winners((old, new), (choose_build(*sides[0]), choose_build(*sides[1])), no_engine)
    chosen = choose(old, old_build), choose(new, new_build)
    layers = layers_of(old, chosen[0]), layers_of(new, chosen[1])
    compared = side_of(old, chosen[0], layers[0]), side_of(new, chosen[1], layers[1])
    matches = align(*layers)
    one_log = _hold_to_one_network(matches, (old, new))
    frames = measured(old, chosen[0][1]), measured(new, chosen[1][1])
    echoed = [options(tables, run_of(tables, one)) for tables, one in ((old, chosen[0]), (new, chosen[1]))]
    between = Between(layers[0], matches, 0), Between(layers[1], matches, 1)
    return _compared(compared, matches, frames, options_changed(*echoed), between, one_log=one_log)


def _of_winners(sides: tuple[TableSet, TableSet], builds: tuple[int, int], no_engine: Sequence[str]) -> Diff:
    """Compare the winners of format combinations."""
    units = winners_of(sides[0], builds[0]), winners_of(sides[1], builds[1])
    compared = winners_side_of(sides[0], builds[0], units[0]), winners_side_of(sides[1], builds[1], units[1])
    frames = measured(sides[0], builds[0]), measured(sides[1], builds[1])
    echoed = [options(tables, only_run(tables)) for tables in sides]
    matches = align_winners(*units)
    one_log = _hold_to_one_network(matches, sides)
    found = _compared(compared, matches, frames, options_changed(*echoed), None, one_log=one_log)
    return replace(found, summary=replace(found.summary, basis="winners", no_engine=tuple(no_engine)))


def _compared(
    sides: tuple[Side, Side], matches: Sequence[Match], frames: tuple[pl.DataFrame, pl.DataFrame],
    changed: tuple[OptionChange, ...], between: tuple[Between, Between] | None, *, one_log: bool,
) -> Diff:  # fmt: skip
    """Judge matches; without `between` they are matches of format combinations."""
    names = _names(matches, frames)
    frames = frames[0], frames[1].with_columns(pl.col("name").replace(names))
    other_gpu = None not in {sides[0].gpu, sides[1].gpu} and sides[0].gpu != sides[1].gpu
    tactics = Yardstick(*frames, other_gpu=other_gpu, one_log=one_log)
    yardsticks = tactics, _profiles(matches, other_gpu=other_gpu)
    judge = Judge(names, *yardsticks, Candidates(*frames, by_formats=between is None), between)
    changes = sorted(filter(None, (judge.change(match) for match in matches)), key=_weight)
    summary = Summary(
        options=changed,
        movement=yardsticks[0].movement,
        comparable_times=sides[0].time_source == sides[1].time_source != "none",
        matched=dict(Counter(match.how for match in matches)),
        kinds=dict(Counter(kind for change in changes for kind in change.kinds)),
        verdicts=dict(Counter(change.verdict for change in changes if change.verdict is not None)),
        untimed_alike=all(_untimed(match.old) == _untimed(match.new) for match in matches),
        only_runners=only_runners(*frames, {old.measured_as for old, _ in _pairs(matches)}),
    )
    return Diff(*sides, summary, tuple(changes))


def _hold_to_one_network(matches: Sequence[Match], sides: tuple[TableSet, TableSet]) -> bool:
    """Refuse what nothing ties together, and tell whether both are builds of one log.

    Those were chosen by the user, and may share no name.

    Raises:
        UsageError: these are logs of different networks.
    """
    one_log = sides[0] is sides[1] or sides[0].log.equals(sides[1].log)
    if one_log or anchored(matches):
        return one_log
    names = [tables.log["source"][0] or "a log" for tables in sides]
    message = (
        f"no layer of {names[0]} is in {names[1]}, by name or ONNX node: these are logs of different networks; choose "
        "other builds with --old-build and --new-build"
    )
    raise UsageError(message)


def _untimed(layers: Sequence[Layer]) -> int:
    """Return how many layers do work and have no known time."""
    return sum(1 for layer in layers if layer.time_ms is None and layer.family not in IDLE_FAMILIES)


def _names(matches: Sequence[Match], frames: tuple[pl.DataFrame, pl.DataFrame]) -> Names:
    """Return what the new side's candidates are called on the old side, for layers whose names are not the same."""
    pairs = _pairs(matches)
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


def _pairs(matches: Sequence[Match]) -> list[tuple[Layer, Layer]]:
    """Return the pairs of layers that do the same work: what was measured for them can be compared."""
    return [
        (match.old[0], match.new[0])
        for match in matches
        if len(match.old) == len(match.new) == 1 and _same_work(match.old[0], match.new[0])
    ]


def _same_work(old: Layer, new: Layer) -> bool:
    """Tell whether two layers that belong together can be the same one: a fusion with other nodes does other work."""
    told = None not in {old.shape, new.shape}
    return len(old.nodes) == len(new.nodes) and (not told or old.shape == new.shape)


def _profiles(matches: Sequence[Match], *, other_gpu: bool) -> Yardstick:
    """Return the yardstick of profiled times: layers that kept their tactic."""
    return Yardstick.from_moved(
        [
            Moved(math.sqrt(before * after), math.log(after / before), match.old[0].name)
            for match in matches
            if source_of(match) == "profile" and not {*WINNER_KINDS, "fusion"} & set(kinds_of(match))
            for before, after in [(time_of(match.old), time_of(match.new))]
            if before and after
        ],
        other_gpu=other_gpu,
    )


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
