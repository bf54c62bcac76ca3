"""Propagation: the formats that one layer can have limit those of its neighbours.

A tensor between two layers has one format; where formats differ the builder inserts a reformat with a tensor
of its own. So a format that one end cannot have is excluded at the other end too. Each combination and each
format of a tensor is excluded at most once.

Contradicting evidence decides nothing: in a region of undecided layers where a layer would lose its last
combination, only the lines of each layer itself count.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.tables.choice.model import (
    Exclusion,
    Fixed,
    FormatKey,
    Node,
    RequestedLayout,
    TensorKey,
    format_key,
)
from tacticlens.tables.choice.printed import (
    extent,
    fits_layout,
    fits_printed,
    prints_widths,
    requested_layout,
    whole_dims,
)

View = tuple[int, int]
"""Number of a layer, and of a tensor among its inputs and outputs."""


def solve(
    nodes: Sequence[Node],
    fixed: Mapping[TensorKey, Fixed],
    network: Mapping[TensorKey, RequestedLayout],
) -> None:
    """Exclude the combinations that cannot be the engine's, in place.

    Args:
        nodes: all layers of the engines, also those without combinations, for their tensors.
        fixed: formats of tensors that added reformats prove.
        network: layouts requested for network inputs and outputs.
    """
    _by_own_lines(nodes)
    views = _views(nodes)
    _by_extent(nodes, views)
    for key, there in views.items():
        if key in fixed:
            _by_fixed(nodes, there, key[2], fixed[key])
        if key in network:
            _by_network(nodes, there, key[2], network[key])
    _by_neighbours(nodes, _comparable(nodes, views))


def _by_own_lines(nodes: Sequence[Node]) -> None:
    """Exclude what contradicts the engine's line of the layer itself."""
    tensors: dict[tuple[int | None, int | None], bool] = {}
    for node in nodes:
        engine = node.engine, node.build
        tensors[engine] = tensors.get(engine, False) or prints_widths(node.tensors)
    for node in nodes:
        if not node.comparable:
            continue
        widths = tensors[node.engine, node.build]
        for option in node.left:
            for tensor, printed in zip(node.tensors, node.formats(option), strict=True):
                if not fits_printed(tensor, printed, widths=widths):
                    node.out[option] = Exclusion("printed", tensor.name, node.line)
                    break


def _views(nodes: Sequence[Node]) -> dict[TensorKey, list[View]]:
    views: dict[TensorKey, list[View]] = {}
    for number, node in enumerate(nodes):
        for at, tensor in enumerate(node.tensors):
            views.setdefault(node.key(tensor), []).append((number, at))
    return views


def _comparable(nodes: Sequence[Node], views: Mapping[TensorKey, list[View]]) -> dict[TensorKey, list[View]]:
    """Return the views of layers whose combinations can be compared, of tensors that two of them share."""
    able = [node.comparable and bool(node.left) for node in nodes]
    kept = ((key, [view for view in there if able[view[0]]]) for key, there in views.items())
    return {key: there for key, there in kept if len(there) > 1}


def _tensor(nodes: Sequence[Node], view: View) -> EngineTensor:
    node, at = nodes[view[0]], view[1]  # not `node.tensors`: a layer may have thousands of them
    return node.inputs[at] if at < len(node.inputs) else node.outputs[at - len(node.inputs)]


def _drop(node: Node, allowed: Iterable[int], out: Exclusion) -> None:
    """Exclude the options that are not allowed; evidence that would exclude all of them is ignored."""
    left, kept = node.left, set(allowed)
    if kept and len(kept) < len(left):
        for option in left:
            if option not in kept:
                node.out[option] = out


def _by_extent(nodes: Sequence[Node], views: Mapping[TensorKey, list[View]]) -> None:
    """Exclude formats of parts that are not laid out in the whole tensor, as eliminated concatenations leave them."""
    for there in views.values():
        tensors = [_tensor(nodes, view) for view in there]
        if len({tensor.dims for tensor in tensors}) < 2:
            continue
        whole = whole_dims(tensors)
        if whole is None:
            continue
        largest = next(
            (view for view, tensor in zip(there, tensors, strict=True) if _sizes(tensor) == whole), None
        )
        if largest is None:
            continue
        for (number, at), tensor in zip(there, tensors, strict=True):
            node = nodes[number]
            if not node.comparable or _sizes(tensor) == whole:
                continue
            dense = [option for option in node.left if extent(whole, node.formats(option)[at]) is not False]
            _drop(node, dense, Exclusion("strided", tensor.name, nodes[largest[0]].line))


def _sizes(tensor: EngineTensor) -> tuple[int, ...]:
    return tuple(int(dim.partition(":")[0]) for dim in tensor.dims)


def _by_fixed(nodes: Sequence[Node], there: Iterable[View], name: str, fixed: Fixed) -> None:
    for number, at in there:
        node = nodes[number]
        if node.comparable:
            same = [o for o in node.left if format_key(node.formats(o)[at]) == fixed.format]
            _drop(node, same, Exclusion("reformat", name, fixed.line))


def _by_network(nodes: Sequence[Node], there: Iterable[View], name: str, requested: RequestedLayout) -> None:
    wanted = requested_layout(requested.layout)
    for number, at in there:
        node = nodes[number]
        if node.comparable:
            same = [o for o in node.left if fits_layout(wanted, node.formats(o)[at])]
            _drop(node, same, Exclusion("network", name, requested.line))


def _by_neighbours(nodes: Sequence[Node], views: Mapping[TensorKey, list[View]]) -> None:
    """Propagate; regions with a contradiction are reset and left out of a second pass."""
    before = {number: list(node.out) for number, node in enumerate(nodes) if len(node.left) > 1}
    regions = _regions(nodes, views)
    broken = _propagate(nodes, views, regions)
    if broken:
        for number, out in before.items():
            nodes[number].out = list(out)
        whole = {
            key: there for key, there in views.items()
            if not any(regions.get(number) in broken for number, _ in there)
        }  # fmt: skip
        _propagate(nodes, whole, regions)


def _regions(nodes: Sequence[Node], views: Mapping[TensorKey, list[View]]) -> dict[int, int]:
    """Return the region of each undecided layer: undecided layers connected by tensors."""
    root: dict[int, int] = {}

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for there in views.values():
        undecided = [number for number, _ in there if len(nodes[number].left) > 1]
        for number in undecided:
            root.setdefault(number, number)
            root[find(number)] = find(undecided[0])
    return {number: find(number) for number in root}


class _Tensors:
    """Which formats each layer still has for each tensor."""

    def __init__(self, nodes: Sequence[Node], views: Mapping[TensorKey, list[View]]) -> None:
        self.views = views
        self.keys: dict[View, list[FormatKey]] = {}
        self.count: dict[View, Counter[FormatKey]] = {}
        self.at: dict[int, list[tuple[int, TensorKey]]] = {}
        for key, there in views.items():
            for view in there:
                node = nodes[view[0]]
                formats = [format_key(node.formats(option)[view[1]]) for option in range(len(node.options))]
                self.keys[view] = formats
                self.count[view] = Counter(formats[option] for option in node.left)
                self.at.setdefault(view[0], []).append((view[1], key))

    def missing(self) -> Iterator[tuple[TensorKey, FormatKey, View]]:
        """Yield (tensor, format, view) for formats that one end of a tensor has and this view of it lacks."""
        for key, there in self.views.items():
            every = {format_: None for view in there for format_ in self.count[view]}
            for format_ in every:
                absent = next((view for view in there if not self.count[view][format_]), None)
                if absent is not None:
                    yield key, format_, absent


def _propagate(
    nodes: Sequence[Node], views: Mapping[TensorKey, list[View]], regions: Mapping[int, int]
) -> set[int]:
    """Exclude formats that a neighbour lacks; return the regions in which a layer would lose its last combination."""
    tensors = _Tensors(nodes, views)
    waiting = deque(tensors.missing())
    gone = {(key, format_) for key, format_, _ in waiting}
    broken: set[int] = set()
    while waiting:
        key, format_, absent = waiting.popleft()
        for view in views[key]:
            number, node = view[0], nodes[view[0]]
            if view == absent or not tensors.count[view][format_] or number not in regions:
                continue
            if tensors.count[view][format_] == tensors.count[view].total():
                broken.add(regions[number])
                continue
            why = Exclusion("neighbour", key[2], nodes[absent[0]].line)
            hit = [option for option in node.left if tensors.keys[view][option] == format_]
            for option in hit:
                node.out[option] = why
                for at, other in tensors.at[number]:
                    lost = tensors.keys[number, at][option]
                    tensors.count[number, at][lost] -= 1
                    if not tensors.count[number, at][lost] and (other, lost) not in gone:
                        gone.add((other, lost))
                        waiting.append((other, lost, (number, at)))
    return broken
