"""``tacticlens schema``: the JSON Schema of the export."""

from __future__ import annotations

from typing import Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.near import near_one
from tacticlens.errors import UsageError


def schema(
    table: Annotated[
        str | None, typer.Argument(help="Only the rows of this table; pins = the file of 'tacticlens pin'.")
    ] = None,
) -> int:
    """Print the JSON Schema of 'parse --format json', of the rows of one table, or of a file of pins."""
    import json

    from tacticlens.export.schema import json_schema, model_schema
    from tacticlens.tables.schema import TABLE_NAMES

    if table == "pins":
        from tacticlens.pin.model import Pins

        output.write([json.dumps(model_schema(Pins), indent=2), "\n"], None)
        return 0
    if table is not None and table not in TABLE_NAMES:
        meant = near_one(table, TABLE_NAMES)
        message = (
            f"no table {table!r}; {meant}the tables are {', '.join(TABLE_NAMES)}; 'pins' is the file of pins"
        )
        raise UsageError(message)
    output.write([json.dumps(json_schema(table), indent=2), "\n"], None)
    return 0
