"""Names that are the same but for what stands before them: exporters put a model's name, or a random one, in front."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tacticlens.diff.model import Layer

_BOUNDARY = re.compile(r"[/.:_|\-]+")
_MOST = 12
"""So many beginnings of a name are tried at most."""
_ENOUGH = 0.5
"""Share of the names of the smaller side that must be the same without the prefixes."""

Prefixes = tuple[str, str]


def prefixes(old: Sequence[Layer], new: Sequence[Layer]) -> Prefixes | None:
    """Return what stands before the ONNX nodes of each side; None if taking it away makes too few names equal.

    Only sides without a common node are looked at: parts of one network may well be equal but for a prefix.
    """
    names = [{node for layer in side for node in layer.nodes} for side in (old, new)]
    if not all(names) or names[0] & names[1]:
        return None
    ends: list[dict[str, set[str]]] = [defaultdict(set), defaultdict(set)]
    for side in (0, 1):
        for name in names[side]:
            for end in _ends(name):
                ends[side][end].add(name)
    votes: Counter[Prefixes] = Counter()
    for name in names[0]:
        for end in _ends(name):  # the longest first
            if len(ends[0][end]) == 1 and len(ends[1].get(end, ())) == 1:
                (other,) = ends[1][end]
                votes[name.removesuffix(end), other.removesuffix(end)] += 1
                break
    if not votes:
        return None
    best = min(votes, key=lambda pair: (-votes[pair], pair))
    same = without(names[0], best[0]) & without(names[1], best[1])
    return best if len(same) >= _ENOUGH * min(map(len, names)) else None


def without(names: Iterable[str], prefix: str) -> set[str]:
    """Return names without a prefix; those that do not begin with it are left out."""
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def _ends(name: str) -> list[str]:
    """Return a name and what is left of it after each of its first separators."""
    found = [name]
    for match in _BOUNDARY.finditer(name):
        if match.end() < len(name):
            found.append(name[match.end() :])
        if len(found) > _MOST:
            break
    return found
