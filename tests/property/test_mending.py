"""Random graphs keep their meaning: what the rewrites leave computes what was there, and holds no pair any more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip(
    "onnx_graphsurgeon", reason="onnx_graphsurgeon is not installed: pip install 'tacticlens[onnx]'"
)
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'tacticlens[onnx]'")

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tacticlens.network.checking import Judge
from tacticlens.network.mending import mend

PERMS = ([0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2], [0, 1, 2, 3], [3, 2, 1, 0])
UNARY = ("Relu", "Sigmoid", "Neg", "Identity", "Abs")
BINARY = ("Add", "Mul", "Sub", "Max")


class Builder:
    """Grows a graph from drawn choices; all tensors have four axes, shapes are followed on the way."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.shapes: dict[str, tuple[int, ...]] = {"x": (2, 4, 3, 5)}

    def weight(self, values: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def random(self, *shape: int) -> Any:
        return np.random.default_rng(len(self.weights)).standard_normal(shape).astype(np.float32)

    def add(self, op: str, inputs: list[str], shape: tuple[int, ...], **attributes: Any) -> None:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{op}_{name}", **attributes))
        self.shapes[name] = shape

    def tensor(self) -> str:
        names = list(self.shapes)
        return self.draw(st.sampled_from(names[-4:]))  # mostly the newest: deep graphs rather than flat ones

    def grow(self) -> None:
        source = self.tensor()
        shape = self.shapes[source]
        kind = self.draw(st.sampled_from((
            "transpose", "transpose", "transpose", "unary", "constant", "binary", "concat", "softmax", "reduce", "conv",
            "squeeze", "cast", "reshape", "clip",
        )))  # fmt: skip
        getattr(self, kind)(source, shape)

    def transpose(self, source: str, shape: tuple[int, ...]) -> None:
        perm = self.draw(st.sampled_from(PERMS))
        self.add("Transpose", [source], tuple(shape[axis] for axis in perm), perm=perm)

    def unary(self, source: str, shape: tuple[int, ...]) -> None:
        self.add(self.draw(st.sampled_from(UNARY)), [source], shape)

    def clip(self, source: str, shape: tuple[int, ...]) -> None:
        self.add("Clip", [source, "", self.weight(np.float32(1.5))], shape)

    def constant(self, source: str, shape: tuple[int, ...]) -> None:
        form = self.draw(st.sampled_from(("scalar", "last", "one", "whole", "channels")))
        forms = {"scalar": (), "last": shape[-1:], "one": (1,), "whole": shape, "channels": (shape[1], 1, 1)}
        inputs = [source, self.weight(self.random(*forms[form]))]
        self.add(self.draw(st.sampled_from(BINARY)), inputs, shape)

    def binary(self, source: str, shape: tuple[int, ...]) -> None:
        same = [name for name, other in self.shapes.items() if other == shape]
        self.add(self.draw(st.sampled_from(BINARY)), [source, self.draw(st.sampled_from(same))], shape)

    def concat(self, source: str, shape: tuple[int, ...]) -> None:
        same = [name for name, other in self.shapes.items() if other == shape]
        axis = self.draw(st.sampled_from((1, 2, 3, -1)))
        if shape[axis] > 20:
            return
        joined = list(shape)
        joined[axis] *= 2
        self.add("Concat", [source, self.draw(st.sampled_from(same))], tuple(joined), axis=axis)

    def softmax(self, source: str, shape: tuple[int, ...]) -> None:
        self.add("Softmax", [source], shape, axis=self.draw(st.sampled_from((1, -1, 2))))

    def reduce(self, source: str, shape: tuple[int, ...]) -> None:
        axes = self.draw(st.sampled_from(((1,), (2, 3), (-1,))))
        kept = list(shape)
        for axis in axes:
            kept[axis] = 1
        keep = self.draw(st.integers(0, 1))
        if keep:
            self.add("ReduceMean", [source], tuple(kept), axes=list(axes), keepdims=1)
            return
        left = [size for at, size in enumerate(shape) if at not in {axis % 4 for axis in axes}]
        self.add("ReduceMean", [source], tuple(left), axes=list(axes), keepdims=0)
        inner = list(self.shapes)[-1]
        del self.shapes[inner]
        self.add("Unsqueeze", [inner, self.weight(np.array(sorted(axis % 4 for axis in axes)))], tuple(kept))

    def conv(self, source: str, shape: tuple[int, ...]) -> None:
        channels = self.draw(st.sampled_from((3, 4)))
        self.add(
            "Conv",
            [source, self.weight(self.random(channels, shape[1], 1, 1))],
            (shape[0], channels, *shape[2:]),
        )
        if self.draw(st.booleans()):
            inputs = [list(self.shapes)[-1], *(self.weight(abs(self.random(channels))) for _ in range(4))]
            self.add("BatchNormalization", inputs, (shape[0], channels, *shape[2:]))

    def squeeze(self, source: str, shape: tuple[int, ...]) -> None:
        axis = self.draw(st.sampled_from((0, 2, 4)))
        wide = (*shape[:axis], 1, *shape[axis:])
        self.add("Unsqueeze", [source, self.weight(np.array([axis]))], wide)
        inner = list(self.shapes)[-1]
        if self.draw(st.booleans()):
            self.add("Relu", [inner], wide)
        del self.shapes[inner]
        name = f"t{len(self.nodes) - 1}"
        self.shapes.pop(name, None)
        self.add("Squeeze", [name, self.weight(np.array([axis]))], shape)

    def cast(self, source: str, shape: tuple[int, ...]) -> None:
        to = self.draw(st.sampled_from((TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.FLOAT)))
        self.add("Cast", [source], shape, to=to)
        inner = list(self.shapes)[-1]
        del self.shapes[inner]
        self.add("Cast", [inner], shape, to=TensorProto.FLOAT)

    def reshape(self, source: str, shape: tuple[int, ...]) -> None:
        flat = (shape[0], shape[1] * shape[2], shape[3])
        self.add("Reshape", [source, self.weight(np.array(flat))], flat)
        inner = list(self.shapes)[-1]
        del self.shapes[inner]
        if self.draw(st.booleans()):
            self.add("Transpose", [inner], (flat[0], flat[2], flat[1]), perm=[0, 2, 1])
            flat = (flat[0], flat[2], flat[1])
            inner = list(self.shapes)[-1]
            del self.shapes[inner]
        self.add("Reshape", [inner, self.weight(np.array(shape))], shape)

    def model(self) -> Any:
        names = [name for name in self.shapes if name != "x"]
        last = names[-1:] + self.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        outputs = [helper.make_tensor_value_info(name, 1, self.shapes[name]) for name in dict.fromkeys(last)]
        inputs = [helper.make_tensor_value_info("x", 1, self.shapes["x"])]
        graph = helper.make_graph(self.nodes, "random", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


@st.composite
def models(draw: Any) -> Any:
    builder = Builder(draw)
    for _ in range(draw(st.integers(1, 14))):
        builder.grow()
    if not builder.nodes:
        builder.unary("x", builder.shapes["x"])
    return builder.model()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models())
def test_random_graphs_are_never_changed_in_meaning(model: Any) -> None:
    before = model.SerializeToString()
    mended, steps = mend(model)

    assert model.SerializeToString() == before
    assert [(step.rewrite.kind, step.rewrite.nodes, step.refused) for step in steps if step.refused] == []
    Judge(model, {}).difference(mended)
    transposes = [sum(node.op_type == "Transpose" for node in one.graph.node) for one in (model, mended)]
    assert transposes[1] <= transposes[0]
    assert [item.name for item in mended.graph.output] == [item.name for item in model.graph.output]
    assert mend(mended)[1] == []
