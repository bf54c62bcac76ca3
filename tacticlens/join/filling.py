"""The engine's layers while files fill them, and what each file did."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tacticlens.join.match import plain_name
from tacticlens.join.model import SideFile
from tacticlens.tables.table_set import TableSet

_TIMES_FROM_ALONE = frozenset({"none", "framework", "tactic", "twin"})
"""Sources of a time that a measurement of the whole engine stands above."""


@dataclass
class Filling:
    """The rows of ``engine_layers`` while files fill them.

    Attributes:
        rows: all rows, changed in place.
        engine: number of the engine that the files are about.
        done: rows of the table ``joined``.
    """

    rows: list[dict[str, Any]]
    engine: int | None
    done: list[dict[str, Any]] = field(default_factory=list)

    def of_engine(self) -> list[dict[str, Any]]:
        """Return the rows of the engine that the files are about."""
        return [row for row in self.rows if row["engine"] == self.engine]

    def by_name(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of that engine by the name of the layer."""
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.of_engine():
            rows[row["name"]].append(row)
        return rows

    def note(
        self, file: SideFile, result: str, *, name: str | None = None, row: dict[str, Any] | None = None,
        column: str | None = None, log_value: object = None, file_value: object = None,
    ) -> None:  # fmt: skip
        """Remember what a file said, and what became of it."""
        self.done.append({
            "kind": file.kind, "file": file.source, "engine": row["engine"] if row else None,
            "position": row["position"] if row else None, "name": row["name"] if row else name, "column": column,
            "result": result, "log_value": _said(log_value), "file_value": _said(file_value),
        })  # fmt: skip

    def compare(self, file: SideFile, row: dict[str, Any], column: str, value: str) -> None:
        """Fill a column of a row, or hold the file against what is there."""
        there = row[column]
        if there is None:
            self.note(file, "filled", row=row, column=column, file_value=value)
            row[column] = value
            return
        same = plain_name(there) == plain_name(value) if column == "kernel" else there == value
        result = "agrees" if same else "disagrees"
        self.note(file, result, row=row, column=column, log_value=there, file_value=value)

    def measured(
        self, file: SideFile, row: dict[str, Any], time_ms: float, source: str, *, tolerance: float
    ) -> None:
        """Give a layer the time that was measured in the running engine, or hold it against one that is there."""
        there = row["time_ms"]
        if row["time_source"] in _TIMES_FROM_ALONE:
            self.note(file, "filled", row=row, column="time_ms", log_value=there, file_value=time_ms)
            row["time_ms"], row["time_source"] = time_ms, source
            return
        same = math.isclose(there, time_ms, rel_tol=tolerance, abs_tol=1e-6)
        result = "agrees" if same else "disagrees"
        self.note(file, result, row=row, column="time_ms", log_value=there, file_value=time_ms)


def _said(value: object) -> str | None:
    return None if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def last_run(tables: TableSet) -> int:
    """Return the number of the last run of a program in a log; 0 if none is numbered."""
    runs = [tables[name]["run"].max() for name in ("options", "performance")]
    return max((run for run in runs if isinstance(run, int)), default=0)
