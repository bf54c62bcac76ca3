"""Filled columns -> polars frames of the schema. Texts are gathered once from the distinct ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tacticlens.assemble.columns import Columns
from tacticlens.tables.schema import TABLES


def texts_series(texts: list[str]) -> pl.Series:
    """Return the distinct texts of a log as a series, to gather columns from."""
    return pl.Series("texts", texts, dtype=pl.String)


def column(kind: str, values: Any, texts: pl.Series) -> pl.Series:
    """Return one column: -1 and NaN become null, numbers of texts become the texts."""
    if kind == "texts":
        return pl.Series(values=values, dtype=pl.List(pl.String))
    array = np.frombuffer(values, dtype=np.dtype(values.typecode)) if len(values) else np.empty(0, values.typecode)
    series = pl.Series(values=array)
    if kind == "float":
        return series.fill_nan(None)
    valid = pl.Series(values=array >= 0)
    if kind == "int":
        return series.zip_with(valid, pl.Series([None], dtype=series.dtype).new_from_index(0, len(series)))
    if not len(texts):
        return pl.Series(values=[None] * len(series), dtype=pl.String)
    indices = pl.Series(values=np.where(array >= 0, array, 0).astype(np.uint32))
    gathered = texts.gather(indices)
    return gathered.zip_with(valid, pl.Series([None], dtype=pl.String).new_from_index(0, len(series)))


def frame(columns: Columns, texts: pl.Series) -> pl.DataFrame:
    """Return a frame with the columns as they were filled."""
    return pl.DataFrame({name: column(kind, values, texts) for name, kind, values in columns.items()})


def conform(data: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the frame with exactly the columns and types of the schema."""
    schema = TABLES[table]
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in data.columns]
    return data.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def empty(table: str) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=TABLES[table])
