"""Candidates as text: one table, whatever their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import polars as pl

from tacticlens.kernels import decode
from tacticlens.views.blocks import Block, Cell, Column, Gap, Heading, Style, Table, line
from tacticlens.views.frame import FrameResult
from tacticlens.words import change, count, formats, listed, milliseconds, plain

ROWS = 60
_COLUMNS = (
    Column("build", right=True), Column("layer", name=True), Column("formats", name=True, optional=5),
    Column("time", right=True, keep=True), Column("margin", right=True), Column("won"), Column("engine"),
    Column("Tensor Cores", optional=3), Column("tile", optional=4), Column("line", right=True, optional=2),
    Column("tactic", optional=1), Column("kernel", name=True),
)  # fmt: skip


class TacticsResult(FrameResult):
    """Candidates, selected and in order.

    Args:
        found: all that were asked for.
        builds: the table of builds.
        rows: how many the text shows at most.
        top: how many the data has; None = all.
        notes: what to say below.
        wide: expressions of dynamic shapes in full.
    """

    kind: ClassVar[str] = "tactics"

    def __init__(
        self, found: pl.DataFrame, builds: pl.DataFrame, *, rows: int = ROWS, top: int | None = None,
        notes: tuple[str, ...] = (), wide: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(found if top is None else found.head(top))
        self._found = found
        self._builds = builds
        self._rows = rows
        self._notes = notes
        self._wide = wide

    def blocks(self) -> Iterator[Block]:
        """Yield how many there are, and the first of them as one table."""
        yield Heading(_counts(self._found))
        if len(self._builds) > 1:
            yield line(_of_builds(self._builds))
        yield Gap()
        yield _table(self._found.head(self._rows), wide=self._wide)
        rest = len(self._found) - self._rows
        if rest > 0:
            yield line(
                f"… and {count(rest, 'more candidate')}: --top {len(self._found)}, or --format csv for all"
            )
        yield from (line(f"Note: {plain(note)}", style="warn") for note in self._notes)


def _counts(found: pl.DataFrame) -> str:
    """Say how many there are, and the three facts apart."""
    layers = found["name"].drop_nulls().n_unique()
    unknown = found["in_engine"].null_count()
    parts = [
        f"{count(len(found), 'candidate')} of {count(layers, 'layer')}", f"{found['tried'].sum():,} tried",
        f"{found['won'].sum():,} won their format combination",
        f"{found['in_engine'].sum() or 0:,} in the engine" + (f" ({unknown:,} not known: ?)" if unknown else ""),
    ]  # fmt: skip
    again = found.filter(pl.col("measured") != pl.col("combination"))
    if len(again):
        parts.append(f"{len(again):,} repeat an earlier measurement")
    return ", ".join(parts)


def _of_builds(builds: pl.DataFrame) -> str:
    verdicts = {True: "in the engine", False: "not taken", None: "not decided in the log"}
    numbers_of: dict[str, list[str]] = {}
    for number, verdict in builds.select("build", "in_engine").iter_rows():
        numbers_of.setdefault(verdicts[verdict], []).append(str(number))
    shown = "; ".join(f"{listed(numbers, 8)} {word}" for word, numbers in numbers_of.items())
    return f"Builds: {shown} (--build N shows one)"


def _table(shown: pl.DataFrame, *, wide: bool) -> Table:
    grid = Table(_COLUMNS, constants=True)
    for row in shown.iter_rows(named=True):
        _add(grid, row, wide=wide)
    return grid


def _add(grid: Table, row: dict[str, Any], *, wide: bool) -> None:
    engine = {True: Cell("yes", "good"), False: Cell(""), None: Cell("?")}[row["in_engine"]]
    style: Style = "strong" if row["in_engine"] else "dim" if row["status"] in {"skipped", "failed"} else ""
    again = " (measured before)" if row["measured"] != row["combination"] else ""
    grid.add(
        "–" if row["build"] is None else str(row["build"]), row["name"] or "–",
        formats(row["formats"] or "–", wide=wide) + again,
        time(row["time_ms"], row["status"]), margin(row["margin"]), "yes" if row["won"] else "", engine,
        row["tensor_core"], tile(row["kernel"]), str(row["line"]),
        "" if row["kernel"] else row["tactic"] or "", row["kernel"] or row["runner"] or "unknown runner", style=style,
    )  # fmt: skip


def tile(kernel: str | None) -> str:
    """Return what a shortened name hides in its middle: the tile."""
    return (decode(kernel).tile or "") if kernel else ""


def time(time_ms: float | None, status: str) -> str:
    """Return the time, or why there is none."""
    return milliseconds(time_ms) if time_ms is not None else status


def margin(value: float | None) -> str:
    """Return ``+3.8 %`` over the winner; nothing for the winner itself."""
    return "" if value is None or value == 0 else change(value)
