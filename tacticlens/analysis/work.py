"""How much a layer computes and moves, from the shapes of its ONNX nodes and of its own tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from tacticlens.grammar.numbers import whole
from tacticlens.network.model import Network, Node

_BYTES = {
    "Float": 4.0, "Half": 2.0, "BFloat16": 2.0, "Int8": 1.0, "UInt8": 1.0, "FP8": 1.0, "Int32": 4.0, "Int64": 8.0,
    "Bool": 1.0, "FP4": 0.5, "Int4": 0.5,
}  # fmt: skip
MATRIX_OPS = frozenset({"Conv", "ConvTranspose", "MatMul", "Gemm"})


@dataclass(frozen=True)
class Work:
    """What a layer does per inference.

    Attributes:
        flops: multiplications and additions of its matrix products; None where a shape is not known.
        bytes: its inputs, outputs and weights, each moved once; None where a shape or type is not known.
        dtype: type of its first input, as the engine prints it.
    """

    flops: int | None
    bytes: int | None
    dtype: str | None


def flops_of(node: Node, network: Network) -> int | None:
    """Return the floating-point operations of a matrix product, two per multiply-add; None if shapes are unknown."""
    sides = [network.values.get(name) for name in (*node.inputs[:2], node.outputs[0])]
    if any(side is None or side.elements() is None for side in sides):
        return None
    first, second, out = ([int(dim or 0) for dim in side.dims or ()] for side in sides if side is not None)
    if node.op == "Conv":
        return 2 * prod(out) * prod(second[1:])
    if node.op == "ConvTranspose":
        return 2 * prod(first) * prod(second[1:])
    if node.op == "Gemm":
        return 2 * prod(out) * first[0 if node.attributes.get("transA") else 1]
    return 2 * prod(out) * first[-1] if len(first) > 1 or len(second) <= 1 else 2 * prod(out) * first[0]


def work_of(nodes: Sequence[Node], row: dict[str, Any], network: Network) -> Work | None:
    """Return what an engine layer with matrix products does; None for other layers.

    Args:
        nodes: its ONNX nodes.
        row: its row of ``engine_layers``.
        network: the graph with the shapes.
    """
    products = [node for node in nodes if node.op in MATRIX_OPS]
    if not products:
        return None
    each = [flops_of(node, network) for node in products]
    dtype = row["inputs"][0]["dtype"] if row["inputs"] else None
    return Work(
        None if None in each else sum(f for f in each if f is not None), _bytes(products, row, network), dtype
    )


def _bytes(products: Sequence[Node], row: dict[str, Any], network: Network) -> int | None:
    total = 0.0
    for tensor in (*row["inputs"], *row["outputs"]):
        size, dims = (
            _BYTES.get(tensor["dtype"] or ""),
            [whole(dim.partition(":")[0]) for dim in tensor["dims"]],
        )
        known = [dim for dim in dims if dim is not None]
        if size is None or len(known) < len(dims):
            return None
        total += size * prod(known)
    if not row["inputs"] or not row["outputs"]:
        return None
    size = _BYTES.get(row["inputs"][0]["dtype"] or "", 4.0)
    for node in products:
        for name in node.inputs[1:]:
            value = network.values.get(name)
            if value is None or not value.constant:
                continue
            elements = value.elements()
            if elements is None:
                return None
            total += size * elements
    return round(total)
