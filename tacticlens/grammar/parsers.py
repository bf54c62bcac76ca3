"""Lark's parsers of the grammar files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lark import Lark

from tacticlens.grammar import ready
from tacticlens.grammar.files import grammar_text

LINES = "lines"
LINE_GRAMMAR_FILES = ("log_line", "memory_line", "known_line", "trtexec_line", "terminals")
"""Files that make up the line grammar; they are read as one text."""

OPTIONS: dict[str, dict[str, Any]] = {
    "engine_layer": {"start": ["tensors", "detail"], "maybe_placeholders": False},
    "kernel_name": {},
    "layer_name": {"maybe_placeholders": False},
    LINES: {"start": ["message", "named"], "maybe_placeholders": False},
    "log_prefix": {"start": ["line", "line_of_onnxruntime", "tags"]},
    "tensor_format": {"start": "formats", "maybe_placeholders": False},
}
"""Every grammar that is parsed, with the options of `lark.Lark`."""


def grammar(name: str) -> str:
    """Return the text of a grammar of `OPTIONS`."""
    files = LINE_GRAMMAR_FILES if name == LINES else (name,)
    return "\n".join(grammar_text(file) for file in files)


def parser(name: str, *, transformer: object = None) -> Lark:
    """Return the LALR parser of a grammar, from its ready table where there is one.

    Args:
        name: a name of `OPTIONS`.
        transformer: Lark transformer that is applied while parsing.
    """
    text = grammar(name)
    found = ready.load(name, text, OPTIONS[name], transformer)
    return found if found is not None else _make(text, name, transformer)


def write_tables(folder: Path = ready.FOLDER) -> None:
    """Write the ready tables; the build of the wheel does it."""
    folder.mkdir(exist_ok=True)
    for name, options in OPTIONS.items():
        text = grammar(name)
        (folder / f"{name}.json").write_text(ready.dump(_make(text, name), text, options), encoding="utf-8")


def _make(text: str, name: str, transformer: object = None) -> Lark:
    """Work a parser out anew, which takes Lark up to a second."""
    return Lark(text, parser="lalr", lexer="contextual", transformer=transformer, **OPTIONS[name])
