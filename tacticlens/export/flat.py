"""CSV and Parquet of the tables. CSV has no lists: they are written as JSON text in their cell.

A spreadsheet computes a cell that begins with =, +, -, @, a tab or a carriage return, also where a log named it. CSV is
exact by default: programs read it more often than spreadsheets do, and a changed name joins with nothing. The safe form
is for people who open it.
"""

from __future__ import annotations

import io
import json

import polars as pl

_COMPUTED = r"^\s*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""How a formula begins, in full width, too."""


def frame_csv(frame: pl.DataFrame, *, safe: bool = False) -> str:
    """Return a frame as CSV with a header line.

    Args:
        frame: the rows.
        safe: texts that a spreadsheet would compute have an apostrophe before them.
    """
    return flat(frame.lazy(), safe=safe).collect().write_csv()


def flat(rows: pl.LazyFrame, *, safe: bool = False) -> pl.LazyFrame:
    """Return rows as CSV has them, batch by batch if they are written so; for the arguments see `frame_csv`."""
    lists = [name for name, dtype in rows.collect_schema().items() if isinstance(dtype, pl.List)]
    texts = rows.with_columns(
        pl.col(name).map_batches(_texts, return_dtype=pl.String, is_elementwise=True) for name in lists
    )
    return texts.with_columns(_harmless(pl.col(pl.String))) if safe else texts


def _texts(lists: pl.Series) -> pl.Series:
    values = [None if value is None else json.dumps(value, ensure_ascii=False) for value in lists.to_list()]
    return pl.Series(lists.name, values, dtype=pl.String)


def _harmless(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(_COMPUTED)).then(pl.lit("'") + text).otherwise(text).name.keep()


def frame_parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file, compressed with zstandard."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()
