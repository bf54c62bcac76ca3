"""Markdown, for a pull request or a notebook; what a log named is escaped."""

from __future__ import annotations

from tacticlens.views.markdown import as_markdown
from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [as_markdown(result.blocks())]
