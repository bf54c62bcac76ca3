"""JSON of the tables, out and back in: the same tables after both."""

from __future__ import annotations

from collections.abc import Iterator

from tacticlens.tables.schema import SCHEMA_VERSION, TABLE_NAMES
from tacticlens.tables.table_set import TableSet


def table_json(tables: TableSet, name: str) -> Iterator[str]:
    """Yield one table, portion by portion: the log as an object, the others as a list of rows."""
    if name == "log":
        yield tables.log.write_json()[1:-1]
        return
    separator = "["
    for rows in tables.portions(name):
        yield separator + rows.write_json()[1:-1]
        separator = ","
    yield "]"


def document(tables: TableSet) -> Iterator[str]:
    """Yield the JSON object of all tables, piece by piece."""
    yield f'{{"schema_version":{SCHEMA_VERSION}'
    for name in TABLE_NAMES:
        yield f',\n"{name}":'
        yield from table_json(tables, name)
        tables.forget(name)
    yield "}\n"


def rows_ndjson(tables: TableSet, names: tuple[str, ...], *, with_name: bool) -> Iterator[str]:
    """Yield one JSON object per row and line; with several tables each says its table first."""
    for name in names:
        for rows in tables.portions(name):
            text = rows.write_ndjson()
            if with_name:
                text = "".join(f'{{"table":"{name}",{line[1:]}\n' for line in text.split("\n")[:-1])
            yield text
