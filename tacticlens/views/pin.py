"""Pins as text: what is pinned, what was applied, what held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tacticlens.kernels import decode
from tacticlens.pin.application import Application, Applied
from tacticlens.pin.planning import Plan, Planned
from tacticlens.pin.tactic_replay import Replay
from tacticlens.pin.verification import Verdict, Verification
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, plain, short

ROWS = 60
_OP, _KERNEL = 28, 30
_FIRST = ("not_held", "not_evaluated", "absent", "refused", "no_such_key")
"""What one looks for comes first."""
_STATUS = {
    "held": "green", "same_kernel": "green", "not_held": "bold red", "not_evaluated": "bold red", "absent": "yellow",
    "applied": "green", "already_so": "green", "no_such_key": "yellow", "refused": "bold red",
}  # fmt: skip


def plan_text(plan: Plan, *, target: str | None = None, width: int = 110, color: bool = False) -> str:
    """Return the pins of a log.

    Args:
        plan: the pins.
        target: file to which they were written; None = they were not.
        width: columns of the output.
        color: with terminal colours.
    """
    pins = plan.pins
    version = f"TensorRT {pins.tensorrt_version}" if pins.tensorrt_version else "TensorRT version not told"
    parts: list[RenderableType] = [
        heading(f"{count(len(pins.pins), 'pin')} of {plain(pins.source)}"),
        Text(f"{version} · {plain(pins.gpu) if pins.gpu else 'GPU not told'}"),
        Text(),
    ]
    grid = table(
        "op", "tactic", "time", "rank", "tile", "key", "line", "kernel", right=("time", "rank", "line")
    )
    for planned in plan.planned[:ROWS]:
        grid.add_row(*_planned(planned))
    parts += [grid, *_rest(len(plan.planned)), *_other(plan.planned), *_notes(plan.notes)]
    where = f"Written to {plain(target)}." if target else "Not written: -o pins.json writes the pins."
    return _render([*parts, Text(where)], grid, width, color=color)


def _planned(planned: Planned) -> list[str]:
    pin = planned.pin
    ranked = sorted(row.time_ms for row in planned.table.rows if row.time_ms is not None)
    place = f"{ranked.index(pin.time_ms) + 1}/{len(ranked)}" if pin.time_ms in ranked else "–"
    other = " *" if pin.tactic_hash != planned.chosen else ""
    return [
        _op(pin.op), pin.tactic_hash + other, milliseconds(pin.time_ms), place, _tile(pin.kernel), f"{pin.key[:10]}…",
        str(pin.line), short(pin.kernel or "–", _KERNEL),
    ]  # fmt: skip


def _tile(kernel: str | None) -> str:
    """Return what a shortened name hides in its middle: the tile."""
    return (decode(kernel).tile or "") if kernel else ""


def _other(planned: Sequence[Planned]) -> Iterable[RenderableType]:
    """Say where a pin is not what the log took."""
    moved = [one for one in planned if one.pin.tactic_hash != one.chosen]
    if moved:
        lost = [
            one.pin.time_ms - one.table.chosen.time_ms
            for one in moved
            if one.pin.time_ms is not None and one.table.chosen and one.table.chosen.time_ms is not None
        ]
        slower = f"; by its times they take {milliseconds(sum(lost))} more" if sum(lost) > 0 else ""
        yield Text(f"* not what the log took: {count(len(moved), 'pin')}{slower}")


def verify_text(found: Verification, *, width: int = 110, color: bool = False) -> str:
    """Return which pins held."""
    counts = found.counts()
    said = ", ".join(f"{counts[status]} {status}" for status in counts if counts[status])
    parts: list[RenderableType] = [
        heading(f"{count(len(found.verdicts), 'pin')} of {plain(found.pins.source)}: {said}"),
        Text(),
    ]
    grid = table(
        "",
        "op",
        "pinned",
        "selected",
        "it took",
        "pinned took",
        "line",
        right=("it took", "pinned took", "line"),
    )
    for verdict in sorted(found.verdicts, key=lambda verdict: _order(verdict.status))[:ROWS]:
        grid.add_row(Text(verdict.status, style=_STATUS[verdict.status]), *_verdict(verdict))
    parts += [grid, *_rest(len(found.verdicts)), *_notes(found.notes)]
    return _render(parts, grid, width, color=color)


def _order(status: str) -> int:
    return _FIRST.index(status) if status in _FIRST else len(_FIRST)


def _verdict(verdict: Verdict) -> list[str]:
    if verdict.tactic_hash is not None:
        selected = verdict.tactic_hash + ("" if verdict.said else " (fastest)")
    elif verdict.kernel is not None:
        selected = f"kernel {short(verdict.kernel, _OP)}"
    else:
        selected = "–"
    line = str(verdict.line) if verdict.line is not None else "–"
    return [
        _op(verdict.pin.op), verdict.pin.tactic_hash, selected, milliseconds(verdict.time_ms),
        milliseconds(verdict.pinned_ms), line,
    ]  # fmt: skip


def apply_text(done: Application, *, target: str | None, width: int = 110, color: bool = False) -> str:
    """Return what became of each pin.

    Args:
        done: the outcome.
        target: file to which the cache was written; None = it was not.
        width: columns of the output.
        color: with terminal colours.
    """
    counts = done.counts()
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in counts if counts[outcome])
    entries = count(done.entries, "entry", "entries")
    parts: list[RenderableType] = [
        heading(
            f"{count(len(done.results), 'pin')} of {plain(done.pins.source)} for a cache of {entries}: {said}"
        ),
        Text(),
    ]
    grid = table("", "op", "pinned", "before", "key", right=())
    for result in sorted(done.results, key=lambda result: _order(result.outcome))[:ROWS]:
        grid.add_row(Text(result.outcome, style=_STATUS[result.outcome]), *_result(result))
    parts += [grid, *_rest(len(done.results)), *_notes(done.notes)]
    parts.append(Text(f"Written to {plain(target)}." if target else "Nothing was written."))
    return _render(parts, grid, width, color=color)


def _result(result: Applied) -> list[str]:
    return [_op(result.pin.op), result.pin.tactic_hash, result.before or "–", result.pin.key]


def replay_text(made: Replay, *, target: str | None, width: int = 110, color: bool = False) -> str:
    """Return what a replay file holds and what it leaves out."""
    parts: list[RenderableType] = [heading(f"Polygraphy tactic replay of {count(len(made.layers), 'layer')}")]
    if made.skipped:
        parts.append(Text(f"Left out: {count(len(made.skipped), 'layer')}; TensorRT chooses for them"))
        parts += [
            Text(f"  {short(name, 60)}: the log lacks {plain(why)}") for name, why in made.skipped[:ROWS]
        ]
        parts += _rest(len(made.skipped))
    parts.append(Text(f"Written to {plain(target)}." if target else "Not written: -o replay.json writes it."))
    return render(parts, width=width, color=color)


def _op(op: str | None) -> str:
    return short(op, _OP) if op is not None else "–"


def _notes(notes: Iterable[str]) -> list[RenderableType]:
    return [Text(f"Note: {plain(note)}", style="yellow") for note in notes]


def _rest(rows: int) -> list[RenderableType]:
    return [Text(f"… and {rows - ROWS:,} more: --format json shows all")] if rows > ROWS else []


def _render(parts: list[RenderableType], grid: Table, width: int, *, color: bool) -> str:
    """Render without cutting hashes: a table that is wider than the terminal stays whole."""
    from rich.console import Console

    wide = Console(width=10_000).measure(grid).maximum
    return render(parts, width=max(width, wide), color=color)
