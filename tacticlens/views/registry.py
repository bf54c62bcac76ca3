"""The registry of formats: which renderer shows which result.

A format is a file in `formats/` with `BINARY` and `render(result, look)`, which returns any result in that format.
`SPECIAL` lists the few pairs of result and format that have a renderer of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tacticlens.views.result import Look, Result

Pieces = Iterable[str | bytes]
Renderer = Callable[[Result, Look], Pieces]

_FOLDER = "tacticlens.views.formats"
_ORDER = ("text", "json", "ndjson", "csv", "csv-safe", "parquet", "markdown", "html")
"""Known formats stand first in help and in this order; others follow by name."""

SPECIAL: dict[tuple[str, str], str] = {
    ("log", "json"): "tacticlens.views.log_tables:as_json",
    ("log", "ndjson"): "tacticlens.views.log_tables:as_ndjson",
    ("table", "json"): "tacticlens.views.frame:as_json",
    ("trends", "json"): "tacticlens.views.frame:as_json",
    ("tactics", "json"): "tacticlens.views.frame:as_json",
}
"""(result, format) -> module:function with the signature of `Renderer`."""


@cache
def formats() -> tuple[str, ...]:
    """Return the names of the formats. Nothing is imported for it: the help of every command lists them."""
    found = {path.stem.replace("_", "-") for path in (Path(__file__).parent / "formats").glob("[a-z]*.py")}
    return tuple(
        sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    )


def _module(format_: str) -> ModuleType:
    return import_module(f"{_FOLDER}.{format_.replace('-', '_')}")


def is_binary(format_: str) -> bool:
    """Tell whether a format is no text."""
    return bool(_module(format_).BINARY)


def render(result: Result, format_: str, look: Look | None = None) -> Pieces:
    """Return a result in a format, as pieces of text or bytes.

    Args:
        result: what to show.
        format_: one of `formats()`.
        look: where it is read; None = a pipe.
    """
    special = SPECIAL.get((result.kind, format_))
    if special is not None:
        module, _, name = special.partition(":")
        own: Renderer = getattr(import_module(module), name)
        return own(result, look or Look())
    generic: Renderer = _module(format_).render
    return generic(result, look or Look())
