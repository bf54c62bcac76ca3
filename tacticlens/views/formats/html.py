"""One HTML page that needs nothing else; what a log named is escaped."""

from __future__ import annotations

from tacticlens.views.html_blocks import as_page
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [as_page(result.blocks())]
