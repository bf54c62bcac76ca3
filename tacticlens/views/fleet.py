"""What was collected, and what a fleet of logs shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from tacticlens.views.blocks import Block, Column, Gap, Heading, Table, line
from tacticlens.views.frame import FrameResult
from tacticlens.views.heat import heat_map, name_of
from tacticlens.views.result import Result, frame_of
from tacticlens.words import change, count, listed, milliseconds, plain, seconds, short, size

if TYPE_CHECKING:
    from tacticlens.fleet.collect import Collected
    from tacticlens.fleet.heat import HeatRow
    from tacticlens.fleet.overview import Overview
    from tacticlens.fleet.tidying import Tidied
    from tacticlens.fleet.trends import Series, Step, Trends

_BARS = "▁▂▃▄▅▆▇█"
_BAR_POINTS = 16
_FAILED = 20
_NAMES = 3
_STEPS = 20


class CollectedResult(Result):
    """What a run of `collect` did.

    Args:
        done: its numbers and the logs that failed.
        target: the dataset.
    """

    kind: ClassVar[str] = "collected"

    def __init__(self, done: Collected, target: str) -> None:
        self._done = done
        self._target = target

    def blocks(self) -> Iterator[Block]:
        """Yield what was done in one sentence, and the logs that failed."""
        done = self._done
        parts = [f"{count(done.new, 'log')} collected into {plain(self._target)}"]
        if done.new:
            speed = f", {size(int(done.bytes / done.seconds))}/s" if done.seconds else ""
            parts.append(
                f"{count(done.rows, 'row')} from {size(done.bytes)} in {seconds(done.seconds)}{speed}"
            )
        yield Heading(": ".join(parts))
        skipped = []
        if done.known:
            skipped.append(f"{count(done.known, 'log')} unchanged since the last run")
        if done.same:
            skipped.append(f"{count(done.same, 'log')} identical to one in the dataset")
        if skipped:
            yield line(f"Not read again: {'; '.join(skipped)}.")
        if done.failed:
            yield Gap()
            they = "it changes" if len(done.failed) == 1 else "they change"
            yield Heading(f"{count(len(done.failed), 'log')} could not be read; retried when {they}:")
            for address, reason in done.failed[:_FAILED]:
                yield line(f"{plain(address)}: {plain(reason)}", indent=2, hang=2)
            if len(done.failed) > _FAILED:
                rest = len(done.failed) - _FAILED
                yield line(f"… and {count(rest, 'more log')}: --format json lists all")

    def document(self) -> dict[str, Any]:
        """Return the numbers and the logs that failed."""
        failed = [{"log": address, "reason": reason} for address, reason in self._done.failed]
        return {**asdict(self._done), "failed": failed}

    def rows(self) -> pl.DataFrame:
        """Return one row per log that failed."""
        return frame_of(self.document()["failed"])


class TidiedResult(Result):
    """What a run of `fleet tidy` did.

    Args:
        done: its numbers.
        target: the dataset.
    """

    kind: ClassVar[str] = "tidied"

    def __init__(self, done: Tidied, target: str) -> None:
        self._done = done
        self._target = target

    def blocks(self) -> Iterator[Block]:
        """Yield what was made one, and what was removed or stays for now."""
        done = self._done
        if done.merged:
            yield Heading(f"{plain(self._target)}: {count(done.merged, 'part')} rewritten as {done.into:,}")
        else:
            yield Heading(f"{plain(self._target)}: no small parts to merge")
        if done.removed:
            yield line(f"Removed: {count(done.removed, 'unused file')}, {size(done.removed_bytes)}")
        if done.waiting:
            yield line(
                f"Kept for now: {count(done.waiting, 'unused file')}, which a reader may still have open; a tidy "
                f"in {done.kept_hours:g} hours removes them"
            )

    def document(self) -> dict[str, Any]:
        """Return the numbers."""
        return asdict(self._done)


class OverviewResult(Result):
    """A dataset in short, with the steps of its times.

    Args:
        found: its numbers.
        address: of the dataset.
    """

    kind: ClassVar[str] = "fleet"

    def __init__(self, found: Overview, address: str) -> None:
        self._found = found
        self._address = address

    def blocks(self) -> Iterator[Block]:
        """Yield what is in it, then the steps, or how to see them."""
        found = self._found
        if not found.logs:
            unread = (
                f"; {count(found.failed, 'log')} could not be read: fleet coverage says why"
                if found.failed
                else ""
            )
            yield Heading(f"No log is in {plain(self._address)}{unread}")
            return
        gpus, versions = count(len(found.gpus), "GPU"), count(len(found.versions), "version")
        yield Heading(f"{count(found.logs, 'log')} of {gpus} and {versions} of TensorRT")
        yield line(
            f"{size(found.bytes)}, {count(found.lines, 'line')}, {count(found.rows, 'row')} in the tables"
        )
        outcomes = ", ".join(f"{number:,} {plain(outcome)}" for outcome, number in found.outcomes.items())
        failed = f"; {count(found.failed, 'log')} could not be read" if found.failed else ""
        yield line(f"Builds: {outcomes or 'none'}{failed}")
        if found.versions:
            yield line(f"TensorRT: {', '.join(map(plain, found.versions))}")
        if found.gpus:
            yield line(f"GPUs: {listed([plain(gpu) for gpu in found.gpus], _NAMES)}")
        if found.unnamed:
            yield line(f"{count(found.unnamed, 'log')} without a GPU name; --label gpu=NAME gives one")
        labels = ", ".join(f"{name} ({count(number, 'value')})" for name, number in found.labels.items())
        yield line(f"Labels: {labels or 'none'}")
        yield Gap()
        if found.trends is not None:
            yield from TrendsResult(found.trends, found.heat).blocks()
        else:
            yield line(
                "No label orders the logs: collect with --label night=2026-11-24 to see since when times changed."
            )

    def document(self) -> dict[str, Any]:
        """Return the numbers, and the steps as a list."""
        steps = self._found.trends.frame().to_dicts() if self._found.trends is not None else None
        known = {key.name: getattr(self._found, key.name) for key in fields(self._found)}
        del known["heat"]  # a picture of the times that the series have
        return {**known, "trends": steps}

    def rows(self) -> pl.DataFrame:
        """Return one row: the numbers."""
        kept = {key: value for key, value in self.document().items() if isinstance(value, int)}
        return pl.DataFrame([kept])


class TrendsResult(FrameResult):
    """Steps of the times over a series of logs.

    Args:
        found: the steps.
        rows: each series against its own median.
        top: how many are shown; None = all as data, the first in text.
    """

    kind: ClassVar[str] = "trends"

    def __init__(self, found: Trends, rows: Sequence[HeatRow] = (), *, top: int | None = None) -> None:
        super().__init__(found.frame() if top is None else found.frame().head(top))
        self._found = found
        self._rows = rows
        self._top = top or _STEPS

    def blocks(self) -> Iterator[Block]:
        """Yield the steps, each with its line of times."""
        found, steps = self._found, self._found.steps
        slower = sum(step.change > 0 for step in steps)
        points = f"{count(len(found.points), 'value')} of {found.over}"
        answer = (
            f"{count(len(steps), 'step')} in {count(len(found.series), 'series', 'series')} over {points}"
        )
        if steps:
            answer += f": {slower} slower, {len(steps) - slower} faster"
        yield Heading(answer)
        if found.short:
            short_ones = count(found.short, "series", "series")
            yield line(f"{short_ones} too short to have a step: at least 6 values are needed")
        shown = steps[: self._top]
        places = list(dict.fromkeys(place_of(step.series.key) for step in shown))
        for place in places:
            yield Gap()
            if place:
                yield line(place)
            yield _steps([step for step in shown if place_of(step.series.key) == place], found)
        if len(steps) > len(shown):
            rest = count(len(steps) - len(shown), "more step")
            yield line(f"… and {rest}: --top {len(steps)} or --format csv shows all")
        for step in shown:
            if step.kernel_before != step.kernel_after and step.kernel_before and step.kernel_after:
                yield line(
                    f"{short(name_of(step.series), 40)} since {plain(step.at)}: "
                    f"{short(step.kernel_before, 60)} -> {short(step.kernel_after, 60)}"
                )
        yield from heat_map(self._rows, found.over)


def _steps(steps: Sequence[Step], found: Trends) -> Table:
    grid = Table((
        Column("change", right=True, keep=True), Column("since", keep=True), Column("before", right=True),
        Column("after", right=True), Column("times"), Column("what", name=True, keep=True),
    ))  # fmt: skip
    for step in steps:
        grid.add(
            change(step.change), step.at, milliseconds(step.before_ms), milliseconds(step.after_ms),
            times_line(step.series, found.points), name_of(step.series), style="bad" if step.change > 0 else "good",
        )  # fmt: skip
    return grid


def place_of(key: Mapping[str, str | None]) -> str:
    """Return GPU, version and labels as a line."""
    known = {name: value for name, value in key.items() if value is not None}
    return " · ".join(
        f"TensorRT {plain(value)}" if name == "tensorrt_version" else plain(value)
        for name, value in known.items()
    )


def times_line(series: Series, points: Sequence[str]) -> str:
    """Return the times as a line of bars, each the median of some points where there are many; gaps for none."""
    times = dict(zip(series.points, series.times_ms, strict=True))
    each = -(-len(points) // _BAR_POINTS)
    groups = [points[at : at + each] for at in range(0, len(points), each or 1)]
    known = [[times[point] for point in group if point in times] for group in groups]
    bars = [median(group) if group else None for group in known]
    there = [bar for bar in bars if bar is not None]
    if not there:
        return ""
    low, high = min(there), max(there)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(" " if bar is None else _BARS[round((bar - low) * scale)] for bar in bars)
