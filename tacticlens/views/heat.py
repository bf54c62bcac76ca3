"""A heat map in words and signs: how far a time is from what is usual for its layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tacticlens.views.blocks import Block, Gap, Heading, Piece, line
from tacticlens.views.colours import HEAT, Level
from tacticlens.words import count, milliseconds, short

if TYPE_CHECKING:
    from tacticlens.fleet.heat import HeatRow
    from tacticlens.fleet.trends import Series

POINTS = 32
"""Points that a line of a terminal shows: the last ones."""
_ROWS = 12
_UNKNOWN = "░"
_NAME = 34
_SMALL, _LARGE = 0.03, 0.1
"""Where levels begin; `LABELS` names them."""
SIGNS: Final[dict[Level, str]] = {
    "much_faster": "▼", "faster": "▾", "usual": "·", "slower": "▴", "much_slower": "▲",
}  # fmt: skip
"""What stands for a level where there are no colours; they are in the order from fast to slow."""
LABELS: Final[dict[Level, str]] = {
    "much_faster": "over 10 % faster", "faster": "over 3 %", "usual": "as usual", "slower": "over 3 %",
    "much_slower": "over 10 % slower",
}  # fmt: skip
assert tuple(SIGNS) == tuple(HEAT) == tuple(LABELS)


def level(ratio: float) -> Level:
    """Return the level of a time over the usual one, minus 1."""
    if abs(ratio) <= _SMALL:
        return "usual"
    if ratio > 0:
        return "slower" if ratio <= _LARGE else "much_slower"
    return "faster" if ratio >= -_LARGE else "much_faster"


def name_of(series: Series) -> str:
    """Return the layer of a series."""
    return series.name if series.name is not None else "whole engine"


def heat_map(rows: Sequence[HeatRow], over: str) -> Iterator[Block]:
    """Yield the first rows of a heat map, a sign per point, and what the signs mean."""
    moved = [
        row for row in rows if any(ratio is not None and level(ratio) != "usual" for ratio in row.ratios)
    ]
    if not moved:
        return
    yield Gap()
    yield Heading(f"Times against the usual one (median before the first step, if any), by {over}:")
    for row in moved[:_ROWS]:
        signs: list[Piece] = [_sign(ratio) for ratio in row.ratios[-POINTS:]]
        key = [value for value in row.series.key.values() if value is not None][-1:]
        name = " · ".join([short(name_of(row.series), _NAME), *key])
        yield line(*signs, f"  {milliseconds(row.usual_ms):>9}  {name}", hang=2)
    legend: list[Piece] = []
    for of, sign in SIGNS.items():
        legend += [(sign, of), f" {LABELS[of]}  "]
    if any(None in row.ratios[-POINTS:] for row in moved[:_ROWS]):
        legend += [(_UNKNOWN, "dim"), " no log"]
    yield line(*legend)
    calm, more = len(rows) - len(moved), len(moved) - _ROWS
    if calm:
        yield line(f"{count(calm, 'more series', 'more series')} never strayed by 3 %" if calm == 1
                   else f"{calm:,} more series never strayed by 3 %")  # fmt: skip
    if more > 0:
        yield line(f"… and {count(more, 'more series', 'more series')}: --format html shows all")


def _sign(ratio: float | None) -> Piece:
    if ratio is None:
        return _UNKNOWN, "dim"
    of = level(ratio)
    return SIGNS[of], of
