"""What was collected, and what a fleet of logs shows, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, plain, seconds, short, size

if TYPE_CHECKING:
    from tacticlens.fleet.collect import Collected
    from tacticlens.fleet.trends import Series, Step, Trends

_BARS = "▁▂▃▄▅▆▇█"
_LINE_POINTS = 32
_FAILED = 20
_STEPS = 20


def collected_text(done: Collected, target: str, *, width: int = 110, color: bool = False) -> str:
    """Return what a run of `collect` did, in one sentence, and the logs that failed."""
    parts = [f"{count(done.new, 'log')} collected into {plain(target)}"]
    if done.new:
        speed = done.new / done.seconds if done.seconds else 0.0
        parts.append(
            f"{count(done.rows, 'row')} from {size(done.bytes)} in {seconds(done.seconds)} ({speed:,.0f} logs/s)"
        )
    said = [heading(": ".join(parts))]
    skipped = []
    if done.known:
        skipped.append(f"{count(done.known, 'log')} unchanged since the last run")
    if done.same:
        skipped.append(f"{count(done.same, 'log')} with the same bytes as one that is there")
    if skipped:
        said.append(Text(f"Not read again: {'; '.join(skipped)}."))
    if done.failed:
        said += [
            Text(),
            heading(f"{count(len(done.failed), 'log')} could not be read; retried when they change:"),
        ]
        grid = table("log", "reason")
        room = max(24, (width - 2) // 2)
        for address, reason in done.failed[:_FAILED]:
            grid.add_row(short(address, room), short(reason, room))
        said.append(grid)  # type: ignore[arg-type]
        if len(done.failed) > _FAILED:
            said.append(
                Text(f"… and {count(len(done.failed) - _FAILED, 'more log')}: --format json lists all")
            )
    return render(said, width=width, color=color)


def trends_text(found: Trends, *, top: int = _STEPS, width: int = 110, color: bool = False) -> str:
    """Return the steps, each with its line of times."""
    slower = sum(step.change > 0 for step in found.steps)
    series = f"{count(len(found.series), 'series', 'series')} over {count(len(found.points), 'value')} of {found.over}"
    answer = f"{count(len(found.steps), 'step')} in {series}"
    if found.steps:
        answer += f": {slower} slower, {len(found.steps) - slower} faster"
    parts: list[RenderableType] = [heading(answer)]
    if found.short:
        parts.append(
            Text(
                f"{count(found.short, 'series', 'series')} too short to have a step: at least 6 values are needed"
            )
        )
    shown = found.steps[:top]
    if shown:
        parts += [Text(), _steps(shown, found, width)]
    if len(found.steps) > len(shown):
        rest = len(found.steps) - len(shown)
        parts.append(
            Text(f"… and {count(rest, 'more step')}: --top {len(found.steps)} or --format csv shows all")
        )
    for step in shown:
        if step.kernel_before != step.kernel_after and step.kernel_before and step.kernel_after:
            parts.append(
                Text(
                    f"{short(_name(step.series), 40)} since {plain(step.at)}: "
                    f"{short(step.kernel_before, 60)} -> {short(step.kernel_after, 60)}"
                )
            )
    return render(parts, width=width, color=color)


def _steps(steps: Sequence[Step], found: Trends, width: int) -> RenderableType:
    points = min(_LINE_POINTS, len(found.points))
    grid = table("change", "since", "before", "after", "times", "what", right=("change", "before", "after"))
    room = max(16, width - 52 - points)
    for step in steps:
        grid.add_row(
            f"{step.change * 100:+.1f} %", short(step.at, 12), milliseconds(step.before_ms),
            milliseconds(step.after_ms), line(step.series, found.points), short(_what(step.series), room),
            style="red" if step.change > 0 else "green",
        )  # fmt: skip
    return grid


def _what(series: Series) -> str:
    """Return the layer or model, then what else tells the series apart."""
    key = [value for value in series.key.values() if value is not None]
    return " · ".join([_name(series), *key])


def _name(series: Series) -> str:
    return series.name if series.name is not None else "whole engine"


def line(series: Series, points: Sequence[str]) -> str:
    """Return the times as a line of bars, a gap where a point has none; the last points where there are many."""
    times = dict(zip(series.points, series.times_ms, strict=True))
    shown = points[-_LINE_POINTS:]
    known = [times[point] for point in shown if point in times]
    if not known:
        return ""
    low, high = min(known), max(known)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((times[point] - low) * scale)] if point in times else " " for point in shown)
