"""Which layers of two engines do the same work: by name, by ONNX nodes, by tensors, by their place in the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tacticlens.diff.model import Layer, Match
from tacticlens.diff.prefix import prefixes

_WIDESPREAD = 4
"""A node in more layers than this, a shared constant for example, says nothing about what belongs together."""
_ROUNDS = 50
_NEIGHBOURS = 0.5
"""Share of the neighbours that must be matched with each other."""
_MOST_OF = 0.5
"""Share of the smaller side's layers that tensors must tie: many networks end in a tensor of one name and shape."""
_RENAMED = 0.9
"""How sure it is that names are the same that are equal without a prefix, or tensors of one name and shape."""
_MADE_UP = ("(Unnamed Layer", "Reformatted ", "__my", "{ForeignNode")
"""How names of tensors begin that the builder gave."""
_MOVING = ("reformat", "copy", "noop")
"""Families that only hand a tensor on: such a layer and the one that computed the tensor are not the same."""


def align(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Return all layers of both sides, each in exactly one match; what has no counterpart stands alone."""
    matches = _by_name(old, new)
    matches += _by_nodes(_left(old, matches, 0), _left(new, matches, 1))
    if not matches or not anchored([*matches, *_alone(old, new, matches)]):
        matches += _by_prefix(_left(old, matches, 0), _left(new, matches, 1))
    matches += _by_tensors(_left(old, matches, 0), _left(new, matches, 1))
    _by_structure(old, new, matches)
    return [*matches, *_alone(old, new, matches)]


def anchored(matches: Iterable[Match]) -> bool:
    """Tell whether names or ONNX nodes tie the two engines together, or the tensors of half of the layers.

    Names that the builder made up, as `(Unnamed Layer* 3) [Shuffle]`, are in all networks: they count only where
    there are no others.
    """
    found = list(matches)
    told = [match for match in found if match.how in {"name", "onnx_nodes"}]
    sizes = [
        sum(len(side) for side in sides)
        for sides in zip(*((match.old, match.new) for match in found), strict=True)
    ]
    by_tensors = sum(1 for match in found if match.how == "tensors")
    if by_tensors and by_tensors >= _MOST_OF * min(sizes):
        return True
    named = any(layer.nodes for match in found for layer in match.old) and any(
        layer.nodes for match in found for layer in match.new
    )
    return any(layer.nodes for match in told for layer in (*match.old, *match.new)) if named else bool(told)


def _left(layers: Sequence[Layer], matches: Sequence[Match], side: int) -> list[Layer]:
    done = {layer.position for match in matches for layer in (match.old, match.new)[side]}
    return [layer for layer in layers if layer.position not in done]


def _alone(old: Sequence[Layer], new: Sequence[Layer], matches: Sequence[Match]) -> list[Match]:
    """Return what has no counterpart."""
    return [
        *(Match((layer,), (), "none", 1.0) for layer in _left(old, matches, 0)),
        *(Match((), (layer,), "none", 1.0) for layer in _left(new, matches, 1)),
    ]


def _by_name(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Match equal names; of a name that stands several times, the first with the first."""
    waiting: dict[str, list[Layer]] = defaultdict(list)
    for layer in new:
        waiting[layer.name].append(layer)
    return [
        Match((layer,), (waiting[layer.name].pop(0),), "name", 1.0)
        for layer in old
        if layer.name and waiting[layer.name]
    ]


def _by_nodes(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Match layers that share ONNX nodes; a fusion that split or merged has several on a side."""
    holders: tuple[dict[str, list[Layer]], dict[str, list[Layer]]] = (defaultdict(list), defaultdict(list))
    for side, layers in enumerate((old, new)):
        for layer in layers:
            for node in layer.nodes:
                holders[side][node].append(layer)
    keys = [(side, layer.position) for side, layers in enumerate((old, new)) for layer in layers]
    parent = {key: key for key in keys}

    def root(key: tuple[int, int]) -> tuple[int, int]:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for node, olds in holders[0].items():
        news = holders[1].get(node, [])
        if not news or max(len(olds), len(news)) > _WIDESPREAD:
            continue
        first = root((0, olds[0].position))
        for key in [*((0, layer.position) for layer in olds), *((1, layer.position) for layer in news)]:
            parent[root(key)] = first
    groups: dict[tuple[int, int], tuple[list[Layer], list[Layer]]] = defaultdict(lambda: ([], []))
    for side, layers in enumerate((old, new)):
        for layer in layers:
            groups[root((side, layer.position))][side].append(layer)
    return [
        Match(tuple(olds), tuple(news), "onnx_nodes", _shared(olds, news))
        for olds, news in groups.values()
        if olds and news
    ]


def _by_prefix(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Match layers whose nodes, or names, are equal without what stands before all of them on each side."""
    found = prefixes(old, new)
    if found is None:
        return []
    plain = [[_bare(layer, prefix) for layer in side] for side, prefix in zip((old, new), found, strict=True)]
    known = [{layer.position: layer for layer in side} for side in (old, new)]
    matches = _by_nodes(*plain)
    rest = _by_name(*(_left(side, matches, number) for number, side in enumerate(plain)))
    return [
        Match(
            tuple(known[0][layer.position] for layer in match.old),
            tuple(known[1][layer.position] for layer in match.new),
            match.how,
            round(match.sure * _RENAMED, 3),
        )
        for match in (*matches, *rest)
    ]


def _bare(layer: Layer, prefix: str) -> Layer:
    """Return a layer without a prefix; in its name the prefix stands before each node."""
    if not prefix:
        return layer
    nodes = tuple(node.removeprefix(prefix) for node in layer.nodes)
    return replace(layer, name=layer.name.replace(prefix, ""), nodes=nodes)


def _by_tensors(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Match renamed layers that make tensors of one name and shape, which no other layer makes."""
    makers: list[dict[tuple[object, ...], list[Layer]]] = [defaultdict(list), defaultdict(list)]
    for side, layers in enumerate((old, new)):
        for layer in layers:
            if layer.shape is not None and layer.outputs and all(map(_is_told, layer.outputs)):
                made = layer.outputs, layer.shape.rpartition(" -> ")[2], layer.family in _MOVING
                makers[side][made].append(layer)
    pairs = [(layers, makers[1].get(made, [])) for made, layers in makers[0].items()]
    return [
        Match((olds[0],), (news[0],), "tensors", _RENAMED)
        for olds, news in pairs
        if len(olds) == len(news) == 1
    ]


def _is_told(name: str) -> bool:
    """Tell whether a tensor has a name of the network's own; numbers shift when a graph is edited."""
    return bool(name) and not name.isdigit() and not name.startswith(_MADE_UP)


def _shared(old: Sequence[Layer], new: Sequence[Layer]) -> float:
    """Return the share of the nodes of both sides that both have."""
    left, right = ({node for layer in side for node in layer.nodes} for side in (old, new))
    return round(len(left & right) / len(left | right), 3)


def _by_structure(old: Sequence[Layer], new: Sequence[Layer], matches: list[Match]) -> None:
    """Match layers of one type and shape whose neighbours are matched, until no more are found."""
    around = (_neighbours(old), _neighbours(new))
    group: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for number, match in enumerate(matches):
        for side, layers in enumerate((match.old, match.new)):
            group[side].update({layer.position: number for layer in layers})
    for _ in range(_ROUNDS):
        scored = []
        alike: dict[tuple[str | None, str | None], list[Layer]] = defaultdict(list)
        for layer in _left(new, matches, 1):
            alike[layer.layer_type, layer.shape].append(layer)
        for one in _left(old, matches, 0):
            for other in alike[one.layer_type, one.shape]:
                score = _neighbours_shared(one, other, around, group)
                if score >= _NEIGHBOURS:
                    places = abs(one.position - other.position), one.position + other.position
                    scored.append((-score, *places, one, other))
        taken: tuple[set[int], set[int]] = (set(), set())
        for score, _, _, one, other in sorted(scored, key=lambda entry: entry[:3]):
            if one.position in taken[0] or other.position in taken[1]:
                continue
            taken[0].add(one.position)
            taken[1].add(other.position)
            group[0][one.position] = group[1][other.position] = len(matches)
            matches.append(Match((one,), (other,), "structure", round(0.4 - score / 2, 3)))
        if not taken[0]:
            return


Neighbours = dict[int, tuple[frozenset[int], frozenset[int]]]
"""Positions of the layers before and after a layer."""


def _neighbours(layers: Sequence[Layer]) -> Neighbours:
    """Return the neighbours through tensors; where tensors tell none, those that stand before and after it."""
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


def _neighbours_shared(
    one: Layer,
    other: Layer,
    around: tuple[Neighbours, Neighbours],
    group: tuple[dict[int, int], dict[int, int]],
) -> float:
    """Return the share of neighbours that are matched with each other."""
    same = total = 0
    for mine, yours in zip(around[0][one.position], around[1][other.position], strict=True):
        left = {group[0].get(position, -1) for position in mine} - {-1}
        right = {group[1].get(position, -1) for position in yours} - {-1}
        same += len(left & right)
        total += max(len(mine), len(yours))
    return same / total if total else 0.0
