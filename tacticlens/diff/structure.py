"""Layers that stand at the same place of two networks: of one type and shape, between layers that are matched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tacticlens.diff.model import Layer, Match

_NEIGHBOURS = 0.5
"""Share of the neighbours that must be matched with each other."""

Neighbours = dict[int, tuple[frozenset[int], frozenset[int]]]
"""Positions of the layers before and after a layer."""


def _neighbours(layers: Sequence[Layer]) -> Neighbours:
    """Return the neighbours through tensors; where there are none, those that stand before and after it."""
    makers: dict[str, set[int]] = defaultdict(set)
    takers: dict[str, set[int]] = defaultdict(set)
    for layer in layers:
        for name in layer.outputs:
            makers[name].add(layer.position)
        for name in layer.inputs:
            takers[name].add(layer.position)
    found = {}
    for at, layer in enumerate(layers):
        # a reformat may give a tensor the name that it had: no layer is its own neighbour
        before = frozenset(one for name in layer.inputs for one in makers[name]) - {layer.position}
        after = frozenset(one for name in layer.outputs for one in takers[name]) - {layer.position}
        if not before and not after:
            before = frozenset(one.position for one in layers[max(0, at - 1) : at])
            after = frozenset(one.position for one in layers[at + 1 : at + 2])
        found[layer.position] = (before, after)
    return found


class _Side:
    """The layers of one side: their neighbours, which of them have no counterpart, and the match of the others."""

    def __init__(self, layers: Sequence[Layer], matched: Sequence[Sequence[Layer]]) -> None:
        self.around = _neighbours(layers)
        self.beside: tuple[dict[int, set[int]], dict[int, set[int]]] = (defaultdict(set), defaultdict(set))
        for position, sides in self.around.items():
            for side, others in enumerate(sides):
                for other in others:
                    self.beside[side][other].add(position)
        self.match = {layer.position: number for number, group in enumerate(matched) for layer in group}
        self.left = {layer.position: layer for layer in layers if layer.position not in self.match}

    def neighbours(self, position: int) -> set[int]:
        """Return all that stands next to a layer, or that it stands next to."""
        return set().union(*self.around[position], *(side.get(position, ()) for side in self.beside))

    def take(self, position: int, number: int) -> None:
        """Note that a layer has a counterpart."""
        del self.left[position]
        self.match[position] = number


def by_structure(old: Sequence[Layer], new: Sequence[Layer], matches: Sequence[Match]) -> list[Match]:
    """Return matches of layers of one type and shape whose neighbours are matched, until no more are found."""
    found: list[Match] = []
    groups = [match.new for match in matches]
    sides = _Side(old, [match.old for match in matches]), _Side(new, groups)
    waiting = set(sides[0].left)
    while waiting:
        scored = [
            (
                -score,
                abs(one.position - other.position),
                one.position + other.position,
                one.position,
                other.position,
            )
            for one in (sides[0].left[position] for position in waiting)
            for other in _candidates(one, sides, groups)
            for score in [_neighbours_shared(one, other, sides)]
            if score >= _NEIGHBOURS
        ]
        waiting = set()
        for score, _, _, mine, yours in sorted(scored):
            if mine not in sides[0].left or yours not in sides[1].left:
                continue
            one, other = sides[0].left[mine], sides[1].left[yours]
            found.append(Match((one,), (other,), "structure", round(0.4 - score / 2, 3)))
            sides[0].take(mine, len(groups))
            sides[1].take(yours, len(groups))
            groups.append((other,))
            waiting |= sides[0].neighbours(
                mine
            )  # what stands beside it may have its counterpart beside the other
        waiting &= set(sides[0].left)
    return found


def _candidates(one: Layer, sides: tuple[_Side, _Side], groups: Sequence[Sequence[Layer]]) -> Iterator[Layer]:
    """Yield the layers without a counterpart next to the counterparts of a layer's neighbours."""
    found: set[int] = set()
    for side, positions in enumerate(sides[0].around[one.position]):
        for number in {sides[0].match[position] for position in positions if position in sides[0].match}:
            for layer in groups[number]:
                found |= sides[1].beside[side].get(layer.position, set())
    for position in sorted(found):
        other = sides[1].left.get(position)
        if other is not None and (other.layer_type, other.shape) == (one.layer_type, one.shape):
            yield other


def _neighbours_shared(one: Layer, other: Layer, sides: tuple[_Side, _Side]) -> float:
    """Return the share of neighbours that are matched with each other."""
    same = total = 0
    for mine, yours in zip(sides[0].around[one.position], sides[1].around[other.position], strict=True):
        left = {sides[0].match[position] for position in mine if position in sides[0].match}
        right = {sides[1].match[position] for position in yours if position in sides[1].match}
        same += len(left & right)
        total += max(len(mine), len(yours))
    return same / total if total else 0.0
