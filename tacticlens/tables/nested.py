"""Columns of lists, built from flat columns: polars is slow with rows of lists or dicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

_BETWEEN = "\x00"


def column(values: Sequence[Any], dtype: Any) -> pl.Series:
    """Return a series of a type of the schema, built the fast way for that type."""
    if isinstance(dtype, pl.List) and dtype.inner in (pl.String, pl.Categorical):
        lists: pl.Series = list_of_texts(values).cast(dtype)
        return lists
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        return list_of_structs(values, dtype)
    return pl.Series(values, dtype=dtype)


def shared_column(values: Sequence[Any], dtype: Any) -> pl.Series:
    """Like `column`, for values many of which are the same object: each object is converted once."""
    places: dict[int, int] = {}
    distinct: list[Any] = []
    rows = []
    for value in values:
        place = places.get(id(value))
        if place is None:
            place = places[id(value)] = len(distinct)
            distinct.append(value)
        rows.append(place)
    return column(distinct, dtype).gather(pl.Series(rows, dtype=pl.UInt32))


def list_of_texts(rows: Sequence[Sequence[str] | None]) -> pl.Series:
    """Return a series with one list of texts per row; None = unknown, empty = none."""
    joined = pl.Series([None if row is None else _BETWEEN.join(row) for row in rows], dtype=pl.String)
    lists = joined.str.split(_BETWEEN)
    empty = pl.Series([row is not None and not row for row in rows], dtype=pl.Boolean)
    if empty.any():  # joined, an empty row is "", which splits into one empty text
        lists = lists.zip_with(~empty, pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(rows)))
    if lists.list.len().sum() != sum(len(row) for row in rows if row):
        return pl.Series(rows, dtype=pl.List(pl.String))  # a text contains the separator
    return lists


def list_of_structs(
    rows: Sequence[Sequence[NamedTuple] | None], dtype: pl.DataType | type[pl.DataType]
) -> pl.Series:
    """Return a series with one list of structs per row.

    Args:
        rows: named tuples whose fields are those of the struct; None = unknown, empty = none.
        dtype: ``List(Struct({...}))`` of the schema.
    """
    struct = dtype.inner if isinstance(dtype, pl.List) else None
    if not isinstance(struct, pl.Struct):
        message = f"{dtype} is no list of structs"
        raise TypeError(message)
    fields = {f.name: f.dtype for f in struct.fields}
    flat: list[tuple[Any, ...]] = [tuple(item) for row in rows if row for item in row]
    numbers = [number for number, row in enumerate(rows) if row for _ in row]
    columns = {
        name: column([item[at] for item in flat], field) for at, (name, field) in enumerate(fields.items())
    }
    lists = (
        pl.DataFrame({"_row": pl.Series(numbers, dtype=pl.Int64), **columns})
        .select("_row", pl.struct(list(fields)).alias("items"))
        .group_by("_row", maintain_order=True)
        .agg("items")
    )
    known = [row is not None for row in rows]
    every = pl.DataFrame(
        {"_row": pl.Series(range(len(rows)), dtype=pl.Int64), "known": pl.Series(known, dtype=pl.Boolean)}
    )
    empty = (
        pl.Series([[]], dtype=dtype).new_from_index(0, len(rows)) if len(rows) else pl.Series([], dtype=dtype)
    )
    joined = every.join(lists, on="_row", how="left", maintain_order="left").with_columns(
        empty.alias("_empty")
    )
    return joined.select(
        pl.when("known")
        .then(pl.coalesce(pl.col("items").cast(dtype), "_empty"))
        .otherwise(None)
        .alias("items")
    )["items"]
