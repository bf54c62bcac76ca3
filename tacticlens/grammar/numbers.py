"""Whole numbers in texts that no grammar rule restricts to digits."""

from __future__ import annotations

_MOST_DIGITS = 18
"""All such numbers fit into 64 bits; Python raises for texts of thousands of digits."""


def whole(text: str) -> int | None:
    """Return a number of ASCII digits that fits into 64 bits, None for any other text."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal() else None
