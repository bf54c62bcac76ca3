"""The lines of a log that a page shows: all, or those it refers to where all are too many."""

from __future__ import annotations

from collections.abc import Iterable

from tacticlens.report.packing import packed

_MOST_RAW = 64 << 20
_MOST_PACKED = 1_000_000
_AROUND = 3

Ranges = list[tuple[int, int]]


def packed_lines(text: bytes, wanted: Iterable[Iterable[int]]) -> tuple[str, Ranges]:
    """Return lines of a log, packed, and their ranges.

    Args:
        text: the whole log.
        wanted: numbers of lines that matter, in smaller and smaller sets; the first that is small enough is taken.
    """
    lines = text.split(b"\n")
    last = len(lines) - (lines[-1] == b"")
    if len(text) <= _MOST_RAW:
        whole = packed(text)
        if len(whole) <= _MOST_PACKED:
            return whole, [(1, last)] if last else []
    for numbers in wanted:
        ranges = _ranges(numbers, last)
        some = packed(b"\n".join(b"\n".join(lines[first - 1 : end]) for first, end in ranges))
        if len(some) <= _MOST_PACKED:
            return some, ranges
    return packed(b""), []


def _ranges(numbers: Iterable[int], last: int) -> Ranges:
    found: Ranges = []
    for number in sorted({number for number in numbers if 1 <= number <= last}):
        begin, end = max(1, number - _AROUND), min(last, number + _AROUND)
        if found and begin <= found[-1][1] + 1:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return found
