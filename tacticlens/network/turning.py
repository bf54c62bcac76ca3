"""Which operators can work on tensors of another order of axes, and what they need for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from tacticlens.network.edits import Edit, ReplaceConstant, SetAttribute, SetConstant

UNARY = frozenset({
    "QuantizeLinear", "DequantizeLinear",
    "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "Selu", "Celu", "HardSigmoid", "HardSwish", "Softplus", "Softsign",
    "Gelu", "Mish", "ThresholdedRelu", "Exp", "Log", "Sqrt", "Neg", "Abs", "Erf", "Ceil", "Floor", "Round",
    "Reciprocal", "Sign", "Not", "Cast", "Identity", "Sin", "Cos", "Clip",
})  # fmt: skip
NARY = frozenset({
    "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "Where", "PRelu", "Equal", "Greater", "Less",
    "GreaterOrEqual", "LessOrEqual", "And", "Or", "Xor",
})  # fmt: skip
AXIS = frozenset({"Concat", "Softmax", "LogSoftmax"})
REDUCE = frozenset(
    {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"}
)
OWN_DOMAINS = frozenset({None, "", "ai.onnx"})
"""Domains of the operators of ONNX itself."""


def perm_of(node: Any) -> tuple[int, ...] | None:
    """Return the order of a Transpose; None if it is no Transpose or does not state it."""
    perm = node.attrs.get("perm") if node.op == "Transpose" and node.domain in {None, ""} else None
    return tuple(int(axis) for axis in perm) if perm else None


def inverse(perm: tuple[int, ...]) -> tuple[int, ...]:
    """Return the order that undoes another."""
    return tuple(perm.index(axis) for axis in range(len(perm)))


def ends_order(node: Any) -> bool:
    """Tell whether the result of a node has no axes to turn any more."""
    return node.op in REDUCE and node.attrs.get("keepdims", 1) != 1


def axes_of(node: Any) -> list[int] | None:
    """Return the axes of a reduction; None if they are no constants, or not stated."""
    axes = node.attrs.get("axes")
    if axes is None and len(node.inputs) > 1 and is_constant(node.inputs[1]):
        axes = node.inputs[1].values.tolist()
    return [int(axis) for axis in axes] if axes else None


def reduction_can_turn(node: Any, perm: tuple[int, ...]) -> bool:
    """Tell whether a reduction gives the same on a tensor whose axes stand in another order."""
    axes = axes_of(node)
    if axes is None or not ends_order(node):
        return axes is not None
    # the axes that are left must stand in the same order before the Transpose
    rank = len(perm)
    left = [axis for at, axis in enumerate(perm) if at not in {one % rank for one in axes}]
    return left == sorted(left)


def turned(
    node: Any, perm: tuple[int, ...], inside: Collection[int], fresh: Callable[[str], str]
) -> list[Edit]:
    """Return the edits that let a node work on turned tensors.

    Args:
        node: the node.
        perm: order of the Transpose that goes.
        inside: ids of the tensors that are turned.
        fresh: gives a name that no tensor has.
    """
    name = node.outputs[0].name
    rank = len(perm)
    if node.op in AXIS:
        axis = node.attrs.get("axis", -1)
        return [SetAttribute(name, "axis", perm[axis % rank])]
    if node.op in REDUCE:
        axes = tuple(perm[axis % rank] for axis in axes_of(node) or ())
        return [
            SetAttribute(name, "axes", list(axes))
            if "axes" in node.attrs
            else SetConstant(name, 1, axes, fresh(f"{name}_axes"))
        ]
    if node.op in NARY:
        return [
            ReplaceConstant(name, at, inverse(perm), fresh(f"{name}_{at}"))
            for at, tensor in enumerate(node.inputs)
            if id(tensor) not in inside and not is_scalar(tensor)
        ]
    return []


def is_constant(tensor: Any) -> bool:
    """Tell whether a tensor is a constant."""
    return type(tensor).__name__ == "Constant"


def is_scalar(tensor: Any) -> bool:
    """Tell whether an input is a constant of one element, or left out."""
    if tensor.is_empty():
        return True
    return is_constant(tensor) and len(tensor.shape) <= 1 and tensor.values.size == 1
