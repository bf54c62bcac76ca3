"""Columns that grow row by row: packed rows, texts kept once. What the hot path writes into."""

from __future__ import annotations

import struct
from itertools import islice
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

ColumnKind = Literal["count", "bytes", "float", "text"]
"""count: 32 bits (lines and rows of a log), -1 = null; bytes: 64 bits, -1 = null; float: NaN = null; text: number of an
interned text, -1 = null."""

_CODES: dict[ColumnKind, str] = {"count": "i", "bytes": "q", "float": "d", "text": "i"}
_LIMITS: dict[ColumnKind, int] = {"count": 1 << 31, "bytes": 1 << 63}
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
    """A table under construction: packed rows, looked at by column.

    Args:
        spec: column name -> kind, in order; rows are tuples in the same order.
    """

    def __init__(self, spec: dict[str, ColumnKind]) -> None:
        self.spec = spec
        codes = [_CODES[kind] for kind in spec.values()]
        self._type = np.dtype({"names": list(spec), "formats": [f"<{code}" for code in codes]})
        self._packed = bytearray()
        self.pack = struct.Struct("<" + "".join(codes)).pack
        """Pack the values of a row."""
        self.put = self._packed.extend
        """Append a packed row: what `add` does, without a tuple in between."""

    def __len__(self) -> int:
        return len(self._packed) // self._type.itemsize

    def add(self, row: tuple[Any, ...]) -> None:
        """Append one row; a number that no TensorRT prints, of twenty digits perhaps, is null."""
        try:
            self.put(self.pack(*row))
        except struct.error:
            limits = map(_LIMITS.get, self.spec.values())
            fitting = (
                NULL if limit is not None and not -limit <= value < limit else value
                for value, limit in zip(row, limits, strict=True)
            )
            self.put(self.pack(*fitting))

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column; texts are their numbers, nulls are -1 or NaN.

        It is a view: no row can be added as long as it is held.
        """
        return np.frombuffer(self._packed, dtype=self._type)[name]
