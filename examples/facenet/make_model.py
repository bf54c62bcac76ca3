"""Write facenet.onnx: a small network with the habits of FaceNet as TensorFlow's exporter wrote it.

Every convolution stands between a Transpose to NCHW and one back to NHWC; its BatchNormalization was left as a node of
its own, and its ReLU works on NHWC, so that TensorRT cannot join it with the convolution. Three inception-like blocks
with two branches each, a mean over the pixels and an embedding of 64 numbers. Weights are random.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

TO_NCHW, TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


class Graph:
    """Nodes and weights as they come."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(2015)

    def weight(self, name: str, values: np.ndarray) -> str:
        """Add a constant."""
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def random(self, *shape: int) -> np.ndarray:
        """Return weights that keep the size of numbers about the same."""
        return self._random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))

    def node(self, op: str, name: str, inputs: list[str], **attributes: object) -> str:
        """Add a node; its output has its name."""
        self.nodes.append(helper.make_node(op, inputs, [f"{name}:0"], name=name, **attributes))
        return f"{name}:0"

    def conv_bn_relu(self, x: str, name: str, channels_in: int, channels: int, size: int) -> str:
        """Add NHWC -> NCHW, Conv, BatchNormalization, NCHW -> NHWC, Relu."""
        x = self.node("Transpose", f"{name}/Conv2D__to_nchw", [x], perm=TO_NCHW)
        kernel = self.weight(f"{name}/weights", self.random(channels, channels_in, size, size))
        x = self.node("Conv", f"{name}/Conv2D", [x, kernel], pads=[size // 2] * 4)
        beta, mean = (self.random(channels, 1)[:, 0] / 8 for _ in range(2))
        parts = {"gamma": np.ones(channels), "beta": beta, "mean": mean, "variance": np.ones(channels)}
        names = [self.weight(f"{name}/BatchNorm/{part}", values) for part, values in parts.items()]
        x = self.node("BatchNormalization", f"{name}/BatchNorm", [x, *names], epsilon=1e-3)
        x = self.node("Transpose", f"{name}/Conv2D__to_nhwc", [x], perm=TO_NHWC)
        return self.node("Relu", f"{name}/Relu", [x])


def facenet() -> onnx.ModelProto:
    """Return the model."""
    g = Graph()
    x = g.conv_bn_relu("image", "stem", 3, 32, 3)
    for block in ("block1", "block2", "block3"):
        one = g.conv_bn_relu(x, f"{block}/branch0", 32, 16, 1)
        three = g.conv_bn_relu(x, f"{block}/branch1", 32, 16, 3)
        joined = g.node("Concat", f"{block}/concat", [one, three], axis=3)
        up = g.conv_bn_relu(joined, f"{block}/up", 32, 32, 1)
        scaled = g.node("Mul", f"{block}/scale", [up, g.weight(f"{block}/factor", np.array(0.17))])
        x = g.node("Relu", f"{block}/Relu", [g.node("Add", f"{block}/add", [x, scaled])])
    x = g.node("ReduceMean", "pool/Mean", [x], axes=[1, 2], keepdims=0)
    x = g.node("MatMul", "embedding/MatMul", [x, g.weight("embedding/weights", g.random(32, 64))])
    value = helper.make_tensor_value_info
    image, embedding = (
        value("image", onnx.TensorProto.FLOAT, [1, 64, 64, 3]),
        value(x, onnx.TensorProto.FLOAT, [1, 64]),
    )
    graph = helper.make_graph(g.nodes, "facenet", [image], [embedding], g.weights)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="example"
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    """Write the model beside this script, or where the argument says."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("facenet.onnx")
    model = facenet()
    onnx.save(model, path)
    print(f"{path}: {len(model.graph.node)} nodes")


if __name__ == "__main__":
    main()
