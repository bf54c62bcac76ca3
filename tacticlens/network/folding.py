"""Nodes that can go: a batch normalization behind a convolution, reshapes and casts that undo each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tacticlens.extras import need
from tacticlens.network.edits import Bypass, Rewrite
from tacticlens.network.turning import UNARY

_WIDER = {
    "float16": {"float32", "float64"}, "bfloat16": {"float32", "float64"}, "float32": {"float64"},
    "int8": {"int16", "int32", "int64", "float16", "float32", "float64"},
    "int16": {"int32", "int64", "float32", "float64"},
    "uint8": {"uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"},
    "int32": {"int64", "float64"}, "bool": {"int8", "uint8", "int32", "int64", "float16", "float32", "float64"},
}  # fmt: skip
"""Type -> types that hold all its values."""


@dataclass(frozen=True)
class FoldBatchNorm:
    """Put the scale and shift of a BatchNormalization into the weights of the convolution before it."""

    conv: str
    norm: str
    name: str

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        gs, np = need("onnx_graphsurgeon"), need("numpy")
        conv, norm = made[self.conv], made[self.norm]
        weight = conv.inputs[1].values
        scale, shift, mean, variance = (tensor.values.astype(np.float64) for tensor in norm.inputs[1:5])
        factor = scale / np.sqrt(variance + norm.attrs.get("epsilon", 1e-5))
        bias = conv.inputs[2].values.astype(np.float64) if len(conv.inputs) > 2 else np.zeros(len(factor))
        turned = weight.astype(np.float64) * factor.reshape(-1, *[1] * (weight.ndim - 1))
        values = (turned.astype(weight.dtype), ((bias - mean) * factor + shift).astype(weight.dtype))
        conv.inputs = [conv.inputs[0], *(
            gs.Constant(f"{self.name}_{part}", value) for part, value in zip(("weight", "bias"), values, strict=True)
        )]  # fmt: skip
        Bypass(self.norm).apply(graph, made)

    def code(self) -> str:
        """Return the lines."""
        return (
            f"conv, norm = made[{self.conv!r}], made[{self.norm!r}]\n"
            "weight = conv.inputs[1].values\n"
            "scale, shift, mean, variance = (tensor.values.astype(np.float64) for tensor in norm.inputs[1:5])\n"
            "factor = scale / np.sqrt(variance + norm.attrs.get('epsilon', 1e-5))\n"
            "bias = conv.inputs[2].values.astype(np.float64) if len(conv.inputs) > 2 else np.zeros(len(factor))\n"
            "turned = (weight.astype(np.float64) * factor.reshape(-1, *[1] * (weight.ndim - 1))).astype(weight.dtype)\n"
            "shifted = ((bias - mean) * factor + shift).astype(weight.dtype)\n"
            f"conv.inputs = [conv.inputs[0], gs.Constant({self.name + '_weight'!r}, turned), "
            f"gs.Constant({self.name + '_bias'!r}, shifted)]\n"
            "bypass(norm)"
        )


class Folding:
    """Looks for nodes that can be folded or dropped.

    Args:
        graph: an onnx-graphsurgeon graph with shapes and types.
    """

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._top = {id(node) for node in graph.nodes}
        self._outputs = {id(tensor) for tensor in graph.outputs}

    def find(self) -> Iterator[Rewrite]:
        """Yield the rewrites that are possible now."""
        for node in self._graph.nodes:
            found = self._norm(node) or self._reshape(node) or self._squeeze(node) or self._cast(node)
            if found is not None:
                yield found

    def _before(self, node: Any) -> Any | None:
        """Return the node before another, if nothing else reads what it makes."""
        tensor = node.inputs[0] if node.inputs else None
        if tensor is None or not tensor.inputs or id(tensor) in self._outputs:
            return None
        maker = tensor.inputs[0]
        return (
            maker if id(maker) in self._top and len(tensor.outputs) == 1 and len(maker.outputs) == 1 else None
        )

    def _norm(self, node: Any) -> Rewrite | None:
        conv = self._before(node) if node.op == "BatchNormalization" else None
        if conv is None or conv.op != "Conv" or len([t for t in node.outputs if not t.is_empty()]) != 1:
            return None
        constants = [*conv.inputs[1:], *node.inputs[1:]]
        if node.attrs.get("training_mode") or not all(
            type(tensor).__name__ == "Constant" for tensor in constants
        ):
            return None
        name = conv.outputs[0].name
        edit = FoldBatchNorm(name, node.outputs[0].name, f"{name}_folded")
        return Rewrite("fold_batch_norm", (conv.name, node.name), (node.name,), (edit,))

    def _reshape(self, node: Any) -> Rewrite | None:
        if node.op not in {"Reshape", "Flatten", "Identity", "Expand"} or len(node.outputs) != 1:
            return None
        shapes = [tensor.shape for tensor in (node.inputs[0], node.outputs[0])]
        same = (
            None not in shapes
            and list(shapes[0]) == list(shapes[1])
            and all(isinstance(d, int) for d in shapes[0])
        )
        between = id(node.outputs[0]) in self._outputs and (
            not node.inputs[0].inputs or id(node.inputs[0]) in self._outputs
        )
        if between or not (same or node.op == "Identity") or type(node.inputs[0]).__name__ == "Constant":
            return None
        return Rewrite("drop_reshapes", (node.name,), (node.name,), (Bypass(node.outputs[0].name),))

    def _squeeze(self, node: Any) -> Rewrite | None:
        """Squeeze and Unsqueeze of the same axes, also with element-wise nodes between."""
        other = {"Squeeze": "Unsqueeze", "Unsqueeze": "Squeeze"}.get(node.op)
        if other is None:
            return None
        axes, before = self._axes(node), self._before(node)
        while before is not None and before.op in UNARY and len(before.inputs) == 1:
            before = self._before(before)
        if before is None or before.op != other or axes is None or axes != self._axes(before):
            return None
        edits = (Bypass(node.outputs[0].name), Bypass(before.outputs[0].name))
        return Rewrite("drop_reshapes", (before.name, node.name), (before.name, node.name), edits)

    def _axes(self, node: Any) -> list[int] | None:
        """Return the axes, counted from the front in the larger shape; None if they are not known."""
        axes = node.attrs.get("axes")
        if axes is None and len(node.inputs) > 1 and type(node.inputs[1]).__name__ == "Constant":
            axes = node.inputs[1].values.tolist()
        larger = node.inputs[0] if node.op == "Squeeze" else node.outputs[0]
        if axes is None or (larger.shape is None and any(axis < 0 for axis in axes)):
            return None
        return sorted(int(axis) % len(larger.shape) if axis < 0 else int(axis) for axis in axes)

    def _cast(self, node: Any) -> Rewrite | None:
        """A Cast to a type that holds all values and back, or to the type that a tensor has anyway."""
        if node.op != "Cast":
            return None
        source, result = _type(node.inputs[0]), _type(node.outputs[0])
        output = id(node.outputs[0]) in self._outputs
        if source is not None and source == result and not (output and not node.inputs[0].inputs):
            return Rewrite("drop_casts", (node.name,), (node.name,), (Bypass(node.outputs[0].name),))
        before = self._before(node)
        if before is None or before.op != "Cast" or source is None or result is None:
            return None
        first = _type(before.inputs[0])
        if (
            first != result
            or source not in _WIDER.get(result, ())
            or (output and not before.inputs[0].inputs)
        ):
            return None
        edits = (Bypass(node.outputs[0].name), Bypass(before.outputs[0].name))
        return Rewrite("drop_casts", (before.name, node.name), (before.name, node.name), edits)


def _type(tensor: Any) -> str | None:
    """Return the name of a tensor's type; None if it is not known."""
    dtype = tensor.dtype
    if dtype is None:
        return None
    if isinstance(dtype, int):  # gs has numbers of ONNX for types that numpy lacks
        return str(need("onnx").TensorProto.DataType.Name(dtype)).lower()
    return str(need("numpy").dtype(dtype).name)
