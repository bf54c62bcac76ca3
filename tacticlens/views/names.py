"""Long names of layers for narrow screens: cut at their common beginning, elided in the middle, still unique."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tacticlens.words import plain

_BOUNDARY = re.compile(r"[/.:]")
_LEAST = 12
_SHARES = (0.35, 0.5, 0.2, 0.65, 0.8, 0.05)
"""Parts of the room that the beginning gets, tried in turn until no other name looks the same."""


class ShortNames:
    """Shortens the names of one engine.

    Args:
        names: every name that must stay distinguishable.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(plain(name) for name in names))
        self._prefix = _common(self._names)

    def short(self, name: str, room: int) -> str:
        """Return the name in at most `room` columns, unlike every other name shortened to that room."""
        name, room = plain(name), max(room, _LEAST)
        if len(name) <= room:
            return name
        cut = self._cut(name)
        others = [self._cut(other) for other in self._names if other != name]
        for share in _SHARES:
            elided = _elided(cut, room, share)
            if all(_elided(other, room, share) != elided for other in others):
                return elided
        number = f"…#{self._names.index(name) + 1}" if name in self._names else "…"
        return cut[: room - len(number)] + number

    def _cut(self, name: str) -> str:
        rest = name[self._prefix :]
        return f"…{rest}" if self._prefix and name in self._names else name


def _common(names: tuple[str, ...]) -> int:
    """Return how many characters all names begin with, up to the last boundary of a path."""
    if len(names) < 2:
        return 0
    low, high = min(names), max(names)
    same = next((at for at, pair in enumerate(zip(low, high, strict=False)) if pair[0] != pair[1]), len(low))
    common = low[:same]
    ends = [match.end() for match in _BOUNDARY.finditer(common)]
    return ends[-1] if ends and ends[-1] > 2 else 0


def _elided(name: str, room: int, share: float) -> str:
    if len(name) <= room:
        return name
    head = int((room - 1) * share)
    return f"{name[:head]}…{name[len(name) - (room - 1 - head) :]}".replace("……", "…")
