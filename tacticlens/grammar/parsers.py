"""Lark's parsers of the grammar files.

Working a grammar out takes Lark up to a second, and gives the same every time: Lark keeps the result in the user's
cache folder, checks it against grammar, options and versions, and is several times quicker from then on.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
from lark import Lark

from tacticlens.grammar.files import grammar_text

CACHE_VARIABLE = "TACTICLENS_CACHE"
"""Environment variable: another folder for the cache; empty = none."""


def parser(name: str, *, text: str | None = None, **options: Any) -> Lark:
    """Return the LALR parser of a grammar.

    Args:
        name: name of the grammar file, without ``.lark``.
        text: the grammar, if it is not that of one file.
        options: further options of `lark.Lark`.
    """
    folder = cache_folder()
    kept = str(folder / f"{name}-{sys.implementation.cache_tag}.lark-cache") if folder else False
    grammar = grammar_text(name) if text is None else text
    try:
        return Lark(grammar, parser="lalr", lexer="contextual", cache=kept, **options)
    except OSError:  # the folder was full or taken away meanwhile
        return Lark(grammar, parser="lalr", lexer="contextual", **options)


@cache
def cache_folder() -> Path | None:
    """Return the folder for what Lark made; None if there is to be none, or it cannot be written to."""
    told = os.environ.get(CACHE_VARIABLE)
    if told == "":
        return None
    folder = Path(told) if told else platformdirs.user_cache_path("tacticlens", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
