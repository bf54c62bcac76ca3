"""Filled columns -> polars frames of the schema. Texts are gathered once from the distinct ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tacticlens.assemble.columns import Columns
from tacticlens.tables.schema import TABLES


def numbers(columns: Columns, name: str) -> npt.NDArray[Any]:
    """Return a column as a numpy array without a copy; texts are their numbers, nulls are -1 or NaN."""
    values = columns.column(name)
    return (
        np.frombuffer(values, dtype=np.dtype(values.typecode))
        if len(values)
        else np.empty(0, values.typecode)
    )


def texts_series(texts: list[str]) -> pl.Series:
    """Return the distinct texts of a log as a series, to gather columns from."""
    return pl.Series("texts", texts, dtype=pl.String)


def column(kind: str, values: array[Any], texts: pl.Series) -> pl.Series:
    """Return one column: -1 and NaN become null, numbers of texts become the texts."""
    data = (
        np.frombuffer(values, dtype=np.dtype(values.typecode))
        if len(values)
        else np.empty(0, values.typecode)
    )
    if kind == "float":
        return pl.Series(values=data).fill_nan(None)
    valid = pl.Series(values=data >= 0)
    if kind != "text":
        series = pl.Series(values=data)
        return _where(valid, series)
    if not len(texts):
        return pl.Series(values=[None] * len(data), dtype=pl.String)
    gathered = texts.gather(pl.Series(values=np.maximum(data, 0).astype(np.uint32)))
    return _where(valid, gathered)


def _where(valid: pl.Series, values: pl.Series) -> pl.Series:
    """Return the values, null where they are not valid."""
    nulls = pl.Series([None], dtype=values.dtype).new_from_index(0, len(values))
    chosen: pl.Series = values.zip_with(valid, nulls)
    return chosen


def frame(columns: Columns, texts: pl.Series, only: Iterable[str] | None = None) -> pl.DataFrame:
    """Return a frame with the columns as they were filled, or only some of them."""
    wanted = set(columns.spec if only is None else only)
    return pl.DataFrame(
        {name: column(kind, values, texts) for name, kind, values in columns.items() if name in wanted}
    )


def conform(data: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the frame with exactly the columns and types of the schema."""
    schema = TABLES[table]
    missing = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in data.columns
    ]
    return data.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def empty(table: str) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=TABLES[table])
