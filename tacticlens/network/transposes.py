"""Transposes that can go: pairs around what does not care for the order of axes, and single ones that can move down.

A region is all that reads the output of a Transpose and works element by element, or on axes that can be renamed; where
two branches meet, both must come from Transposes of the same order. In the region every tensor is turned back, the
Transposes before it and their inverses behind it go, and a Transpose is put where another reader needs the old order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tacticlens.extras import need
from tacticlens.network.edits import (
    Bypass,
    Edit,
    ReadBefore,
    Rewrite,
    SetAttribute,
    SetConstant,
    TransposeBehind,
)
from tacticlens.network.turning import (
    AXIS,
    NARY,
    OWN_DOMAINS,
    REDUCE,
    UNARY,
    ends_order,
    inverse,
    is_constant,
    is_scalar,
    perm_of,
    reduction_can_turn,
    turned,
)

_WORTH_PUSHING = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization"})
"""Behind these an element-wise node is fused, unless a Transpose stands between."""
_MOST_ELEMENTS = 1 << 24
"""Larger tensors are not held against each other place by place."""
_AXIS_BY_ELEMENT = 13
"""Since this opset Softmax works along one axis, before it flattened its input."""


@dataclass
class _Region:
    """A region under construction; keys are ids of objects, since tensors compare by value."""

    perm: tuple[int, ...]
    nodes: dict[int, Any] = field(default_factory=dict)
    tensors: dict[int, Any] = field(default_factory=dict)
    sources: dict[int, Any] = field(default_factory=dict)
    sinks: dict[int, Any] = field(default_factory=dict)


class Transposes:
    """Looks for Transposes that can go from a graph.

    Args:
        graph: an onnx-graphsurgeon graph.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._top = {id(node) for node in graph.nodes}
        self._outputs = {id(tensor) for tensor in graph.outputs}
        self._names = set(graph.tensors())

    def find(self) -> Iterator[Rewrite]:
        """Yield the rewrites that are possible now."""
        starts = [node for node in self._graph.nodes if perm_of(node) is not None]
        for start in starts:
            alone = self._alone(start) or self._around_reshape(start)
            if alone is not None:
                yield alone
        regions = [found for start in starts if (found := self._rewrite(self._region(start))) is not None]
        # what takes most Transposes out goes first: a smaller region would need Transposes where the larger needs none
        yield from (rewrite for _, rewrite in sorted(regions, key=lambda one: -one[0]))

    def _alone(self, node: Any) -> Rewrite | None:
        """A Transpose that changes nothing, or that directly follows another."""
        perm = perm_of(node) or ()
        if perm == tuple(range(len(perm))):
            return Rewrite("cancel_transposes", (node.name,), (node.name,), (Bypass(node.outputs[0].name),))
        before = node.inputs[0].inputs[0] if node.inputs[0].inputs else None
        first = perm_of(before) if before is not None else None
        if before is None or first is None or len(first) != len(perm) or first == inverse(perm):
            return None
        if id(before) not in self._top or len(before.outputs[0].outputs) != 1 or self._is_output(before):
            return None
        both = tuple(first[axis] for axis in perm)
        edits = (SetAttribute(node.outputs[0].name, "perm", list(both)), Bypass(before.outputs[0].name))
        return Rewrite("cancel_transposes", (before.name, node.name), (before.name,), edits)

    def _around_reshape(self, node: Any) -> Rewrite | None:
        """Two Transposes around a Reshape that are together a Reshape: NHWC, pixels in a row, back."""
        perm, reshape = perm_of(node) or (), self._only_reader(node)
        last = self._only_reader(reshape) if reshape is not None and reshape.op == "Reshape" else None
        back = perm_of(last) if last is not None else None
        shapes = [
            _static(one) for one in (node.inputs[0], reshape.outputs[0] if reshape is not None else None)
        ]
        if (
            reshape is None
            or last is None
            or back is None
            or None in shapes
            or not is_constant(reshape.inputs[1])
        ):
            return None
        before, inside = shapes[0] or (), shapes[1] or ()
        np = need("numpy")
        if np.prod(before, dtype=object) > _MOST_ELEMENTS:
            return None
        places = (
            np.arange(int(np.prod(before))).reshape(before).transpose(perm).reshape(inside).transpose(back)
        )
        if not (places.ravel()[:-1] < places.ravel()[1:]).all():
            return None
        name = reshape.outputs[0].name
        edits = (
            SetConstant(name, 1, tuple(places.shape), self._fresh(f"{name}_shape")), Bypass(last.outputs[0].name),
            Bypass(node.outputs[0].name),
        )  # fmt: skip
        gone = (node.name, last.name)
        return Rewrite("cancel_transposes", (node.name, reshape.name, last.name), gone, edits)

    def _only_reader(self, node: Any) -> Any | None:
        """Return the only node that reads the output of another."""
        readers = node.outputs[0].outputs
        single = len(readers) == 1 and id(readers[0]) in self._top and not self._is_output(node)
        return readers[0] if single else None

    def _is_output(self, node: Any) -> bool:
        return any(id(tensor) in self._outputs for tensor in node.outputs)

    def _region(self, start: Any) -> _Region:
        region = _Region(perm_of(start) or ())
        self._add_source(region, start)
        grown = True
        while grown:
            grown = False
            for tensor in list(region.tensors.values()):
                for reader in tensor.outputs:
                    if (
                        id(reader) in region.nodes
                        or id(reader) in region.sinks
                        or id(reader) not in self._top
                    ):
                        continue
                    if perm_of(reader) == inverse(region.perm):
                        region.sinks[id(reader)] = reader
                    elif self._fits(region, reader):
                        region.nodes[id(reader)] = reader
                        grown = True
                        if not ends_order(reader):
                            region.tensors[id(reader.outputs[0])] = reader.outputs[0]
        return region

    def _add_source(self, region: _Region, node: Any) -> None:
        region.sources[id(node)] = node
        region.tensors[id(node.outputs[0])] = node.outputs[0]

    def _fits(self, region: _Region, node: Any) -> bool:
        """Tell whether a node can work on turned tensors; branches that it needs turned come into the region."""
        if node.domain not in OWN_DOMAINS or len(node.outputs) != 1:
            return False
        if node.op in UNARY:
            return all(is_scalar(tensor) for tensor in node.inputs[1:])
        if node.op in REDUCE:
            return reduction_can_turn(node, region.perm)
        if node.op in {"Softmax", "LogSoftmax"} and self._graph.opset < _AXIS_BY_ELEMENT:
            return False
        if node.op not in NARY | AXIS:
            return False
        branches = []
        for tensor in node.inputs:
            if id(tensor) in region.tensors:
                continue
            branch = self._branch(region, tensor)
            if branch is not None:
                branches.append(branch)
            elif node.op in AXIS or not is_constant(tensor) or len(tensor.shape) > len(region.perm):
                return False
        for inner, source in branches:
            self._add_source(region, source)
            for one in inner:
                region.nodes[id(one)] = one
                region.tensors[id(one.outputs[0])] = one.outputs[0]
        return True

    def _branch(self, region: _Region, tensor: Any) -> tuple[list[Any], Any] | None:
        """Return the element-wise nodes between a Transpose of the same order and a tensor, and the Transpose."""
        inner: list[Any] = []
        while tensor.inputs:
            maker = tensor.inputs[0]
            if id(maker) not in self._top or maker.domain not in OWN_DOMAINS:
                return None
            if perm_of(maker) == region.perm:
                return inner, maker
            if maker.op not in UNARY or not all(is_scalar(one) for one in maker.inputs[1:]):
                return None
            inner.append(maker)
            tensor = maker.inputs[0]
        return None

    def _rewrite(self, region: _Region) -> tuple[int, Rewrite] | None:
        """Return how many Transposes a region takes out, and the rewrite; None if it is not worth it."""
        gone = [node for node in region.sources.values() if self._only_inside(region, node)]
        behind = self._needed_behind(region)
        if behind is None:
            return None
        moved = bool(region.nodes) and any(
            _maker_op(node) in _WORTH_PUSHING for node in region.sources.values()
        )
        gain = len(gone) + len(region.sinks) - len(behind)
        if gain < 0 or (gain == 0 and not (moved and len(gone) == len(region.sources))):
            return None
        if gain == 0 and all(node.op in {"Cast", "Identity"} for node in region.nodes.values()):
            return None  # it would only wander
        inner = [node for node in self._graph.nodes if id(node) in region.nodes]
        edits: list[Edit] = [
            edit for node in inner for edit in turned(node, region.perm, region.tensors, self._fresh)
        ]
        edits += self._read_before(region, gone)
        edits += behind
        edits += [Bypass(node.outputs[0].name) for node in self._graph.nodes if id(node) in region.sinks]
        edits += [Bypass(node.outputs[0].name) for node in gone]
        removed = [*gone, *region.sinks.values()]
        about = {*region.nodes, *region.sinks, *region.sources}
        kind = "cancel_transposes" if gain else "push_transpose"
        nodes = tuple(node.name for node in self._graph.nodes if id(node) in about)
        return gain, Rewrite(kind, nodes, tuple(node.name for node in removed), tuple(edits))

    def _only_inside(self, region: _Region, source: Any) -> bool:
        tensor = source.outputs[0]
        inside = all(id(reader) in region.nodes or id(reader) in region.sinks for reader in tensor.outputs)
        return inside and id(tensor) not in self._outputs

    def _needed_behind(self, region: _Region) -> list[Edit] | None:
        """Return a Transpose for each tensor of the region that something outside reads in the old order.

        None if a graph inside a node reads one.
        """
        edits: list[Edit] = []
        for node in region.nodes.values():
            if ends_order(node):
                continue
            tensor = node.outputs[0]
            outside = [r for r in tensor.outputs if id(r) not in region.nodes and id(r) not in region.sinks]
            if any(id(reader) not in self._top for reader in outside):
                return None
            output = id(tensor) in self._outputs
            if outside or output:
                readers = tuple(dict.fromkeys(reader.outputs[0].name for reader in outside))
                edits.append(
                    TransposeBehind(tensor.name, region.perm, readers, output, self._fresh(tensor.name))
                )
        return edits

    def _fresh(self, name: str) -> str:
        """Return a name that no tensor has."""
        names = self._names
        made = f"{name}_turned"
        while made in names:
            made += "_again"
        names.add(made)
        return made

    def _read_before(self, region: _Region, gone: list[Any]) -> list[Edit]:
        """Return how the region reads what stands before those of its Transposes that others need."""
        edits: list[Edit] = []
        for node in region.sources.values():
            if any(node is one for one in gone):
                continue
            readers = [r for r in node.outputs[0].outputs if id(r) in region.nodes or id(r) in region.sinks]
            names = tuple(dict.fromkeys(reader.outputs[0].name for reader in readers))
            edits.append(ReadBefore(node.outputs[0].name, names))
        return edits


def _static(tensor: Any) -> tuple[int, ...] | None:
    """Return the shape of a tensor; None where it is not known in full."""
    shape = tensor.shape if tensor is not None else None
    return (
        tuple(shape) if shape is not None and all(isinstance(dim, int) and dim > 0 for dim in shape) else None
    )


def _maker_op(node: Any) -> str:
    makers = node.inputs[0].inputs
    return str(makers[0].op) if makers else ""
