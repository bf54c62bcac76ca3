"""Builds side by side as values: a row per layer, a column per build; and the same as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from tacticlens.diff.compare import time_of
from tacticlens.diff.model import BuildSummary, Change, How, Layer, Movement, OptionChange
from tacticlens.diff.result import JUDGED, OF_LAYERS, SCHEMA

_LIST = pl.List(pl.String)
_OF_CHANGE = ("candidates_added", "candidates_removed")
LONG: dict[str, Any] = {
    "row": pl.Int64, "log": pl.Int64, "source": pl.String, "build": pl.Int64, "tensorrt_version": pl.String,
    "gpu": pl.String, "differs": pl.Boolean, "spread_ms": pl.Float64, "how": pl.String, "sure": pl.Float64,
    "time_ms": pl.Float64, "delta_ms": pl.Float64, "cause": pl.String, "kinds": _LIST,
    **{name: SCHEMA[name] for name in (*JUDGED, *_OF_CHANGE)}, **dict.fromkeys(OF_LAYERS, _LIST),
    "onnx_nodes": _LIST, "between": _LIST, "lines": pl.List(pl.Int64),
}  # fmt: skip
"""Columns of the long form. A name that the table of changes has means the same here; of what is `old_..` and
`new_..` there, old is the column to the left."""


@dataclass(frozen=True)
class Cell:
    """What one build has for a row.

    Attributes:
        layers: its layers; empty if it has none.
        how: how they were found to belong to the row; None in the reference of the row, `none` in an empty cell.
        sure: 0 to 1.
        delta_ms: its time minus that of the column to the left; None if not known, not comparable, or the first.
        change: what changed from the column to the left; None if nothing did.
    """

    layers: tuple[Layer, ...]
    how: How | None
    sure: float
    delta_ms: float | None = None
    change: Change | None = None

    @property
    def time_ms(self) -> float | None:
        """The time of its layers together; None if it has none or one is not known."""
        return time_of(self.layers) if self.layers else None


@dataclass(frozen=True)
class Row:
    """Layers of all builds that do the same work, a cell per build.

    Attributes:
        cells: one per build, in their order.
        differs: a cell runs in another way, or takes another time, than the one to its left.
        spread_ms: slowest minus fastest build, 0 for one without the layer; None if times cannot be compared.
    """

    cells: tuple[Cell, ...]
    differs: bool
    spread_ms: float | None

    @property
    def reference(self) -> tuple[Layer, ...]:
        """The layers that the row stands for."""
        return next(cell.layers for cell in self.cells if cell.how is None)


@dataclass(frozen=True)
class Column:
    """A build as a whole.

    Attributes:
        side: what is known of it.
        matched: how its layers were aligned, and how many cells by each way; `none` are rows that it lacks.
        options: options of trtexec that differ from those of the column to the left.
        movement: how much times of tactics moved from the column to the left; None in the first.
    """

    side: BuildSummary
    matched: dict[str, int]
    options: tuple[OptionChange, ...]
    movement: Movement | None


@dataclass(frozen=True)
class Matrix:
    """Builds side by side; rows that differ first, those whose time spreads most before others."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def differing(self) -> int:
        """Number of rows that differ; they stand first."""
        return sum(1 for row in self.rows if row.differs)

    def as_dict(self, top: int | None = None) -> dict[str, Any]:
        """Return `{logs, rows, differing}`, all rows or the first; a row has a cell per log."""
        return {
            "logs": [
                {
                    "log": number, **asdict(column.side), "matched": column.matched,
                    "options": [asdict(option) for option in column.options],
                    "movement": asdict(column.movement) if column.movement else None,
                }
                for number, column in enumerate(self.columns, 1)
            ],
            "rows": [
                {
                    "row": number, "differs": row.differs, "spread_ms": row.spread_ms, "onnx_nodes": _nodes(row),
                    "cells": [{"log": log, **_cell(cell)} for log, cell in enumerate(row.cells, 1)],
                }
                for number, row in enumerate(self.rows[:top], 1)
            ],
            "differing": self.differing,
        }  # fmt: skip

    def frame(self, top: int | None = None) -> pl.DataFrame:
        """Return the long form: one row per (layer row, log), layers that a log does not have too."""
        rows = [
            {
                "row": number, "log": log, "source": column.side.source, "build": column.side.build,
                "tensorrt_version": column.side.tensorrt_version, "gpu": column.side.gpu, "differs": row.differs,
                "spread_ms": row.spread_ms, "onnx_nodes": _nodes(row), **_cell(cell),
            }
            for number, row in enumerate(self.rows[:top], 1)
            for log, (column, cell) in enumerate(zip(self.columns, row.cells, strict=True), 1)
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=LONG)


def _cell(cell: Cell) -> dict[str, Any]:
    """Return what a cell says; lists have one value per layer, null where it is not known."""
    change = cell.change
    judged = asdict(change.judgement) if change and change.judgement else {}
    return {
        "how": cell.how, "sure": cell.sure, "time_ms": cell.time_ms, "delta_ms": cell.delta_ms,
        "cause": change.cause if change else None, "kinds": list(change.kinds) if change else [],
        **{name: judged.get(name) for name in JUDGED},
        **{name: getattr(change, name) if change else None for name in _OF_CHANGE},
        **{name: [value(layer) for layer in cell.layers] for name, value in OF_LAYERS.items()},
        "between": [layer.name for layer in change.new_between] if change else [],
        "lines": [layer.line for layer in cell.layers],
    }  # fmt: skip


def _nodes(row: Row) -> list[str]:
    return list(dict.fromkeys(node for cell in row.cells for layer in cell.layers for node in layer.nodes))
