"""Engine layers and ONNX nodes, both ways, many to many.

A layer names its nodes in its metadata, or in its own name; a fused region lists all its nodes where it is costed. What
no layer names has a reason that follows from the graph: it is constant, only a shape, unused, or lies between nodes
that are in a layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tacticlens.analysis.work import MATRIX_OPS, Work, work_of
from tacticlens.network.model import Network, Node
from tacticlens.tables.table_set import TableSet

FATES = ("layer", "region", "folded", "removed", "absorbed", "shape", "unused", "no_engine", "unknown")
"""layer: in an engine layer; region: in a fused region, of which no kernel names it; folded: constant, computed when
the engine is built; removed: changes no data; absorbed: part of the layer beside it, as the graph shows; shape:
computes shapes on the host; unused: reaches no output; no_engine: the log has no engine; unknown: none of these."""

_NO_DATA = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"})
_ABSORBED = frozenset({
    "BatchNormalization", "Relu", "Clip", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "LeakyRelu", "Elu", "Gelu",
    "Add", "Mul", "Sub", "Div", "Cast", "Transpose", "Concat", "Slice", "Split", "QuantizeLinear", "DequantizeLinear",
    "Pad", "Expand", "Softmax", "Sqrt", "Pow", "ReduceMean", "Exp", "Erf", "Neg", "Min", "Max", "Gather",
})  # fmt: skip
"""Operators that TensorRT joins with what stands before or behind them."""
_MOVES = frozenset({
    "pointwise", "reformat", "copy", "permute", "transpose/shuffle", "pooling", "reduce", "softmax", "normalization",
    "topk", "gather_slice_concat", "resize", "fill_constant", "cast_quantize", "noop",
})  # fmt: skip
"""Families of layers that compute no matrix product, though they may name its node."""


@dataclass(frozen=True)
class NodeFate:
    """Where a node went.

    Attributes:
        node, op: the node.
        fate: of `FATES`.
        layers: positions of the engine layers that carry it; of the layer beside it if it was absorbed.
        region: name of the fused region that lists it.
        time_ms: what the layers that carry it take; null where not all of them have a time.
        shared: other nodes are in the same layers, so that the time is not its alone.
    """

    node: str
    op: str
    fate: str
    layers: tuple[int, ...]
    region: str | None
    time_ms: float | None
    shared: bool


@dataclass(frozen=True)
class LayerNodes:
    """What an engine layer carries.

    Attributes:
        position, name, kernel, family, gemm, tensor_core, time_ms, time_source: of the table of engine layers.
        nodes: its ONNX nodes that are in the model.
        strange: names in its metadata that the model does not have.
        work: what its nodes compute; None for layers without matrix products, and where several layers may share one.
    """

    position: int
    name: str
    kernel: str | None
    family: str
    gemm: bool
    tensor_core: str
    time_ms: float | None
    time_source: str
    nodes: tuple[str, ...]
    strange: tuple[str, ...]
    work: Work | None


@dataclass(frozen=True)
class OnnxMap:
    """The map of one engine.

    Attributes:
        engine: number of the engine; None if the log has none, or does not number it.
        nodes: one row per node, in the order of the model.
        layers: one row per engine layer, in the order of the engine.
    """

    engine: int | None
    nodes: tuple[NodeFate, ...]
    layers: tuple[LayerNodes, ...]


def node_name(tag: str) -> str:
    """Return the node that a metadata tag names; nodes of inner graphs name their outer ones behind bars."""
    return tag.split(" | ", 1)[0]


def onnx_map(tables: TableSet, network: Network) -> OnnxMap:
    """Map the last engine of a log to the nodes of the model that it was built from, and back."""
    layers = tables.engine_layers
    engines = layers["engine"].unique(maintain_order=True).to_list()
    engine = engines[-1] if engines else None
    rows = layers.filter(pl.col("engine").eq_missing(engine)).rows(named=True) if engines else []
    known = {node.name for node in network.nodes}
    carried: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for node in dict.fromkeys(_names(row, known)):
            carried[node].append(row)
    nodes = _fates(_Graph(network, carried, _regions(tables, known)), has_engine=bool(rows))
    computing = _computing(network, carried)
    return OnnxMap(engine, tuple(nodes), tuple(_layer(row, known, network, computing) for row in rows))


def _computing(network: Network, carried: dict[str, list[dict[str, Any]]]) -> dict[str, list[int]]:
    """Return for each matrix product the positions of the layers that compute it.

    Layers around it, such as the copy that pads its input, name its node as well: they count only where no layer of
    matrix products, and none of unknown family, does.
    """
    found = {}
    for node in network.nodes:
        if node.op in MATRIX_OPS and node.name in carried:
            rows = carried[node.name]
            ranks = [0 if row["gemm"] else 1 if row["family"] not in _MOVES else 2 for row in rows]
            found[node.name] = [
                row["position"] for row, rank in zip(rows, ranks, strict=True) if rank == min(ranks)
            ]
    return found


def _names(row: dict[str, Any], known: set[str]) -> list[str]:
    """Return the nodes of a layer that the model has."""
    tags = [tag if tag in known else node_name(tag) for tag in row["onnx_nodes"]]
    return [tag for tag in tags if tag in known]


def _regions(tables: TableSet, known: set[str]) -> dict[str, str]:
    """Return the fused region that lists a node where it is costed, or where its operations are tuned."""
    regions: dict[str, str] = {}
    for name, tags in tables.layers.select("name", "onnx_nodes").iter_rows():
        if name is not None and "ForeignNode[" in name:
            for tag in tags or ():
                regions.setdefault(tag if tag in known else node_name(tag), name)
    for op, tags in tables.op_tactics.select("op", "onnx_nodes").unique(maintain_order=True).iter_rows():
        for tag in tags or ():
            regions.setdefault(tag if tag in known else node_name(tag), op)
    return regions


class _Graph:
    """The graph with what is asked of it again and again."""

    def __init__(
        self, network: Network, carried: dict[str, list[dict[str, Any]]], regions: dict[str, str]
    ) -> None:
        self.network, self.carried, self.regions = network, carried, regions
        self.makers = {output: node for node in network.nodes for output in node.outputs}
        self.takers: dict[str, list[Node]] = defaultdict(list)
        for node in network.nodes:
            for name in node.inputs:
                self.takers[name].append(node)
        self.used = _used(network, self.makers)
        self.shapes = _shapes_only(network)

    def without_layer(self, node: Node) -> tuple[str, list[dict[str, Any]]]:
        """Return why no layer names a node, and the layers beside it if it went into them."""
        values = self.network.values
        if node.inside is None and node.name not in self.used:
            return "unused", []
        if all(values[out].constant for out in node.outputs if out in values):
            return "folded", []
        if node.name in self.shapes:
            return "shape", []
        if node.op in _NO_DATA:
            return "removed", []
        if node.inside is not None and node.inside in self.carried:
            return "absorbed", self.carried[node.inside]
        beside = self._beside(node) if node.op in _ABSORBED else []
        if node.name in self.regions:
            return "region", beside
        return ("absorbed", beside) if beside else ("unknown", [])

    def _beside(self, node: Node) -> list[dict[str, Any]]:
        """Return the layers of the nearest node before it, else behind it, that is in one."""
        for step in (self._before, self._behind):
            seen, front = {node.name}, [node]
            while front:
                front = [one for one in step(front) if one.name not in seen]
                seen.update(one.name for one in front)
                for one in front:
                    if one.name in self.carried:
                        return self.carried[one.name]
        return []

    def _before(self, front: Sequence[Node]) -> list[Node]:
        return [self.makers[name] for node in front for name in node.inputs if name in self.makers]

    def _behind(self, front: Sequence[Node]) -> list[Node]:
        return [taker for node in front for name in node.outputs for taker in self.takers.get(name, ())]


def _fates(graph: _Graph, *, has_engine: bool) -> list[NodeFate]:
    found = []
    for node in graph.network.nodes:
        rows = graph.carried.get(node.name, [])
        fate, beside = "layer", rows
        if not has_engine:
            fate = "no_engine"
        elif not rows:
            fate, beside = graph.without_layer(node)
        found.append(_fate(node, fate, beside, graph.regions.get(node.name)))
    return found


def _fate(node: Node, fate: str, rows: list[dict[str, Any]], region: str | None) -> NodeFate:
    there = fate == "layer"
    times = [row["time_ms"] for row in rows] if there else []
    return NodeFate(
        node.name, node.op, fate, tuple(row["position"] for row in rows), None if there else region,
        sum(times) if times and None not in times else None,
        there and any({node_name(tag) for tag in row["onnx_nodes"]} > {node.name} for row in rows),
    )  # fmt: skip


def _used(network: Network, makers: dict[str, Node]) -> set[str]:
    """Return the nodes from which an output can be reached."""
    inner: dict[str, list[Node]] = defaultdict(list)
    for node in network.nodes:
        if node.inside is not None:
            inner[node.inside].append(node)
    used: set[str] = set()
    front: list[str] = list(network.outputs)
    while front:
        maker = makers.get(front.pop())
        if maker is None or maker.name in used:
            continue
        used.add(maker.name)
        front += maker.inputs
        for one in inner.get(maker.name, ()):
            used.add(one.name)
            front += one.inputs
    return used


def _shapes_only(network: Network) -> set[str]:
    """Return the nodes that compute shapes: Shape and Size, and what follows only from them and constants."""
    from_shapes: set[str] = set()
    nodes: set[str] = set()
    for node in network.nodes:
        variable = [name for name in node.inputs if name and not _constant(network, name)]
        if node.op in {"Shape", "Size"} or (variable and all(name in from_shapes for name in variable)):
            nodes.add(node.name)
            from_shapes.update(node.outputs)
    return nodes


def _constant(network: Network, name: str) -> bool:
    value = network.values.get(name)
    return value is not None and value.constant


def _layer(
    row: dict[str, Any], known: set[str], network: Network, computing: dict[str, list[int]]
) -> LayerNodes:
    nodes = tuple(dict.fromkeys(_names(row, known)))
    strange = tuple(tag for tag in row["onnx_nodes"] if tag not in known and node_name(tag) not in known)
    return LayerNodes(
        row["position"], row["name"], row["kernel"], row["family"], row["gemm"], row["tensor_core"], row["time_ms"],
        row["time_source"], nodes, strange, work_of(_products(network, nodes, row, computing), row, network),
    )  # fmt: skip


def _products(
    network: Network, names: Iterable[str], row: dict[str, Any], computing: dict[str, list[int]]
) -> list[Node]:
    """Return the matrix products that a layer computes; empty where another layer may compute one of them too."""
    own = {name for name in names if row["position"] in computing.get(name, ())}
    if any(len(computing[name]) > 1 for name in own):
        return []
    return [node for node in network.nodes if node.name in own]
