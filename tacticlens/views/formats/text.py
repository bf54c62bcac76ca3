"""Text for a terminal or a pipe."""

from __future__ import annotations

from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result
from tacticlens.views.text import as_text

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [as_text(result.blocks(), look)]
