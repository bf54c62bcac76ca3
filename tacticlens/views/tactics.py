"""Candidates as text: under their layer and format combination, or as one list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tacticlens.kernels import decode
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, plain, short

ROWS = 60
_FACTS = ("time", "margin", "won", "engine", "Tensor Cores", "tile", "line", "tactic")
_WIDTHS = (11, 8, 3, 6, 12, 12, 7)
_RIGHT = ("time", "margin", "line")


def tactics_text(
    found: pl.DataFrame, builds: pl.DataFrame, *, grouped: bool, rows: int = ROWS, notes: tuple[str, ...] = (),
    width: int = 110, color: bool = False,
) -> str:  # fmt: skip
    """Return the candidates as text.

    Args:
        found: the candidates, selected and in order.
        builds: the table of builds.
        grouped: they are in order of layer: print layer and combination once above their candidates.
        rows: how many to print at most.
        notes: what to say below.
        width: columns of the output.
        color: with terminal colours.
    """
    shown = found.head(rows)
    parts: list[RenderableType] = [heading(_counts(found))]
    if len(builds) > 1:
        parts.append(Text(_builds(builds)))
    room = max(24, width - sum(_WIDTHS) - 2 * len(_WIDTHS))
    parts += _groups(shown, room) if grouped else [_list(shown, room)]
    if len(found) > len(shown):
        rest = len(found) - len(shown)
        parts.append(
            Text(f"… and {count(rest, 'more candidate')}: --top {len(found)} or --format csv shows all")
        )
    parts += [Text(f"Note: {plain(note)}", style="yellow") for note in notes]
    return render(parts, width=width, color=color)


def _counts(found: pl.DataFrame) -> str:
    """Say how many there are, and the three facts apart."""
    layers = found.filter(pl.col("purpose") == "layer")["name"].n_unique()
    unknown = found["in_engine"].null_count()
    parts = [
        f"{count(len(found), 'candidate')} of {count(layers, 'layer')}",
        f"{found['tried'].sum():,} tried", f"{found['won'].sum():,} won their format combination",
        f"{found['in_engine'].sum() or 0:,} in the engine" + (f" ({unknown:,} not known: ?)" if unknown else ""),
    ]  # fmt: skip
    again = found.filter(pl.col("measured") != pl.col("combination"))
    if len(again):
        parts.append(f"{len(again):,} repeat an earlier measurement")
    return ", ".join(parts)


def _builds(builds: pl.DataFrame) -> str:
    verdicts = {True: "in the engine", False: "not taken", None: "not decided in the log"}
    said: dict[str, list[str]] = {}
    for number, verdict in builds.select("build", "in_engine").iter_rows():
        said.setdefault(verdicts[verdict], []).append(str(number))
    return f"Builds: {'; '.join(f'{_some(numbers)} {word}' for word, numbers in said.items())} (--build N shows one)"


def _some(numbers: list[str]) -> str:
    return ", ".join(numbers[:8]) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")


def _groups(shown: pl.DataFrame, room: int) -> Iterator[RenderableType]:
    last: tuple[Any, ...] | None = None
    grid: Table | None = None
    for row in shown.iter_rows(named=True):
        place = (row["build"], row["name"], row["combination"])
        if place != last or grid is None:
            if grid is not None:
                yield grid
            last, grid = place, _grid(room)
            yield Text()
            yield Text(_place(row), no_wrap=True, overflow="ellipsis")
        _add(grid, row, room)
    if grid is not None:
        yield grid


def _place(row: dict[str, Any]) -> str:
    name = short(row["name"], 60) if row["name"] is not None else "layer not told"
    parts = [f"{name}", f"build {row['build']}" if row["build"] is not None else "no build"]
    if row["formats"]:
        parts.append(short(row["formats"], 90))
    if row["measured"] != row["combination"]:
        parts.append("repeats an earlier measurement")
    return " · ".join(parts)


def _grid(room: int) -> Table:
    grid = table(*_FACTS, right=_RIGHT)
    # equal widths in all groups, so that the columns of the whole list stand below each other
    for column, wide in zip(grid.columns, (*_WIDTHS, room), strict=True):
        column.width = wide
    return grid


def _add(grid: Table, row: dict[str, Any], room: int, *before: str) -> None:
    engine = {True: "yes", False: "", None: "?"}[row["in_engine"]]
    grid.add_row(
        *before, _time(row), margin(row["margin"]), "yes" if row["won"] else "", engine, row["tensor_core"], _tile(row),
        str(row["line"]), short(_who(row), room),
        style="bold" if row["in_engine"] else "dim" if row["status"] in {"skipped", "failed"} else None,
    )  # fmt: skip


def _tile(row: dict[str, Any]) -> str:
    """Return what a shortened name hides in its middle: the tile."""
    return (decode(row["kernel"]).tile or "") if row["kernel"] else ""


def _who(row: dict[str, Any]) -> str:
    return str(row["kernel"] or f"{row['runner'] or 'runner not told'} {row['tactic']}")


def _time(row: dict[str, Any]) -> str:
    return milliseconds(row["time_ms"]) if row["time_ms"] is not None else str(row["status"])


def margin(value: float | None) -> str:
    """``+3.8 %`` over the winner; nothing for the winner itself."""
    if value is None or value == 0:
        return ""
    return f"{value * 100:+.1f} %" if abs(value) < 10 else f"{value + 1:,.0f} x"


def _list(shown: pl.DataFrame, room: int) -> Table:
    half = max(18, room // 2 - 4)
    grid = table("build", "layer", *_FACTS, right=("build", *_RIGHT))
    for row in shown.iter_rows(named=True):
        name = short(row["name"], half) if row["name"] is not None else "–"
        _add(grid, row, half, "–" if row["build"] is None else str(row["build"]), name)
    return grid
