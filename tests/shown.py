"""Results as a reader sees them."""

from __future__ import annotations

from tacticlens.views.registry import render
from tacticlens.views.result import Look, Result


def shown(result: Result, width: int | None = None) -> str:
    """The text of a result, in a pipe or in a terminal of so many columns."""
    look = None if width is None else Look(width, whole=False)
    return "".join(str(piece) for piece in render(result, "text", look))


def in_markdown(result: Result) -> str:
    """The Markdown of a result."""
    return "".join(str(piece) for piece in render(result, "markdown"))
