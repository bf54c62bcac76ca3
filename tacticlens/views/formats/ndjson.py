"""NDJSON: one JSON object per row and line."""

from __future__ import annotations

from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:  # noqa: ARG001 - rows look the same everywhere
    """Return the rows of the result as NDJSON."""
    return [result.rows().write_ndjson()]
