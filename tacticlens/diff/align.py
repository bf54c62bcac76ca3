"""Which layers of two engines do the same work: by name, by ONNX nodes, by tensors, by their place in the network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tacticlens.diff.model import Layer, Match
from tacticlens.diff.prefix import prefixes
from tacticlens.diff.structure import by_structure

_WIDESPREAD = 4
"""A node in more layers than this, a shared constant for example, says nothing about what belongs together."""
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
    matches += by_structure(old, new, matches)
    return [*matches, *_alone(old, new, matches)]


def anchored(matches: Iterable[Match]) -> bool:
    """Tell whether names or ONNX nodes tie the two engines together, or the tensors of half of the layers.

    Names that the builder made up, as `(Unnamed Layer* 3) [Shuffle]`, are in all networks: they count only where
    there are no others.
    """
    found = list(matches)
    tied = [match for match in found if match.how in {"name", "onnx_nodes"}]
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
    return any(layer.nodes for match in tied for layer in (*match.old, *match.new)) if named else bool(tied)


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
            renamed=match.sure == 1.0,
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
            if layer.shape is not None and layer.outputs and all(map(_is_distinctive, layer.outputs)):
                made = layer.outputs, layer.shape.rpartition(" -> ")[2], layer.family in _MOVING
                makers[side][made].append(layer)
    pairs = [(layers, makers[1].get(made, [])) for made, layers in makers[0].items()]
    return [
        Match((olds[0],), (news[0],), "tensors", _RENAMED)
        for olds, news in pairs
        if len(olds) == len(news) == 1
    ]


def _is_distinctive(name: str) -> bool:
    """Tell whether a tensor has a name of the network's own; numbers shift when a graph is edited."""
    return bool(name) and not name.isdigit() and not name.startswith(_MADE_UP)


def _shared(old: Sequence[Layer], new: Sequence[Layer]) -> float:
    """Return the share of the nodes of both sides that both have."""
    left, right = ({node for layer in side for node in layer.nodes} for side in (old, new))
    return round(len(left & right) / len(left | right), 3)
