"""The declared tables as polars types: the same names and types in Python, JSON, Parquet and SQL."""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin

import polars as pl

from tacticlens.assemble.columns import kind_of
from tacticlens.schema.declaration import Row, fields
from tacticlens.schema.registry import ROWS, SCHEMA_VERSION, TABLE_NAMES

__all__ = ["CLOSED_SETS", "COMPACT", "SCHEMA_VERSION", "TABLES", "TABLE_NAMES"]

Type = pl.DataType | type[pl.DataType]
_TYPES: Final[dict[Any, Type]] = {int: pl.Int64, float: pl.Float64, bool: pl.Boolean, str: pl.String}


def types_of(row: type[Row], *, compact: bool = False) -> dict[str, Type]:
    """Return the types of the columns of a table, or of the fields of a struct.

    Args:
        row: the declared table.
        compact: texts of a closed set as Enum, others as Categorical (1 or 4 bytes a value in place of 16);
            numbers of rows and lines in 32 bits, as they are kept.
    """
    types = {field.name: _type(field.type, field.values, compact=compact) for field in fields(row)}
    if compact and row.long:
        counts = (field for field in fields(row) if field.type is int and kind_of(field) == "count")
        types |= {field.name: pl.Int32() for field in counts}
    return types


def _type(value: Any, values: tuple[str, ...], *, compact: bool) -> Type:
    if get_origin(value) is list:
        return pl.List(_type(get_args(value)[0], (), compact=compact))
    if isinstance(value, type) and issubclass(value, Row):
        return pl.Struct(types_of(value, compact=compact))
    if compact and value is str:
        return pl.Enum(values) if values else pl.Categorical()
    return _TYPES[value]


TABLES: dict[str, dict[str, Type]] = {name: types_of(row) for name, row in ROWS.items()}
"""Table name -> column name -> type."""

COMPACT: dict[str, dict[str, Type]] = {
    name: types_of(row, compact=True) for name, row in ROWS.items() if row.long
}
"""The same for the tables that are long in a long log, as `TableSet.portions` returns them."""

CLOSED_SETS: dict[tuple[str, str], tuple[str, ...]] = {
    (name, field.name): field.values for name, row in ROWS.items() for field in fields(row) if field.values
}
"""Columns whose values come from a closed set."""
