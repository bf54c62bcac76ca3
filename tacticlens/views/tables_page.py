"""The tables as a page of documentation, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from tacticlens.schema.declaration import Field, Row, fields, meaning
from tacticlens.schema.registry import ROWS

_INTRODUCTION = """\
# Tables

The tables of a log have the same names and columns everywhere: `log.tables.tactics` (a polars frame) and `log.tactics`
(typed records) in Python, `tacticlens parse LOG --table tactics`, the JSON, CSV and Parquet exports, and
`tacticlens query LOG "select ... from tactics"`. `tacticlens schema` prints their JSON Schema.

Lines, builds, layers and combinations are numbered from 1 over the whole log; these numbers join the tables. A missing
value is null, never 0 or empty text. This page is written by `scripts/write_tables_page.py` from the declarations in
`tacticlens/schema/`.
"""
_TYPES = {int: "integer", float: "number", bool: "boolean", str: "text"}


def page() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *(line for name in ROWS for line in _table(name, ROWS[name]))])


def _table(name: str, row: type[Row]) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{meaning(row)}\n"
    yield from _columns(row)
    structs = [get_args(field.type)[0] for field in fields(row) if get_origin(field.type) is list]
    for struct in dict.fromkeys(item for item in structs if item is not str):
        holders = [f"`{field.name}`" for field in fields(row) if get_args(field.type) == (struct,)]
        yield f"Each item of {' and '.join(holders)}: {_begun_small(meaning(struct))}\n"
        yield from _columns(struct)


def _columns(row: type[Row]) -> Iterator[str]:
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for field in fields(row):
        yield f"| `{field.name}` | {_type(field)} | {field.column.unit or ''} | {_meaning(field)} |"
    yield ""


def _type(field: Field) -> str:
    return _type_name(field.type) + (", null" if field.nullable else "")


def _type_name(value: Any) -> str:
    if get_origin(value) is not list:
        return _TYPES[value]
    item = get_args(value)[0]
    return "list of texts" if item is str else "list of structs"


def _meaning(field: Field) -> str:
    values = f" One of {', '.join(f'`{value}`' for value in field.values)}." if field.values else ""
    return (field.column.meaning + values).replace("|", "\\|")


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
