"""A log as a result: its summary for people, all its tables as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.overview import Overview
from tacticlens.export import json_export
from tacticlens.tables.schema import TABLE_NAMES
from tacticlens.tables.table_set import TableSet
from tacticlens.views.blocks import Block
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result


class LogResult(Result):
    """A log: its summary for people, all its tables as data.

    Args:
        tables: its tables.
        overview: gives what the summary shows; called for people only.
        wide: names and option values in full.
    """

    kind: ClassVar[str] = "log"

    def __init__(self, tables: TableSet, overview: Callable[[], Overview], *, wide: bool = False) -> None:
        self.tables = tables
        self._overview = overview
        self._wide = wide

    def blocks(self) -> Iterable[Block]:
        """Return the summary."""
        from tacticlens.views.summary import summary

        return summary(self._overview(), wide=self._wide)

    def document(self) -> dict[str, Any]:
        """Return every table as plain data; `as_json` writes the same piece by piece."""
        import json

        document: dict[str, Any] = json.loads("".join(json_export.document(self.tables)))
        return document

    def rows(self) -> pl.DataFrame:
        """Return the row of the log itself; the command writes the other tables as files."""
        return self.tables.log


def as_json(result: Result, _look: Look) -> Pieces:
    """Return all tables as one object, piece by piece: a table is given back when it is written."""
    assert isinstance(result, LogResult)
    return json_export.document(result.tables)


def as_ndjson(result: Result, _look: Look) -> Pieces:
    """Return every row of every table, each with the name of its table."""
    assert isinstance(result, LogResult)
    return json_export.rows_ndjson(result.tables, TABLE_NAMES, with_name=True)
