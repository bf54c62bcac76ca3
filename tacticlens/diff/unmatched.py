"""Which layers kept others apart: a layer that went, or came, between the layers of a fusion is its cause.

The same holds for a constant that only such a layer took: it went into the fusion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tacticlens.diff.model import Layer, Match


class UnmatchedNeighbours:
    """The layers of one side without a counterpart, by the tensors between them and the others.

    Args:
        layers: all layers of the side.
        matches: all matches.
        side: 0 = old, 1 = new.
    """

    def __init__(self, layers: Sequence[Layer], matches: Iterable[Match], side: int) -> None:
        self._alone: dict[int, Layer] = {}
        for match in matches:
            mine, others = (match.old, match.new) if side == 0 else (match.new, match.old)
            if not others:
                self._alone.update({layer.position: layer for layer in mine})
        self._after = _following(layers)
        self._before: dict[int, set[int]] = defaultdict(set)
        for position, takers in self._after.items():
            for taker in takers:
                self._before[taker].add(position)

    def of(self, group: Sequence[Layer]) -> tuple[Layer, ...]:
        """Return the layers alone on their side on a way from one layer of a group to another, or into it only."""
        if not self._alone:
            return ()
        start = {layer.position for layer in group}
        found = self._reached(start, self._after) & self._reached(start, self._before)
        found |= {
            position
            for position in self._reached(start, self._before)
            if not self._before[position] and self._after[position] <= start | found
        }
        return tuple(self._alone[position] for position in sorted(found))

    def _reached(self, start: set[int], ways: dict[int, set[int]]) -> set[int]:
        """Return the alone layers that can be reached through alone layers."""
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            for position in ways.get(waiting.pop(), ()):
                if position in self._alone and position not in found:
                    found.add(position)
                    waiting.append(position)
        return found


def _following(layers: Sequence[Layer]) -> dict[int, set[int]]:
    """Return the positions of the layers that take what a layer makes."""
    takers: dict[str, set[int]] = defaultdict(set)
    for layer in layers:
        for name in layer.inputs:
            takers[name].add(layer.position)
    return {
        layer.position: {one for name in layer.outputs for one in takers[name]} - {layer.position}
        for layer in layers
    }
