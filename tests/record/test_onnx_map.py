"""Which engine layers carry which ONNX nodes: with a real builder, and with small tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "findings"))
import networks
from shown import shown
from small_tables import layer, small, tensor

from tacticlens.analysis.gpus import GPUS, gpu_named
from tacticlens.analysis.onnx_map import OnnxMap, onnx_map
from tacticlens.analysis.roofline import roof
from tacticlens.analysis.work import Work, flops_of
from tacticlens.cli.app import main
from tacticlens.log import read_log
from tacticlens.network.model import Network, Node, Value
from tacticlens.network.reading import read_network
from tacticlens.views.onnx_map import OnnxResult


@pytest.mark.parametrize("name", networks.NAMES)
def test_every_node_of_a_recorded_build_has_its_place(name: str, tmp_path: Path) -> None:
    networks.need_builder()
    model, log = networks.write_network(name, tmp_path / "m.onnx"), tmp_path / "m.log"
    main(
        ["record", str(model), "-o", str(log), "--compute-capability", "8.9", *networks.OPTIONS.get(name, [])]
    )
    network = read_network(model)
    found = onnx_map(read_log(log).tables, network)

    assert [node.node for node in found.nodes] == [node.name for node in network.nodes]
    assert "unknown" not in {node.fate for node in found.nodes}
    assert ({node.fate for node in found.nodes} == {"no_engine"}) == (name in networks.REFUSED)
    assert [one.strange for one in found.layers] == [()] * len(found.layers)
    both_ways = {(node.node, at) for node in found.nodes if node.fate == "layer" for at in node.layers}
    assert both_ways == {(node, one.position) for one in found.layers for node in one.nodes}


def graph(*nodes: tuple[str, str, str, str], outputs: str = "y", **values: Value) -> Network:
    """Nodes as (name, operator, inputs, outputs); x is the input, everything else has unknown shape."""
    made = tuple(
        Node(name, op, tuple(ins.split()), tuple(outs.split()), None, {}) for name, op, ins, outs in nodes
    )
    names = {name for node in made for name in (*node.inputs, *node.outputs)}
    known = {name: Value(None, "FLOAT", 32) for name in names} | values
    return Network(made, known, ("x",), tuple(outputs.split()))


def fates(found: OnnxMap) -> dict[str, str]:
    return {node.node: node.fate for node in found.nodes}


def test_what_no_layer_names_has_the_reason_that_follows_from_the_graph() -> None:
    weight = Value((3, 3), "FLOAT", 32, constant=True)
    network = graph(
        ("shape", "Shape", "x", "s"), ("size", "Gather", "s w", "n"), ("flat", "Reshape", "x n", "f"),
        ("conv", "Conv", "f wt", "c"), ("fold", "Transpose", "w", "wt"), ("bn", "BatchNormalization", "c w", "b"),
        ("relu", "Relu", "b", "y"), ("lost", "Relu", "b", "z"), ("strange", "Einsum", "b", "q"),
        ("end", "Relu", "q", "e"),
        outputs="y e", w=weight, wt=weight,
    )  # fmt: skip
    rows = [
        layer(1, "conv + relu", "gemm", 2.0, onnx_nodes=["conv", "relu"]),
        layer(2, "end", "pointwise", 1.0, onnx_nodes=["end"]),
    ]
    found = onnx_map(small(engine_layers=rows), network)

    assert fates(found) == {
        "shape": "shape", "size": "shape", "flat": "removed", "conv": "layer", "fold": "folded", "bn": "absorbed",
        "relu": "layer", "lost": "unused", "strange": "unknown", "end": "layer",
    }  # fmt: skip
    by_name = {node.node: node for node in found.nodes}
    assert by_name["bn"].layers == (1,)
    assert (by_name["conv"].time_ms, by_name["conv"].shared) == (2.0, True)
    assert (by_name["end"].time_ms, by_name["end"].shared) == (1.0, False)


def test_a_node_that_only_its_fused_region_lists_is_told_so() -> None:
    network = graph(("conv", "Conv", "x w", "c"), ("relu", "Relu", "c", "y"))
    name = "{ForeignNode[conv...relu]}"
    tables = small(
        engine_layers=[layer(1, "conv_myl0_1", "myelin", onnx_nodes=["conv"])],
        layers=[{"build": 1, "layer": 1, "name": name, "onnx_nodes": ["conv", "relu"], "line": 3}],
    )
    relu = onnx_map(tables, network).nodes[1]

    assert (relu.fate, relu.region, relu.layers) == ("region", name, (1,))


def test_names_in_the_metadata_that_the_model_lacks_are_told() -> None:
    found = onnx_map(
        small(engine_layers=[layer(1, "a", "gemm", onnx_nodes=["other"])]), graph(("n", "Relu", "x", "y"))
    )

    assert found.layers[0].strange == ("other",)


def value(*dims: int | str, constant: bool = False) -> Value:
    return Value(dims, "FLOAT16", 16, constant)


@pytest.mark.parametrize(
    ("op", "first", "second", "out", "attributes", "flops"),
    [
        ("Conv", (1, 3, 224, 224), (64, 3, 7, 7), (1, 64, 112, 112), {}, 2 * 64 * 112 * 112 * 3 * 7 * 7),
        ("Conv", (1, 32, 8, 8), (32, 1, 3, 3), (1, 32, 8, 8), {"group": 32}, 2 * 32 * 64 * 9),
        ("ConvTranspose", (1, 8, 4, 4), (8, 16, 2, 2), (1, 16, 8, 8), {}, 2 * 8 * 16 * 16 * 4),
        ("MatMul", (2, 5, 7), (7, 3), (2, 5, 3), {}, 2 * 2 * 5 * 7 * 3),
        ("Gemm", (7, 5), (7, 3), (5, 3), {"transA": 1}, 2 * 5 * 7 * 3),
        ("MatMul", ("batch", 7), (7, 3), ("batch", 3), {}, None),
    ],
)
def test_operations_of_a_matrix_product_follow_from_its_shapes(
    op: str, first: tuple[int, ...], second: tuple[int, ...], out: tuple[int, ...], attributes: dict[str, Any],
    flops: int | None,
) -> None:  # fmt: skip
    node = Node("n", op, ("a", "b"), ("y",), None, attributes)
    values = {"a": value(*first), "b": value(*second, constant=True), "y": value(*out)}

    assert flops_of(node, Network((node,), values, ("a",), ("y",))) == flops


@pytest.mark.parametrize(
    ("families", "with_work"),
    [
        (("gather_slice_concat", "unknown"), [2]), (("gemm", "softmax"), [1]), (("pointwise",), [1]),
        (("unknown", "depthwise"), []), (("gemm", "unknown"), [1]),
    ],
)  # fmt: skip
def test_operations_belong_to_the_layer_that_computes_them_and_are_counted_once(
    families: tuple[str, ...], with_work: list[int]
) -> None:
    network = graph(
        ("conv", "Conv", "x w", "y"),
        x=value(1, 8, 4, 4),
        w=value(8, 8, 1, 1, constant=True),
        y=value(1, 8, 4, 4),
    )
    rows = [layer(at, f"l{at}", family, onnx_nodes=["conv"]) for at, family in enumerate(families, 1)]
    found = onnx_map(small(engine_layers=rows), network)

    assert [one.position for one in found.layers if one.work is not None] == with_work
    assert {one.work.flops for one in found.layers if one.work is not None} <= {2 * 8 * 16 * 8}


def test_a_layer_moves_its_inputs_outputs_and_weights_once() -> None:
    node = Node("n", "MatMul", ("a", "w"), ("y",), None, {})
    network = Network(
        (node,), {"a": value(4, 64), "w": value(64, 32, constant=True), "y": value(4, 32)}, ("a",), ("y",)
    )
    row = layer(1, "n", "gemm", 1.0, onnx_nodes=["n"])
    row["inputs"], row["outputs"] = [tensor("a", "Half", ("4", "64"))], [tensor("y", "Half", ("4", "32"))]
    (one,) = onnx_map(small(engine_layers=[row]), network).layers

    assert one.work == Work(2 * 4 * 64 * 32, 2 * (4 * 64 + 4 * 32 + 64 * 32), "Half")


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("NVIDIA GeForce RTX 3080", "RTX 3080"), ("NVIDIA GeForce RTX 3080 Ti", None), ("Tesla T4", "Tesla T4"),
        ("NVIDIA A100-SXM4-80GB", "A100-SXM4-80GB"), ("NVIDIA H100 PCIe", "H100 PCIe"), ("H200", "H200"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", None), ("A100", None), ("", None),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada Generation"), ("NVIDIA A10", "A10"), ("NVIDIA A10G", None),
    ],
)  # fmt: skip
def test_a_device_means_one_gpu_or_none(device: str, name: str | None) -> None:
    found = gpu_named(device)

    assert (found.name if found else None) == name


def test_every_gpu_names_its_source() -> None:
    assert all("NVIDIA" in gpu.source for gpu in GPUS)
    assert len({gpu.name for gpu in GPUS}) == len(GPUS)


def test_the_lower_roof_bounds_a_layer() -> None:
    gpu = gpu_named("A10")  # 125 Tflop/s in FP16, 600 GB/s: the ridge is at 208 operations per byte
    dense, thin = Work(10**12, 10**9, "Half"), Work(10**9, 10**8, "Half")

    found = roof(dense, 16.0, "yes", gpu)
    assert found is not None
    assert (round(found.tflops, 3), round(found.share_of_peak, 3), found.bound) == (62.5, 0.5, "compute")
    found = roof(thin, 1.0, "yes", gpu)
    assert found is not None
    assert (round(found.gbs), round(found.share_of_roof, 3), found.bound) == (100, 0.167, "memory")
    found = roof(thin, 0.009, "yes", gpu)
    assert found is not None
    assert found.bound == "memory"
    found = roof(Work(10**6, 10**5, "Half"), 0.005, "yes", gpu)
    assert found is not None
    assert found.bound == "overhead"


def test_without_time_gpu_or_shapes_there_is_no_roof() -> None:
    gpu = gpu_named("A10")

    assert roof(Work(10, 10, "Half"), None, "yes", gpu) is None
    assert roof(Work(10, 10, "Half"), 1.0, "yes", None) is None
    assert roof(Work(None, 10, "Half"), 1.0, "yes", gpu) is None
    assert roof(Work(10, 10, "FP8"), 1.0, "yes", gpu) is None


@pytest.mark.parametrize("width", [80, 110, 160])
def test_the_text_keeps_numbers_whole_at_any_width(width: int) -> None:
    nodes = tuple(
        (f"/a/rather/long/scope/of/names/layer{n}/Conv", "BatchNormalization", "x", f"y{n}") for n in range(3)
    )
    network = graph(*nodes, outputs="y0 y1 y2")
    rows = [
        layer(n + 1, node[0], "implicit_gemm", 0.123, onnx_nodes=[node[0]]) for n, node in enumerate(nodes)
    ]
    mapped = onnx_map(small(engine_layers=rows), network)
    text = shown(OnnxResult(mapped, [None] * 3, None, model="m.onnx", top=0), width)

    assert max(map(len, text.splitlines())) <= width
    assert text.count("0.123 ms") == 6


def test_the_model_is_found_beside_the_log_and_json_has_both_sides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks.need_builder()
    networks.write_network("attention", tmp_path / "net.onnx")
    log = tmp_path / "net.log"
    main(["record", str(tmp_path / "net.onnx"), "-o", str(log), "--compute-capability", "8.9"])
    capsys.readouterr()

    assert main(["onnx", str(log), "--format", "json", "--gpu", "RTX 4090"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["gpu"]["name"] == "RTX 4090"
    gemm = next(one for one in document["layers"] if "/attn/q/MatMul" in one["nodes"])
    assert gemm["work"]["flops"] == 3 * 2 * 16 * 64 * 64


@pytest.mark.parametrize("model", ["none.onnx", "text.onnx"])
def test_a_file_that_is_no_model_is_refused_in_one_sentence(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tacticlens[onnx]'")
    (tmp_path / "text.onnx").write_text("this is no model")
    log = Path(__file__).parents[1] / "fixtures" / "composed" / "trt861.log"

    assert main(["onnx", str(log), str(tmp_path / model)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
