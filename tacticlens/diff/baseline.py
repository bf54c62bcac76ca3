"""Which builds of the logs that were given as a baseline repeat the old build, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from tacticlens.diff.align import align, anchored
from tacticlens.diff.build_view import BuildView
from tacticlens.diff.measurements import KEYS
from tacticlens.diff.names import renamed, renames
from tacticlens.diff.noise import LEAST
from tacticlens.errors import UsageError
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
    if None not in {old.side.gpu, new.side.gpu} and old.side.gpu != new.side.gpu:
        message = (
            f"--baseline shows how noisy builds on {old.side.gpu} are, and {new.side.source} was built on "
            f"{new.side.gpu}; leave it out, or compare builds of one machine"
        )
        raise UsageError(message)
    found: dict[tuple[str | None, int | None], tuple[BuildView, pl.DataFrame]] = {}
    new_frame = _measured(new, old)
    for tables, build in baseline:
        reasons: list[str] = []
        kept = False
        for one in _builds(tables, build):
            frame = _measured(one, old)
            reason = _unlike(one, frame, old, new)
            if reason is None and one.identity not in found:
                reason = _copied(frame, [(old, old.measured), (new, new_frame), *found.values()])
            if reason is None:
                found.setdefault(one.identity, (one, frame))
                kept = True
            else:
                reasons.append(f"{one.named} {reason}")
        if not kept:
            message = f"--baseline {reasons[0]}; give builds of the old network on the old machine with nothing changed"
            raise UsageError(message)
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


def _copied(frame: pl.DataFrame, others: Sequence[tuple[BuildView, pl.DataFrame]]) -> str | None:
    """Say whose measurements these are, if they are those of another build to the digit; None if they are not."""
    for other, measured in others:
        both = frame.join(measured, on=KEYS, how="inner", suffix="_other")
        if both.height and (both["time_ms"] == both["time_ms_other"]).all():
            return f"has the times of {other.named} to the digit: it is a copy of it, or had its timing cache"
    return None


def _unlike(one: BuildView, frame: pl.DataFrame, old: BuildView, new: BuildView) -> str | None:
    """Say why a build is no repeat of the old one; None if it is."""
    for side, word in ((new, "new"), (old, "old")):
        if one.identity == side.identity:
            return f"is the {word} build itself"
    if not anchored(align(old.layers, one.layers)):
        return f"is of another network than {old.named}"
    for word, mine, theirs in (
        ("TensorRT", one.side.tensorrt_version, old.side.tensorrt_version),
        ("GPU", one.side.gpu, old.side.gpu),
    ):
        if None not in {mine, theirs} and mine != theirs:
            return f"is of {word} {mine} and {old.named} of {theirs}, so what differs is no noise"
    common = frame.join(old.measured, on=KEYS, how="semi").height
    if common < LEAST:
        return f"has {common} measurements in common with {old.named}, {LEAST} are needed (a timing cache hides them)"
    places = [set(part.select("name", "formats").iter_rows()) for part in (frame, old.measured)]
    share = len(places[0] & places[1]) / min(map(len, places))
    if share < _SAME:
        return f"measured only {share:.0%} of the layers and formats of {old.named}: another network, or other shapes"
    return None
