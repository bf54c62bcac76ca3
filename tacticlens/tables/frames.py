"""Filled columns -> polars frames of the schema. Texts are gathered from the distinct ones by number."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from tacticlens.assemble.columns import ColumnKind, Columns
from tacticlens.tables.schema import TABLES, Type

_KEPT_AS: dict[ColumnKind, Type] = {
    "count": pl.Int32(), "bytes": pl.Int64(), "float": pl.Float64(), "text": pl.Int32(),
}  # fmt: skip


def kept(columns: Columns, name: str, begin: int = 0, end: int | None = None) -> pl.Series:
    """Return a column, of some of the rows, as it is kept: texts are their numbers, nulls are -1 or NaN."""
    return pl.Series(name, columns.column(name, begin, end), dtype=_KEPT_AS[columns.kinds[name]])


def distinct_numbers(numbers: pl.Series) -> tuple[list[int], pl.Series]:
    """Return the distinct numbers in a column, ascending, and each row's index among them.

    Like `numpy.unique` with `return_inverse`; the numbers are those of texts, few and small. -1 stands for null.
    """
    distinct = numbers.unique().sort().to_list()
    places = [0] * (max(distinct, default=-1) + 2)
    for place, number in enumerate(distinct):
        places[number + 1] = place
    return distinct, pl.Series(places, dtype=pl.UInt32)[(numbers + 1).cast(pl.UInt32)]


class TextSeries:
    """The distinct texts of a log, to gather columns from by number.

    Args:
        texts: the texts, in the order of their numbers.
    """

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._made: dict[Type, pl.Series] = {}

    def column(self, numbers: pl.Series, dtype: Type) -> pl.Series:
        """Return the texts with these numbers, -1 as null, as String, Categorical or Enum."""
        found: pl.Series = self._series(dtype)[numbers.cast(pl.UInt32, strict=False)]  # -1 is not one: null
        return found

    def _series(self, dtype: Type) -> pl.Series:
        series = self._made.get(dtype)
        if series is None:
            values = set(dtype.categories) if isinstance(dtype, pl.Enum) else None
            texts = [text if values is None or text in values else None for text in self._texts]
            series = self._made[dtype] = pl.Series("texts", texts, dtype=dtype)
        return series


def column(kind: ColumnKind, data: pl.Series, dtype: Type, texts: TextSeries) -> pl.Series:
    """Return one column as a series: -1 and NaN become null, numbers of texts become the texts."""
    if kind == "text":
        return texts.column(data, _kept_as(dtype))
    if kind == "float":
        return data.fill_nan(None)
    if dtype == pl.Boolean:
        dtype = pl.Int8()
    if (data < 0).any():
        data = data.cast(pl.UInt64, strict=False)  # what is below 0 becomes null
    made: pl.Series = data.cast(dtype)
    return made


def frame(
    columns: Columns,
    types: Mapping[str, Type],
    texts: TextSeries,
    only: Collection[str] | None = None,
    *,
    begin: int = 0,
    end: int | None = None,
) -> pl.DataFrame:
    """Return a frame with the columns as they were filled, or only some of them or of the rows.

    Args:
        columns: the rows.
        types: of the columns; a list comes as the text it was kept as.
        texts: the texts of the log.
        only: names of columns; None = all.
        begin: the first row.
        end: the row after the last; None = all that follow.
    """
    wanted = {name: kind for name, kind in columns.kinds.items() if only is None or name in only}
    if not len(columns):
        return pl.DataFrame(schema={name: _kept_as(types[name]) for name in wanted})
    return pl.DataFrame({
        name: column(kind, kept(columns, name, begin, end), types[name], texts) for name, kind in wanted.items()
    })  # fmt: skip


def _kept_as(dtype: Type) -> Type:
    """Return the type before lists are parsed: a list is kept as one text."""
    return pl.String() if isinstance(dtype, pl.List) else dtype


def conform(data: pl.DataFrame, table: str, types: Mapping[str, Mapping[str, Type]] = TABLES) -> pl.DataFrame:
    """Return the frame with exactly the columns and types of the schema."""
    schema = types[table]
    there = data.schema
    if list(there.items()) == list(schema.items()):
        return data
    columns = {
        name: pl.lit(None, dtype=dtype)
        if name not in there
        else pl.col(name)
        if there[name] == dtype  # polars copies nested columns even in a cast to the same type
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    }
    return data.select(**columns)


def empty(table: str) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=TABLES[table])
