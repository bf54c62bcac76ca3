"""An ONNX graph as plain values: what a map from engine layers to nodes needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """A tensor of the graph.

    Attributes:
        dims: numbers where they are known, else the name of the dimension, or None.
        bits: size of one element; None for texts and unknown types.
        constant: an initializer, or made of constants only.
    """

    dims: tuple[int | str | None, ...] | None
    dtype: str | None
    bits: int | None
    constant: bool = False

    def elements(self) -> int | None:
        """Return how many elements it has; None where a dimension is not known."""
        if self.dims is None:
            return None
        product = 1
        for dim in self.dims:
            if not isinstance(dim, int):
                return None
            product *= dim
        return product


@dataclass(frozen=True)
class Node:
    """A node of the graph or of a graph inside it.

    Attributes:
        name: as TensorRT names it; a node without a name is ``node_of_`` its first output.
        inside: name of the If, Loop or Scan that holds it; None at the top.
        attributes: numbers, texts and lists of them.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    inside: str | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """A graph.

    Attributes:
        nodes: in the order of the file.
        values: tensors by name, with inferred shapes.
        inputs: names of the inputs, without initializers.
        outputs: names of the outputs.
    """

    nodes: tuple[Node, ...]
    values: Mapping[str, Value]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def between_nodes(network: Network, ends: Sequence[str]) -> list[str]:
    """Return the nodes on the ways from the first to the last of two nodes, without these, in the order of the file."""
    if len(ends) != 2:
        return []
    behind, before = {ends[0]}, {ends[1]}
    made = {name: node.name for node in network.nodes for name in node.outputs}
    for node in network.nodes:  # in topological order, as ONNX demands
        if any(made.get(name) in behind for name in node.inputs):
            behind.add(node.name)
    for node in reversed(network.nodes):
        if node.name in before:
            before.update(made[name] for name in node.inputs if name in made)
    return [node.name for node in network.nodes if node.name in behind & before and node.name not in ends]
