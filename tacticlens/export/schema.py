"""The JSON Schema of the export, made from the records."""

from __future__ import annotations

from typing import Any

from tacticlens.records import RECORDS, LogDocument


def json_schema(table: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of the whole export, or of the rows of one table."""
    model = RECORDS[table] if table is not None else LogDocument
    schema = model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
