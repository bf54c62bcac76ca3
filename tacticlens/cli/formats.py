"""Output formats that several commands share, and writing one frame in any of them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from tacticlens.cli import output
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


class Format(str, Enum):
    """Output formats of tables."""

    text = "text"
    json = "json"
    ndjson = "ndjson"
    csv = "csv"
    csv_safe = "csv-safe"
    parquet = "parquet"


CSV = frozenset({Format.csv, Format.csv_safe})
"""Exact, and with an apostrophe before what a spreadsheet would compute."""


class TextOrJson(str, Enum):
    """Output formats of answers that are no table."""

    text = "text"
    json = "json"


def check_binary(format_: Format, out: Path | None) -> None:
    """Refuse to print Parquet on a terminal.

    Raises:
        UsageError: it would.
    """
    if format_ is Format.parquet and out is None and output.to_terminal():
        message = "Parquet is binary: add -o FILE, or send it to a pipe"
        raise UsageError(message)


def write_frame(
    data: pl.DataFrame, format_: Format, out: Path | None, text: Callable[[], str] | None = None
) -> None:
    """Write one frame.

    Args:
        data: the rows.
        format_: how.
        out: file; None = standard output.
        text: the text form; None = the first rows as a table.
    """
    from tacticlens.export import flat, json_export
    from tacticlens.tables.table_set import StoredTables

    rows = StoredTables({"rows": data})
    pieces: list[str | bytes]
    if format_ is Format.json:
        pieces = [json_export.table_json(rows, "rows"), "\n"]
    elif format_ is Format.ndjson:
        pieces = list(json_export.rows_ndjson(rows, ("rows",), with_name=False))
    elif format_ in CSV:
        pieces = [flat.table_csv(rows, "rows", safe=format_ is Format.csv_safe)]
    elif format_ is Format.parquet:
        pieces = [flat.table_parquet(rows, "rows")]
    elif text is not None:
        pieces = [text()]
    else:
        from tacticlens.views.table import table_text

        pieces = [table_text(rows, "rows", width=output.width(), color=output.use_color())]
    output.write(pieces, out)
