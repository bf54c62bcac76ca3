"""ONNX files -> `Network`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tacticlens.errors import models as refusals
from tacticlens.extras import need
from tacticlens.network.model import Network, Node, Value

_BITS = {
    "FLOAT": 32, "FLOAT16": 16, "BFLOAT16": 16, "DOUBLE": 64, "INT8": 8, "UINT8": 8, "INT16": 16, "UINT16": 16,
    "INT32": 32, "UINT32": 32, "INT64": 64, "UINT64": 64, "BOOL": 8, "FLOAT8E4M3FN": 8, "FLOAT8E5M2": 8,
    "INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4,
}  # fmt: skip
_MOST_NODES = 1_000_000


def load(path: Path) -> Any:
    """Return the model of an ONNX file as protobuf, with weights that are stored beside it.

    Raises:
        UsageError: no such file, or no ONNX model.
    """
    onnx = need("onnx")
    if not path.is_file():
        raise refusals.no_model_file(path)
    try:
        model = onnx.load(path)
    except Exception as error:  # noqa: BLE001  protobuf, the C++ parser and external data raise errors of many kinds
        raise refusals.unreadable_model(path, " ".join(str(error).split())[:120]) from None
    if not model.graph.node:
        raise refusals.no_nodes(path)
    return model


def read_network(path: Path, shapes: Mapping[str, Sequence[int]] | None = None) -> Network:
    """Read an ONNX file.

    Args:
        path: the file.
        shapes: sizes of dynamic inputs; else their dimensions stay unknown.

    Raises:
        UsageError: no such file, no ONNX model, or shapes of inputs that it does not have.
    """
    return network_of(load(path), shapes)


def network_of(model: Any, shapes: Mapping[str, Sequence[int]] | None = None) -> Network:
    """Return a model as plain values; shapes are inferred as far as onnx can."""
    onnx = need("onnx")
    if shapes:
        model = _with_shapes(onnx, model, shapes)
    try:
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # noqa: BLE001  models above 2 GB, operators of plugins: the shapes that are there will do
        inferred = model
    values: dict[str, Value] = {}
    nodes: list[Node] = []
    _walk(onnx, inferred.graph, None, values, nodes)
    constant = {name for name, value in values.items() if value.constant}
    for node in nodes:  # in topological order, as ONNX demands
        if node.inside is None and (
            node.op == "Constant" or (node.inputs and set(node.inputs) <= constant | {""})
        ):
            constant.update(node.outputs)
    for name in constant & values.keys():
        value = values[name]
        values[name] = Value(value.dims, value.dtype, value.bits, constant=True)
    for name in constant - values.keys():
        values[name] = Value(None, None, None, constant=True)
    weights = {tensor.name for tensor in inferred.graph.initializer}
    return Network(
        tuple(nodes), values, tuple(item.name for item in inferred.graph.input if item.name not in weights),
        tuple(item.name for item in inferred.graph.output),
    )  # fmt: skip


def _with_shapes(onnx: Any, model: Any, shapes: Mapping[str, Sequence[int]]) -> Any:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    inputs = {item.name: item for item in copy.graph.input}
    for name, dims in shapes.items():
        if name not in inputs:
            raise refusals.no_such_input(name, list(inputs))
        shape = inputs[name].type.tensor_type.shape
        if len(shape.dim) != len(dims):
            raise refusals.other_rank(name, len(shape.dim), len(dims))
        for dim, size in zip(shape.dim, dims, strict=True):
            dim.Clear()
            dim.dim_value = size
    del copy.graph.value_info[:]  # shapes that were inferred with other inputs
    for item in copy.graph.output:
        item.type.tensor_type.ClearField("shape")
    return copy


def _walk(onnx: Any, graph: Any, inside: str | None, values: dict[str, Value], nodes: list[Node]) -> None:
    for tensor in graph.initializer:
        dtype = onnx.TensorProto.DataType.Name(tensor.data_type)
        values[tensor.name] = Value(tuple(tensor.dims), dtype, _BITS.get(dtype), constant=True)
    for item in (*graph.input, *graph.value_info, *graph.output):
        if item.name not in values:
            values[item.name] = _value(onnx, item)
    for node in graph.node:
        if len(nodes) >= _MOST_NODES:
            raise refusals.too_many_nodes(_MOST_NODES)
        name = node.name or f"node_of_{next(iter(node.output), '')}"
        attributes: dict[str, Any] = {}
        graphs = []
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                graphs.append(attribute.g)
            elif attribute.type in {onnx.AttributeProto.INT, onnx.AttributeProto.INTS, onnx.AttributeProto.FLOAT,
                                    onnx.AttributeProto.STRING}:  # fmt: skip
                attributes[attribute.name] = onnx.helper.get_attribute_value(attribute)
        nodes.append(Node(name, node.op_type, tuple(node.input), tuple(node.output), inside, attributes))
        for inner in graphs:
            _walk(onnx, inner, name, values, nodes)


def _value(onnx: Any, item: Any) -> Value:
    tensor = item.type.tensor_type
    dtype = onnx.TensorProto.DataType.Name(tensor.elem_type)
    if not tensor.HasField("shape"):
        return Value(None, dtype, _BITS.get(dtype))
    dims = tuple(
        dim.dim_value if dim.HasField("dim_value") else (dim.dim_param or None) for dim in tensor.shape.dim
    )
    return Value(dims, dtype, _BITS.get(dtype))
