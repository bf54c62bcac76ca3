"""Columns that grow row by row: packed rows, texts kept once. What the hot path writes into."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from tacticlens.schema.declaration import Field, Row, fields

if TYPE_CHECKING:
    import numpy.typing as npt

ColumnKind = Literal["count", "bytes", "float", "text"]
"""count: 32 bits (lines and rows of a log), -1 = null; bytes: number of an interned size, -1 = null; float: NaN = null;
text: number of an interned text, -1 = null."""

_CODES: dict[ColumnKind, str] = {"count": "i", "bytes": "i", "float": "d", "text": "i"}
_LIMIT = 1 << 31
_KEPT: dict[ColumnKind, str] = {
    "bytes": "-1 if {0} is None or {0} < 0 or {0} >> 63 else _sizes.setdefault({0}, len(_sizes) - 1)",
}
_PLAIN: dict[ColumnKind, str] = {
    **_KEPT,
    "count": "-1 if {0} is None else {0}",
    "float": "_nan if {0} is None else {0}",
    "text": "_number({0})",
}
"""How a value becomes what is kept of it."""
_FEW = 1 << 14
"""So many rows are looked at without numpy: it takes longer to import than these to be unpacked."""
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
        """The number of a text that has one already; None for others."""

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


def kind_of(field: Field) -> ColumnKind:
    """Return how values of a declared column are kept in a row; a list is kept as the text that has its items."""
    if field.type is int:
        return "bytes" if field.column.unit == "bytes" else "count"
    return {bool: "count", float: "float"}.get(field.type, "text")  # type: ignore[return-value]  # it is one of these


class Columns:
    """A table under construction: packed rows, looked at by column.

    Args:
        row: the declared table; its derived columns are left out.
        texts: the texts of the log.

    Attributes:
        texts: the texts of the log.
        kinds: column name -> how its values are kept.
        add: add a row, its values by name; a column that is not named is null.
        put: the same with values as they are kept: texts by their numbers, null as -1 or NaN.
    """

    add: Callable[..., None]
    put: Callable[..., None]

    def __init__(self, row: type[Row], texts: Texts) -> None:
        self.texts = texts
        self.kinds = {field.name: kind_of(field) for field in fields(row) if not field.column.derived}
        self._row = struct.Struct("<" + "".join(_CODES[kind] for kind in self.kinds.values()))
        self._packed = bytearray()
        self._pack = self._row.pack
        self._takers: dict[tuple[str, ...], Callable[[tuple[Any, ...]], Any]] = {}
        self._sizes = {NULL: NULL}  # few rows have one, and many of them the same
        names = {
            "_pack": self._pack, "_extend": self._packed.extend, "_number": texts.number, "_nan": NAN,
            "_fit": self._fit, "_sizes": self._sizes,
        }  # fmt: skip
        self.put = _adder(self.kinds, _KEPT, names)
        self.add = _adder(self.kinds, _PLAIN, names)

    def __len__(self) -> int:
        return len(self._packed) // self._row.size

    def _fit(self, *row: Any) -> bytes:
        """Pack a row with a number that no TensorRT prints, of twenty digits perhaps: it is null."""
        return self._pack(*(
            NULL if kind == "count" and not -_LIMIT <= value < _LIMIT else value
            for value, kind in zip(row, self.kinds.values(), strict=True)
        ))  # fmt: skip

    def column(self, name: str, begin: int = 0, end: int | None = None) -> list[Any] | npt.NDArray[Any]:
        """Return one column, of some of the rows; texts are their numbers, nulls are -1 or NaN.

        Mostly it is a view if the table is long: no row can be added as long as it is held.
        """
        if len(self) <= _FEW:
            return self.values(name, begin, end)
        import numpy as np

        formats = [f"<{_CODES[kind]}" for kind in self.kinds.values()]
        rows = np.frombuffer(self._packed, np.dtype({"names": list(self.kinds), "formats": formats}))
        kept = rows[begin:end][name]
        return np.fromiter(self._sizes, dtype=np.int64)[kept + 1] if self.kinds[name] == "bytes" else kept

    def values(self, name: str, begin: int = 0, end: int | None = None) -> list[Any]:
        """Return the same as a list, which is slow for a million rows."""
        kind, size = self.kinds[name], self._row.size
        before = "".join(_CODES[other] for other in islice(self.kinds.values(), list(self.kinds).index(name)))
        skipped = struct.calcsize(f"<{before}")
        one = struct.Struct(f"<{skipped}x{_CODES[kind]}{size - struct.calcsize(f'<{before}{_CODES[kind]}')}x")
        with memoryview(self._packed) as packed:
            rows = packed[begin * size : None if end is None else end * size]
            values = [value for (value,) in one.iter_unpack(rows)]
        if kind != "bytes":
            return values
        sizes = list(self._sizes)
        return [sizes[value + 1] for value in values]

    def rows(self, begin: int, end: int, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield columns of some rows, two and more, as they are kept; sizes by their numbers too.

        No row can be added meanwhile.
        """
        with memoryview(self._packed) as packed:
            rows = packed[begin * self._row.size : end * self._row.size]
            yield from map(self._taker(names), self._row.iter_unpack(rows))

    def row(self, at: int, *names: str) -> tuple[Any, ...]:
        """Return columns of one row, two and more, as `rows` does."""
        found: tuple[Any, ...] = self._taker(names)(self._row.unpack_from(self._packed, at * self._row.size))
        return found

    def _taker(self, names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
        take = self._takers.get(names)
        if take is None:
            take = self._takers[names] = itemgetter(*map(list(self.kinds).index, names))
        return take


def _adder(
    kinds: Mapping[str, ColumnKind], forms: Mapping[ColumnKind, str], names: Mapping[str, Any]
) -> Callable[..., None]:
    """Return a function that adds a row, its values by name.

    It is made from source, as the methods of a dataclass are: a million rows are added one by one, and
    a function that looks up its arguments takes four times as long.
    """
    nulls = {
        name: "None" if forms is _PLAIN else "_nan" if kind == "float" else "-1"
        for name, kind in kinds.items()
    }
    values = ", ".join(forms.get(kind, "{0}").format(name) for name, kind in kinds.items())
    source = (
        f"def add(*, {', '.join(f'{name}={null}' for name, null in nulls.items())}):\n"
        f"    try:\n"
        f"        _extend(_pack({values}))\n"
        f"    except _error:\n"
        f"        _extend(_fit({values}))\n"
    )
    scope: dict[str, Any] = {**names, "_error": struct.error}
    exec(source, scope)
    made: Callable[..., None] = scope["add"]
    return made
