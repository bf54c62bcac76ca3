"""NDJSON: one JSON object per row and line."""

from __future__ import annotations

from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [result.rows().write_ndjson()]
