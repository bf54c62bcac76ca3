"""The declared tables as polars types: the same names and types in Python, JSON, Parquet and SQL."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import polars as pl

from tacticlens.schema.declaration import Row, fields
from tacticlens.schema.registry import ROWS, SCHEMA_VERSION, TABLE_NAMES

__all__ = ["CLOSED_SETS", "SCHEMA_VERSION", "TABLES", "TABLE_NAMES"]

Type = pl.DataType | type[pl.DataType]
_TYPES: dict[Any, Type] = {int: pl.Int64, float: pl.Float64, bool: pl.Boolean, str: pl.String}


def _type(value: Any) -> Type:
    """Return the polars type of values of a declared type."""
    if get_origin(value) is list:
        return pl.List(_type(get_args(value)[0]))
    if isinstance(value, type) and issubclass(value, Row):
        return pl.Struct({field.name: _type(field.type) for field in fields(value)})
    return _TYPES[value]


TABLES: dict[str, dict[str, Type]] = {
    name: {field.name: _type(field.type) for field in fields(row)} for name, row in ROWS.items()
}
"""Table name -> column name -> type."""

CLOSED_SETS: dict[tuple[str, str], tuple[str, ...]] = {
    (name, field.name): field.values for name, row in ROWS.items() for field in fields(row) if field.values
}
"""Columns whose values come from a closed set."""
