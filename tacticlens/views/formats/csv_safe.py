"""CSV for spreadsheets: an apostrophe before each text that one would compute as a formula."""

from __future__ import annotations

from tacticlens.export.flat import frame_csv
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [frame_csv(result.rows(), safe=True)]
