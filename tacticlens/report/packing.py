"""Columns of values -> the compact columns of the contract; parts -> texts that a page can hold."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

from tacticlens.report.contract import Steps, TextLists, Texts
from tacticlens.words import plain

_LEVEL = 9
_RAW = -15  # deflate without a header: what `DecompressionStream("deflate-raw")` takes


def texts(values: Iterable[str | None]) -> Texts:
    """Return a column of texts; characters that a screen would obey become their names."""
    numbers: dict[str, int] = {}
    codes = [-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values]
    return Texts(texts=[plain(text) for text in numbers], codes=codes)


def text_lists(values: Iterable[Iterable[str] | None]) -> TextLists:
    """Return a column of lists of texts; null becomes an empty list."""
    numbers: dict[str, int] = {}
    codes = [[numbers.setdefault(text, len(numbers)) for text in value or ()] for value in values]
    return TextLists(texts=[plain(text) for text in numbers], codes=codes)


def steps(values: Iterable[int | None]) -> Steps:
    """Return a column of whole numbers as steps."""
    last = 0
    found: list[int | None] = []
    for value in values:
        found.append(None if value is None else value - last)
        last = last if value is None else value
    return Steps(steps=found)


def packed(data: bytes) -> str:
    """Return bytes, deflated, as text of letters that HTML does not know."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return base64.b64encode(deflate.compress(data) + deflate.flush()).decode("ascii")
