"""Which builds of the logs that were given as a baseline repeat the old build, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.build_view import BuildView
from tacticlens.diff.measurements import KEYS
from tacticlens.diff.names import renamed, renames
from tacticlens.diff.noise import LEAST
from tacticlens.errors.comparing import NoRepeat, Unlike, baseline_of_other_gpu, no_repeat
from tacticlens.tables.table_set import TableSet

Given = tuple[TableSet, int | None]
"""A log and the number of a build in it; None = all its builds of the network."""

_SAME = 0.9
"""Share of the measured layers and formats that builds of one network have in common; the smaller number counts."""


def repeats_of(
    old: BuildView, new: BuildView, baseline: Sequence[Given]
) -> list[tuple[BuildView, pl.DataFrame]]:
    """Return the repeats of the old build, each with what it measured, by names of the old build.

    The old build and the new one are left out, and so is what is given twice.

    Raises:
        UsageError: a log has no repeat of the old build, with its name and why.
    """
    if old.side.gpu is not None and new.side.gpu is not None and old.side.gpu != new.side.gpu:
        raise baseline_of_other_gpu(new.side.source, new.side.gpu, old.side.gpu)
    found: dict[tuple[str | None, int | None], tuple[BuildView, pl.DataFrame]] = {}
    new_frame = _measured(new, old)
    for tables, build in baseline:
        reasons: list[NoRepeat] = []
        kept = False
        for one in _builds(tables, build):
            frame = _measured(one, old)
            reason = _unlike(one, frame, old, new)
            if reason is None and one.identity not in found:
                reason = _copied(one, frame, [(old, old.measured), (new, new_frame), *found.values()])
            if reason is None:
                found.setdefault(one.identity, (one, frame))
                kept = True
            else:
                reasons.append(reason)
        if not kept:
            raise no_repeat(reasons[0])
    return list(found.values())


def _builds(tables: TableSet, build: int | None) -> Iterator[BuildView]:
    """Yield the build that is meant, or one of each engine: profiles of one engine share their measurements."""
    first = tables.engine_layers.select("engine", "build").unique("engine", keep="first", maintain_order=True)
    if build is not None or len(first) < 2:
        yield BuildView.of(tables, build)
        return
    for engine, number in first.iter_rows():
        yield BuildView.at(tables, (engine, number))


def _measured(one: BuildView, old: BuildView) -> pl.DataFrame:
    matches = align(old.layers, one.layers)
    return renamed(one.measured, renames(matches, (old.measured, one.measured)))


def _copied(
    one: BuildView, frame: pl.DataFrame, others: Sequence[tuple[BuildView, pl.DataFrame]]
) -> NoRepeat | None:
    """Return that the measurements are those of another build to the digit; None if they are not."""
    for other, measured in others:
        both = frame.join(measured, on=KEYS, how="inner", suffix="_other")
        if both.height and (both["time_ms"] == both["time_ms_other"]).all():
            return NoRepeat(one.named, "copy", other.named)
    return None


def _unlike(one: BuildView, frame: pl.DataFrame, old: BuildView, new: BuildView) -> NoRepeat | None:
    """Return why a build is no repeat of the old one; None if it is."""
    sides: tuple[tuple[BuildView, Literal["old", "new"]], ...] = ((new, "new"), (old, "old"))
    for side, word in sides:
        if one.identity == side.identity:
            return NoRepeat(one.named, "itself", side.named, word)
    if not anchored(align(old.layers, one.layers)):
        return NoRepeat(one.named, "other_network", old.named)
    facts: tuple[tuple[Unlike, str | None, str | None], ...] = (
        ("other_version", one.side.tensorrt_version, old.side.tensorrt_version),
        ("other_gpu", one.side.gpu, old.side.gpu),
    )
    for why, mine, theirs in facts:
        if mine is not None and theirs is not None and mine != theirs:
            return NoRepeat(one.named, why, old.named, values=(mine, theirs))
    common = frame.join(old.measured, on=KEYS, how="semi").height
    if common < LEAST:
        return NoRepeat(one.named, "few_in_common", old.named, common=common, least=LEAST)
    places = [set(part.select("name", "formats").iter_rows()) for part in (frame, old.measured)]
    share = len(places[0] & places[1]) / min(map(len, places))
    return NoRepeat(one.named, "other_shapes", old.named, common=share) if share < _SAME else None
