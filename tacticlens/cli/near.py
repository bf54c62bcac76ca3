"""What a mistyped name may have meant: the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def near(wanted: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that are most like the one that was asked for, the nearest first."""
    from difflib import SequenceMatcher

    small = wanted.lower()
    scored = []
    for name in dict.fromkeys(names):
        other = name.lower()
        likeness = SequenceMatcher(None, small, other).ratio()
        if small and (small in other or other in small):
            likeness = max(likeness, 0.6) + 0.2
        if likeness >= 0.5:
            scored.append((-likeness, len(name), name))
    return [name for _, _, name in sorted(scored)[:most]]


def near_one(wanted: str, names: Sequence[str]) -> str:
    """Return ``did you mean 'tactics'? ``, or nothing where no name is near."""
    found = near(wanted, names, 1)
    return f"did you mean {found[0]!r}? " if found else ""
