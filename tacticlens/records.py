"""The rows of the tables as typed, frozen records; their JSON Schema is the schema of the JSON export."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from tacticlens.schema.common import TACTIC_ID
from tacticlens.schema.declaration import Column, Row, fields, meaning
from tacticlens.schema.registry import ROWS, SCHEMA_VERSION


class Record(BaseModel):
    """Base of all records: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


TacticId = Annotated[str, Field(pattern=TACTIC_ID)]
"""A 64-bit id as 0x%016x."""
Line = Annotated[int, Field(ge=1, description="Line of the log, from 1.")]
"""A line of the log, from 1."""


def record(row: type[Row]) -> type[Record]:
    """Return the model of the rows of a table; its records are instances of the declared class too."""
    return _record(row)  # type: ignore[arg-type]  # mypy takes no class of this kind for hashable


@cache
def _record(row: Any) -> type[Record]:
    columns: dict[str, Any] = {
        field.name: (_model_type(get_args(field.annotation)[0]), _described(field.column))
        for field in fields(row)
    }
    return create_model(row.__name__, __base__=(Record, row), __doc__=row.__doc__, **columns)


def _described(column: Column) -> Any:
    extra: Any = {"unit": column.unit} if column.unit else None
    return Field(description=column.meaning, pattern=column.pattern, ge=column.least, json_schema_extra=extra)


def _model_type(hint: Any) -> Any:
    """Return a declared type with models in the place of declared structs."""
    if isinstance(hint, type) and issubclass(hint, Row):
        return record(hint)
    if get_origin(hint) is list:
        return list[_model_type(get_args(hint)[0])]  # type: ignore[misc]  # a type made at run time
    parts = get_args(hint)
    if type(None) in parts:
        return _model_type(parts[0]) | None
    return hint


@cache
def document() -> type[Record]:
    """Return the model of the JSON export of one log: every table under its name."""
    lists = {name: record(row) for name, row in ROWS.items()}
    columns: dict[str, Any] = {
        name: (model if name == "log" else list[model], Field(description=meaning(ROWS[name])))  # type: ignore[valid-type]
        for name, model in lists.items()
    }
    version: Any = (Literal[SCHEMA_VERSION], Field(description="Version of these tables."))
    return create_model(
        "LogDocument", __base__=Record, __doc__="The JSON export of one log: every table under its name.",
        schema_version=version, **columns,
    )  # fmt: skip
