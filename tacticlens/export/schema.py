"""The JSON Schema of the export, made from the records."""

from __future__ import annotations

from typing import Any

from tacticlens.records import Record, document, record
from tacticlens.schema.registry import ROWS


def json_schema(table: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of the whole export, or of the rows of one table."""
    return model_schema(record(ROWS[table]) if table is not None else document())


def model_schema(model: type[Record]) -> dict[str, Any]:
    """Return the JSON Schema of a record."""
    schema = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
