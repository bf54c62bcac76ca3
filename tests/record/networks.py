"""ONNX networks for a real builder, and what a test needs to have it build them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

NO_BUILDER = "tensorrt_rtx is not installed: pip install 'tacticlens[rtx]' (215 MB, Linux x86-64 or Windows)"


def need_builder() -> None:
    """Skip where TensorRT-RTX is missing."""
    pytest.importorskip("tensorrt_rtx", reason=NO_BUILDER)
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tacticlens[onnx]'")


def _plugin(g: Any) -> None:
    x = g.node("Relu", [g.input("x", [4, 8])], "r", "relu")
    g.node("MadeUpOp", [x], "y", "made-up", domain="example.plugins")
    g.output("y", [4, 8])


def _unsupported(g: Any) -> None:
    import record_fixtures

    record_fixtures.non_zero(g)


def _residual(g: Any) -> None:
    x = g.input("image", [1, 16, 16, 16])
    y = g.node("Conv", [x, g.weight("a.w", 16, 16, 3, 3)], "a", "block/conv1", pads=[1] * 4)
    y = g.node("Relu", [y], "ar", "block/relu1")
    y = g.node("Conv", [y, g.weight("b.w", 16, 16, 3, 3)], "b", "block/conv2", pads=[1] * 4)
    y = g.node("Add", [x, y], "s", "block/add")
    g.output(g.node("Relu", [y], "out", "block/relu2"), [1, 16, 16, 16])


def _chain(g: Any) -> None:
    x = g.input("image", [1, 8, 32, 32])
    for number in range(400):
        x = g.node(
            "Conv", [x, g.weight(f"w{number}", 8, 8, 3, 3)], f"c{number}", f"conv{number}", pads=[1] * 4
        )
        x = g.node("Relu", [x], f"r{number}", f"relu{number}")
    g.output(x, [1, 8, 32, 32])


NAMES = (
    "conv-bn-relu", "residual", "attention", "depthwise-separable", "qdq-int8-conv", "dynamic-batch", "plugin-absent",
    "mlp-fp16", "conv-transpose-relu", "non-zero", "lstm", "hostile-names",
)  # fmt: skip
REFUSED = ("plugin-absent", "non-zero")
"""Networks that the builder must refuse: an operator of nobody, and one that it does not support."""
OPTIONS = {
    "dynamic-batch": ["--min-shapes", "x:1x64", "--opt-shapes", "x:4x64", "--max-shapes", "x:8x64"],
}


def _mlp_fp16(g: Any) -> None:
    x = g.input("x", [8, 64], "FLOAT16")
    for i in (1, 2):
        x = g.node("MatMul", [x, g.weight(f"fc{i}", 64, 64, dtype="float16")], f"m{i}", f"fc{i}")
        x = g.node("Relu", [x], f"r{i}", f"act{i}")
    g.output(x, [8, 64], "FLOAT16")


def write_network(name: str, path: Path) -> Path:
    """Write one of the networks as an ONNX file."""
    import numpy as np
    import onnx
    import onnx.numpy_helper
    import record_fixtures

    own = {"residual": _residual, "plugin-absent": _plugin, "mlp-fp16": _mlp_fp16, "chain": _chain}
    makers = {network.name: network.make for network in record_fixtures.NETWORKS} | own
    graph = record_fixtures.Graph(onnx, np, name)
    makers[name](graph)
    if name == "plugin-absent":  # the checker knows no operator of this domain, as TensorRT does not
        helper = onnx.helper
        made = helper.make_graph(graph._nodes, name, graph._inputs, graph._outputs, graph._weights)
        imports = [helper.make_opsetid("", 19), helper.make_opsetid("example.plugins", 1)]
        path.write_bytes(helper.make_model(made, opset_imports=imports, ir_version=9).SerializeToString())
    else:
        path.write_bytes(graph.serialize())
    return path
