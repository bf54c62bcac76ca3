"""Filled columns -> polars frames of the schema. Texts are gathered once from the distinct ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tacticlens.assemble.columns import Columns
from tacticlens.tables.schema import TABLES


def distinct_numbers(numbers: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint32]]:
    """Return the distinct numbers of texts in a column, ascending, and for each row which of them it has.

    What `numpy.unique` returns, without sorting: the numbers are few and small. -1 stands for null.
    """
    there = np.zeros(int(numbers.max(initial=-1)) + 2, dtype=np.bool_)
    there[numbers] = True  # -1 is the last place
    there = np.roll(there, 1)
    places = np.cumsum(there, dtype=np.uint32) - np.uint32(1)
    return np.flatnonzero(there) - 1, places[numbers + 1]


def texts_series(texts: list[str]) -> pl.Series:
    """Return the distinct texts of a log as a series to gather columns from; the last one is null."""
    return pl.Series("texts", [*texts, None], dtype=pl.String)


def column(kind: str, data: npt.NDArray[Any], texts: pl.Series) -> pl.Series:
    """Return one column: -1 and NaN become null, numbers of texts become the texts."""
    if kind == "float":
        return pl.Series(values=data).fill_nan(None)
    null = data < 0
    if kind == "text":
        return texts.gather(pl.Series(values=np.where(null, len(texts) - 1, data).astype(np.uint32)))
    series = pl.Series(values=data)
    if not null.any():
        return series
    nulls = pl.Series([None], dtype=series.dtype).new_from_index(0, len(series))
    chosen: pl.Series = series.zip_with(pl.Series(values=~null), nulls)
    return chosen


def frame(columns: Columns, texts: pl.Series, only: Iterable[str] | None = None) -> pl.DataFrame:
    """Return a frame with the columns as they were filled, or only some of them."""
    wanted = set(columns.kinds if only is None else only)
    return pl.DataFrame({
        name: column(kind, columns.column(name), texts)
        for name, kind in columns.kinds.items() if name in wanted
    })  # fmt: skip


def conform(data: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the frame with exactly the columns and types of the schema."""
    schema = TABLES[table]
    there = data.schema
    columns = {
        name: pl.lit(None, dtype=dtype)
        if name not in there
        else pl.col(name)
        if there[name] == dtype  # a cast of nested columns would copy them all the same
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    }
    return data.select(**columns)


def empty(table: str) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=TABLES[table])
