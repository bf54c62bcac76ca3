"""Small networks like public architectures as exporters of TensorFlow write them: NHWC tensors around NCHW convs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

TO_NHWC, TO_NCHW = [0, 2, 3, 1], [0, 3, 1, 2]


class Exported:
    """A graph in which every convolution stands between Transposes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._random = np.random.default_rng(7)

    def weight(self, *shape: int, positive: bool = False) -> str:
        values = 0.3 * self._random.standard_normal(shape).astype(np.float32)
        return self.constant(abs(values) + 0.5 if positive else values)

    def constant(self, values: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, op: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def conv(self, x: str, channels_in: int, channels: int, *, group: int = 1, norm: bool = True) -> str:
        x = self.node("Transpose", [x], perm=TO_NCHW)
        x = self.node(
            "Conv", [x, self.weight(channels, channels_in // group, 3, 3)], pads=[1] * 4, group=group
        )
        if norm:
            parts = [self.weight(channels), self.weight(channels), self.weight(channels)]
            x = self.node("BatchNormalization", [x, *parts, self.weight(channels, positive=True)])
        return self.node("Transpose", [x], perm=TO_NHWC)

    def model(self, output: str, shape: list[int]) -> Any:
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "lookalike",
            [value("image", 1, [1, 16, 16, 3])],
            [value(output, 1, shape)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def residual() -> Any:
    """ResNet: two convolutions and a sum, three times."""
    g = Exported()
    x = g.node("Relu", [g.conv("image", 3, 8)])
    for _ in range(3):
        y = g.node("Relu", [g.conv(x, 8, 8)])
        y = g.conv(y, 8, 8)
        x = g.node("Relu", [g.node("Add", [x, y])])
    x = g.node("ReduceMean", [x], axes=[1, 2], keepdims=1)
    return g.model(x, [1, 1, 1, 8])


def mobile() -> Any:
    """MobileNet: depthwise convolutions, a clip with constants, a channel-wise scale."""
    g = Exported()
    limits = [g.constant(np.float32(0)), g.constant(np.float32(6))]
    x = g.node("Clip", [g.conv("image", 3, 8), *limits])
    for _ in range(3):
        x = g.node("Clip", [g.conv(x, 8, 8, group=8), *limits])
        x = g.node("Mul", [g.conv(x, 8, 8), g.weight(8)])
    return g.model(x, [1, 16, 16, 8])


def pyramid() -> Any:
    """YOLO: swish, branches that are joined along the channels, a split of pixels at the end."""
    g = Exported()
    x = g.conv("image", 3, 8)
    for _ in range(2):
        x = g.node("Mul", [x, g.node("Sigmoid", [x])])
        left, right = g.conv(x, 8, 4), g.conv(x, 8, 4)
        x = g.node("Concat", [g.node("Relu", [left]), right], axis=3)
    x = g.conv(x, 8, 6, norm=False)
    x = g.node("Reshape", [x, g.constant(np.array([1, 256, 6]))])
    x = g.node("Transpose", [x], perm=[0, 2, 1])
    return g.model(x, [1, 6, 256])


LOOKALIKES: dict[str, tuple[Callable[[], Any], int]] = {
    "residual": (residual, 2),
    "mobile": (mobile, 2),
    "pyramid": (pyramid, 1),
}
"""Name -> network, and how many Transposes it needs: its input and output are NHWC."""
