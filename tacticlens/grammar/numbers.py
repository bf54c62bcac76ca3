"""Whole numbers that a log prints where no rule of the grammar holds them to digits."""

from __future__ import annotations

_MOST_DIGITS = 18
"""What 64 bits hold; Python refuses texts of thousands of digits with an exception."""


def whole(text: str) -> int | None:
    """Return a number of ASCII digits that fits into 64 bits, None for any other text."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal() else None
