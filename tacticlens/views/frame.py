"""A frame as a table of text: tensors as the log prints them, nothing cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import polars as pl

from tacticlens.views.blocks import Block, Column, Table, line
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result
from tacticlens.words import count

ROWS = 200


class FrameResult(Result):
    """Rows that are their own answer: a table of the log, or what a query gave.

    Args:
        data: the rows.
        single: the one row is a document of its own, not a list.
    """

    kind: ClassVar[str] = "table"

    def __init__(self, data: pl.DataFrame, *, single: bool = False) -> None:
        self.data = data
        self.single = single

    def blocks(self) -> Iterator[Block]:
        """Yield the first rows as a table."""
        yield from frame_blocks(self.data)

    def document(self) -> Any:
        """Return the rows as a list of objects."""
        rows = self.data.to_dicts()
        return rows[0] if self.single and rows else rows

    def rows(self) -> pl.DataFrame:
        """Return the rows."""
        return self.data


def as_json(result: Result, _look: Look) -> Pieces:
    """Return rows as polars writes them, which is fast for many."""
    assert isinstance(result, FrameResult)
    text = result.data.write_json()
    return [text[1:-1] if result.single else text, "\n"]


def frame_blocks(data: pl.DataFrame, rows: int = ROWS) -> Iterator[Block]:
    """Yield the first rows of a frame; other formats have all of them."""
    columns = tuple(
        Column(name, right=dtype.is_numeric(), name=not dtype.is_numeric(), keep=True)
        for name, dtype in data.schema.items()
    )
    grid = Table(columns)
    for row in data.head(rows).iter_rows():
        grid.add(*(cell(value) for value in row))
    yield grid
    if len(data) > rows:
        yield line(f"… and {count(len(data) - rows, 'more row')}: --format csv has all")
    if data.is_empty():
        yield line("No rows")


def cell(value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return _tensor(value) if "dtype" in value else ", ".join(f"{k} {cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(one) for one in value) or "–"
    return str(value)


def _tensor(value: dict[str, Any]) -> str:
    """Return a tensor as a log prints it: `Half(784,1:8,28,1)`, of an engine's layer `x[Half(1,3,224,224)]`."""
    dtype = value["dtype"] or "?"
    if "dims" in value:
        dims = f"({','.join(map(str, value['dims']))})" if value["dims"] is not None else ""
        layout = f" {value['format']}" if value.get("format") else ""
        return f"{value['name'] or '?'}[{dtype}{dims}{layout}]"
    width, at = value.get("vector_width"), value.get("vector_dim")
    strides = [
        f"{one}:{width}" if width and number == at else str(one)
        for number, one in enumerate(value["strides"] or ())
    ]
    return f"{dtype}({','.join(strides)})"
