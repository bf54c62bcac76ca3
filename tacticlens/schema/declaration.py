"""How a table is declared: a class per table, a typed attribute per column.

The type of a column is its Python type: ``None`` in it means that a value may be missing, a `Literal` that the
values come from a closed set. What a type cannot say stands beside it in a `Column`.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

Unit = Literal["ms", "s", "bytes", "%"]


class Row:
    """Base of the declarations of tables, and of the structs in their columns.

    Attributes:
        long: a long log has a million rows of it, and its texts repeat.
    """

    long: ClassVar[bool] = False

    def __init_subclass__(cls, *, long: bool = False) -> None:
        super().__init_subclass__()
        cls.long = cls.long or long


@dataclass(frozen=True)
class Column:
    """What a column is, beyond its type.

    Attributes:
        meaning: one sentence, with what null means where that is not plain.
        unit: of the numbers; units of time stand in the column's name as well.
        derived: made from other columns when the table is asked for; rows are kept without it.
        pattern: regular expression that texts match.
        least: smallest number.
    """

    meaning: str
    unit: Unit | None = None
    derived: bool = False
    pattern: str | None = None
    least: int | None = None


@dataclass(frozen=True)
class Field:
    """One column of a table, as it was declared.

    Attributes:
        annotation: the type with what stands beside it.
        type: the type of a value that is there: int, float, bool, str, ``list[str]``, a list of a `Row`.
        nullable: a value may be missing.
        values: the closed set that values come from; empty if any value may come.
    """

    name: str
    annotation: Any
    type: Any
    nullable: bool
    values: tuple[str, ...]
    column: Column


def fields(row: type[Row]) -> tuple[Field, ...]:
    """Return the columns of a table in order.

    Raises:
        TypeError: a column has no `Column` beside its type.
    """
    return _fields(row)  # type: ignore[arg-type]  # mypy takes no class of this kind for hashable


@cache
def _fields(row: Any) -> tuple[Field, ...]:
    hints = inspect.get_annotations(row, eval_str=True)
    return tuple(_field(name, hint, row) for name, hint in hints.items())


def _field(name: str, annotation: Any, row: type[Row]) -> Field:
    if get_origin(annotation) is not Annotated:
        message = f"{row.__name__}.{name} has no Column that says what it is"
        raise TypeError(message)
    hint, *beside = get_args(annotation)
    column = next(item for item in reversed(beside) if isinstance(item, Column))
    parts = (
        [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    )
    value = parts[0]
    values = get_args(value) if get_origin(value) is Literal else ()
    return Field(name, annotation, str if values else value, NoneType in get_args(hint), values, column)


def meaning(row: type[Row]) -> str:
    """Return the sentence of a table."""
    return (row.__doc__ or "").strip()
