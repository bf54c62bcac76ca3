"""Columns that grow row by row: small arrays, texts kept once. What the hot path writes into."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

ColumnKind = Literal["count", "bytes", "float", "text"]
"""count: 32 bits (lines and rows of a log), -1 = null; bytes: 64 bits, -1 = null; float: NaN = null; text: number of an
interned text, -1 = null."""

_TYPECODES: dict[ColumnKind, str] = {"count": "i", "bytes": "q", "float": "d", "text": "i"}
NULL = -1
NAN = float("nan")


class Texts:
    """Distinct texts of a log, numbered in order of appearance.

    A log has millions of lines but only some thousands of distinct layer, runner, kernel and format
    texts; tables hold their numbers until the frames are made.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._order: list[str] = []
        self.known = self._numbers.get
        """The number of a text that has one already: the shortest way there is."""

    def number(self, text: str | None) -> int:
        """Return the number of a text, -1 for None."""
        if text is None:
            return NULL
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self._numbers)
        return found

    def text(self, number: int) -> str:
        """Return the text with a number."""
        if len(self._order) < len(self._numbers):
            self._order.extend(islice(self._numbers, len(self._order), None))
        return self._order[number]

    def all(self) -> list[str]:
        """Return the texts, so that ``all()[number]`` is the text."""
        return list(self._numbers)


class Columns:
    """A table under construction.

    Args:
        spec: column name -> kind, in order; rows are tuples in the same order.
    """

    def __init__(self, spec: dict[str, ColumnKind]) -> None:
        self.spec = spec
        self._arrays: list[array[Any]] = [array(_TYPECODES[kind]) for kind in spec.values()]
        self._rows: list[tuple[Any, ...]] = []
        self._flushed = 0
        self.add = self._rows.append
        """Append one row; `flush` moves rows into the arrays now and then."""

    def __len__(self) -> int:
        return self._flushed + len(self._rows)

    def flush(self) -> None:
        """Move the rows that were added into the arrays, where they take a tenth of the memory."""
        if self._rows:
            for column, values in zip(self._arrays, zip(*self._rows, strict=True), strict=True):
                column.extend(values)
            self._flushed += len(self._rows)
            self._rows.clear()

    def column(self, name: str) -> array[Any]:
        """Return one column."""
        self.flush()
        return self._arrays[list(self.spec).index(name)]

    def items(self) -> Iterator[tuple[str, ColumnKind, array[Any]]]:
        """Yield (name, kind, array) of every column."""
        self.flush()
        yield from (
            (name, kind, values) for (name, kind), values in zip(self.spec.items(), self._arrays, strict=True)
        )
