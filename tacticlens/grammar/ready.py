"""Tables made of the grammars when tacticlens was built, so that no command has to make them.

A table is plain JSON inside the package: it holds no code, and no folder that others can write to is read.
It is used only if its digest matches the grammar and options; else the table is made again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "ready"
"""Where the build puts one file per table."""

_FORM = 3
"""Version of the file format; other versions are not read."""


def digest(grammar: str, options: dict[str, Any]) -> str:
    """Return the SHA-256 of everything that a table depends on, as hex."""
    return hashlib.sha256(repr((_FORM, grammar, sorted(options.items()))).encode()).hexdigest()


def write(name: str, grammar: str, options: dict[str, Any], content: Any) -> None:
    """Write a table of plain values that were made from a grammar."""
    FOLDER.mkdir(exist_ok=True)
    table = {"digest": digest(grammar, options), "content": content}
    (FOLDER / f"{name}.json").write_text(json.dumps(table, separators=(",", ":")), encoding="utf-8")


def read(name: str, grammar: str, options: dict[str, Any]) -> Any:
    """Return the content of a table; None if there is none for exactly this grammar."""
    try:
        table = json.loads((FOLDER / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(table, dict) or table.get("digest") != digest(grammar, options):
        return None
    return table.get("content")
