"""How a value of a file meets a row of ``engine_layers``: the new row, and what came of the value."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from tacticlens.join.match import plain_name
from tacticlens.join.model import SideFile
from tacticlens.tables.engine_row import EngineRow

Result = Literal["filled", "agrees", "disagrees", "outranked", "shared", "unmatched"]
Text = Literal["layer_type", "tactic", "kernel"]
"""Columns of texts that a file may fill."""

_TIMES_FROM_ALONE = frozenset({"none", "framework", "tactic", "twin"})
"""Sources of a time that a measurement of the whole engine stands above."""


class JoinedValue(NamedTuple):
    """What came of one value of a file: a row of the table ``joined``."""

    kind: str
    file: str
    engine: int | None
    position: int | None
    name: str | None
    column: str | None
    result: Result
    log_value: str | None
    file_value: str | None


class Filled(NamedTuple):
    """The rows of an engine after a file, in the same order, and what came of the file's values."""

    rows: list[EngineRow]
    joined: list[JoinedValue]


def on_row(
    file: SideFile, result: Result, row: EngineRow, column: str, *, log: object = None, value: object = None
) -> JoinedValue:
    """Return what came of a value for a layer; `log` and `value` are those of log and file."""
    return JoinedValue(
        file.kind, file.source, row.engine, row.position, row.name, column, result, _text(log), _text(value)
    )


def off_rows(
    file: SideFile, result: Result, name: str | None, column: str | None = None, *, log: object = None,
    value: object = None,
) -> JoinedValue:  # fmt: skip
    """Return what came of a value that belongs to no layer, or not to one alone."""
    return JoinedValue(file.kind, file.source, None, None, name, column, result, _text(log), _text(value))


def with_text(file: SideFile, row: EngineRow, column: Text, value: str) -> tuple[EngineRow, JoinedValue]:
    """Return the row with a text where it has none; else the row as it is, and whether the two agree."""
    there: str | None = getattr(row, column)
    if there is None:
        values: dict[str, Any] = {column: value}
        return row._replace(**values), on_row(file, "filled", row, column, value=value)
    same = plain_name(there) == plain_name(value) if column == "kernel" else there == value
    return row, on_row(file, "agrees" if same else "disagrees", row, column, log=there, value=value)


def with_time(
    file: SideFile, row: EngineRow, time_ms: float, source: str, *, tolerance: float
) -> tuple[EngineRow, JoinedValue]:
    """Return the row with a time that was measured in the running engine, unless it has such a time already."""
    there = row.time_ms
    if row.time_source in _TIMES_FROM_ALONE or there is None:
        timed = row._replace(time_ms=time_ms, time_source=source)
        return timed, on_row(file, "filled", row, "time_ms", log=there, value=time_ms)
    same = math.isclose(there, time_ms, rel_tol=tolerance, abs_tol=1e-6)
    return row, on_row(file, "agrees" if same else "disagrees", row, "time_ms", log=there, value=time_ms)


def places_by_name(rows: Sequence[EngineRow]) -> dict[str, list[int]]:
    """Return where the layers of each name stand among the rows."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.name].append(place)
    return places


def _text(value: object) -> str | None:
    return None if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
