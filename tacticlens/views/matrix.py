"""A matrix of builds: the builds, then the layers in which they differ, a line per build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import polars as pl

from tacticlens.diff.matrix_model import Matrix, Row
from tacticlens.views import matrix_words as words
from tacticlens.views.blocks import Block, Cell, Column, Gap, Heading, Style, Table, line
from tacticlens.views.result import Result
from tacticlens.words import count

_INDENT = 4
_OPTIONAL = {"GPU": 1, "latency": 2, "layers": 3, "precision": 4, "GPU compute": 5}
"""Facts that a narrow terminal leaves out, the higher the sooner."""


class MatrixResult(Result):
    """Builds side by side.

    Args:
        found: the matrix.
        top: rows to show, equal ones after those that differ; None = the first that differ.
    """

    kind: ClassVar[str] = "matrix"

    def __init__(self, found: Matrix, *, top: int | None = None) -> None:
        self.found = found
        self.top = top

    def blocks(self) -> Iterator[Block]:
        """Yield the builds and the rows in which they differ."""
        return _parts(self.found, self.top)

    def document(self) -> dict[str, Any]:
        """Return `{logs, rows, differing}`."""
        return self.found.as_dict(self.top)

    def rows(self) -> pl.DataFrame:
        """Return one row per layer row and log."""
        return self.found.frame(self.top)


def _parts(found: Matrix, top: int | None) -> Iterator[Block]:
    shown = min(len(found.rows), top) if top is not None else min(found.differing, words.TOP)
    differ = count(found.differing, "row differs", "rows differ")
    builds = count(len(found.columns), "build")
    yield Heading(
        f"{builds} side by side: {f'{differ} of {len(found.rows)}' if found.differing else 'no row differs'}",
        1,
    )
    yield _head(found)
    for note in words.notes(found):
        yield line(note, style="dim")
    if shown:
        yield Gap()
        yield line(words.LEGEND, style="dim")
    for row in found.rows[:shown]:
        yield Gap()
        yield from _row(row)
    rest = words.rest(found, shown)
    if rest is not None:
        yield Gap()
        yield line(rest)


def _head(found: Matrix) -> Table:
    """Return a row per log."""
    names, rows = words.head(found)
    grid = Table(
        tuple(
            Column(
                name,
                right=name in words.RIGHT,
                name=name in {"source", "GPU"},
                optional=_OPTIONAL.get(name, 0),
                keep=True,
            )
            for name in names
        )
    )
    for row in rows:
        grid.add(*row)
    return grid


def _row(row: Row) -> Iterator[Block]:
    apart = " apart" if row.spread_ms is not None else ""
    yield line((f"{words.spread(row)}{apart}", "strong"), f"  {words.title(row)}", hang=2)
    grid = Table(
        (Column("log", right=True), Column("time and kernel"), Column("")), header=False, indent=_INDENT
    )
    for number, cell in enumerate(words.cells(row), 1):
        worse = "TC-" in cell.text or "≠ real" in cell.text
        style: Style = "bad" if worse else "warn" if "≠" in cell.text else ""
        grid.add(str(number), Cell(cell.text, style), ", ".join(cell.more))
    yield grid
    names = Table(
        (Column("letter"), Column("kernel", name=True), Column("family")), header=False, indent=_INDENT
    )
    for kernel in words.kernels(row):
        names.add(kernel.letter, kernel.name, f"[{kernel.family}]", style="dim")
    yield names
