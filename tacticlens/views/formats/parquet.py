"""Parquet, compressed with zstandard."""

from __future__ import annotations

from tacticlens.export.flat import frame_parquet
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = True


def render(result: Result, look: Look) -> Pieces:
    return [frame_parquet(result.rows())]
