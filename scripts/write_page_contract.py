"""Writes the JSON Schema of the explorer page's data, from which its TypeScript types are generated."""

from __future__ import annotations

import json
from pathlib import Path

from tacticlens.report.page_contract import Contract

TARGET = Path(__file__).resolve().parents[1] / "explorer" / "src" / "contract.schema.json"


def schema() -> str:
    """Return the schema; titles are left out, because each would become a type of its own."""
    return json.dumps(_without_titles(Contract.model_json_schema()), indent=1) + "\n"


def _without_titles(node: object) -> object:
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_titles(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    TARGET.write_text(schema(), encoding="utf-8")
    print(TARGET)
