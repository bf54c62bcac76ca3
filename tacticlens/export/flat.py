"""CSV and Parquet of the tables. CSV has no lists: they are written as JSON text in their cell."""

from __future__ import annotations

import io
import json

import polars as pl

from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    columns = [pl.Series(name, _texts(frame[name]), dtype=pl.String) for name in nested]
    return frame.with_columns(columns)


def _texts(lists: pl.Series) -> list[str | None]:
    return [None if value is None else json.dumps(value, ensure_ascii=False) for value in lists.to_list()]


def frame_csv(frame: pl.DataFrame) -> str:
    """Return a frame as CSV with a header line."""
    return _flat(frame).write_csv()


def frame_parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file, compressed with zstandard."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def table_csv(tables: TableSet, name: str) -> str:
    """Return one table as CSV with a header line."""
    return frame_csv(tables.compact(name))


def table_parquet(tables: TableSet, name: str) -> bytes:
    """Return one table as a Parquet file, compressed with zstandard."""
    table, types = tables.compact(name), pl.Schema(TABLES[name])
    if table.schema == types:
        return frame_parquet(table)
    buffer = io.BytesIO()
    table.lazy().cast(types).sink_parquet(buffer, compression="zstd")  # texts as texts, made piece by piece
    return buffer.getvalue()
