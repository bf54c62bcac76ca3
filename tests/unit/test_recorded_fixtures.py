"""Logs that a real TensorRT-RTX builder printed: it chooses without timing, so there are layers but no times."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "recorded"
BUILDER = "tensorrt-rtx-1.7.1-"
NAMES = sorted(path.stem.removeprefix(BUILDER) for path in FOLDER.glob(f"{BUILDER}*.log"))
REFUSED = ("fp8-on-sm75", "missing-profile", "non-max-suppression", "non-zero")
BUILT = tuple(name for name in NAMES if name not in REFUSED)


@cache
def tables(name: str) -> TableSet:
    return read_log(FOLDER / f"{BUILDER}{name}.log", processes=0).tables


@cache
def lines(name: str) -> list[str]:
    """Return the lines; line 1 is at index 1. Lines end at a line feed only: messages hold control characters."""
    return ["", *(FOLDER / f"{BUILDER}{name}.log").read_text(encoding="utf-8").split("\n")]


def test_every_recorded_log_is_known_here() -> None:
    assert len(BUILT) == 13
    assert set(REFUSED) < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_recorded_log_is_counted_once(name: str) -> None:
    assert tables(name).ledger["lines"].sum() == len(lines(name)) - 2


def test_no_line_of_the_recorded_logs_is_unread() -> None:
    unread = {name: tables(name).unread["text"].to_list() for name in NAMES}

    assert {name: texts for name, texts in unread.items() if texts} == {}


@pytest.mark.parametrize("name", NAMES)
def test_tensorrt_rtx_times_no_tactic(name: str) -> None:
    assert tables(name).tactics.filter(status="timed").is_empty()
    assert tables(name).op_tactics.is_empty()
    assert tables(name).combinations["time_ms"].drop_nulls().is_empty()


@pytest.mark.parametrize("name", BUILT)
def test_myelin_wins_without_a_time(name: str) -> None:
    combinations = tables(name).combinations
    chosen = [number for number, line in enumerate(lines(name)) if ">>> Chose Runner Type: Myelin" in line]

    assert combinations.height == len(chosen) == tables(name).layers.height == tables(name).builds.height
    assert set(combinations["result"]) == {"untimed"}
    assert set(combinations["runner"]) == {"Myelin"}
    assert set(combinations["tactic"]) == {"0x0000000000000000"}
    assert set(tables(name).runners["result"]) == {"untimed"}


@pytest.mark.parametrize("name", BUILT)
def test_a_network_that_was_built_is_an_engine(name: str) -> None:
    log = tables(name)

    assert log.log["outcome"].item() == "passed"
    assert set(log.builds["in_engine"]) == {True}
    assert set(log.builds["strategy"]) == {3}
    assert set(log.engine_layers["engine"]) == {1}


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_that_was_refused_is_no_engine(name: str) -> None:
    log = tables(name)

    assert log.engine_layers.is_empty()
    assert True not in set(log.builds["in_engine"])
    assert log.log["outcome"].item() == "failed"


@pytest.mark.parametrize("name", BUILT)
def test_every_engine_layer_that_is_printed_is_in_the_table(name: str) -> None:
    text = lines(name)
    printed = [n for n, line in enumerate(text) if line.startswith("Layer(") or ", LayerType: " in line]

    assert tables(name).engine_layers["line"].to_list() == printed
    assert len(printed) > 0


@pytest.mark.parametrize(
    ("name", "kernels"),
    [("conv-bn-relu", 3), ("conv-transpose-relu", 5), ("attention", 2), ("depthwise-separable", 4)],
)
def test_the_detailed_form_names_the_kernels(name: str, kernels: int) -> None:
    layers = tables(name).engine_layers
    named = sum(", TacticName: " in line and ", TacticName: ," not in line for line in lines(name))

    assert layers["kernel"].drop_nulls().len() == named == kernels
    assert (
        layers.filter(pl.col("kernel").is_not_null())["kernel_source"].to_list() == ["layer_info"] * kernels
    )


def test_transposes_around_a_relu_show_as_one_kernel() -> None:
    kernels = tables("conv-transpose-relu").engine_layers["kernel"]

    assert sum(kernel.startswith("__myl_TranReluTran") for kernel in kernels) >= 1


def test_metadata_of_a_region_names_its_onnx_nodes() -> None:
    layers = tables("conv-bn-relu").layers

    assert layers["name"].to_list() == ["{ForeignNode[/conv1/Conv.../relu2/Relu]}"]
    assert layers["onnx_nodes"].to_list() == [
        ["/conv1/Conv", "/bn1/BatchNorm", "/relu1/Relu", "/conv2/Conv", "/bn2/BatchNorm", "/relu2/Relu"]
    ]


def test_metadata_of_a_kernel_names_its_onnx_nodes() -> None:
    layers = tables("conv-bn-relu").engine_layers.filter(name="__myl_CorrMulAddRelu_myl0_1")

    assert layers["onnx_nodes"].to_list() == [["/conv1/Conv", "/bn1/BatchNorm", "/relu1/Relu"]]


def test_hostile_names_come_through_unchanged() -> None:
    log = tables("hostile-names")

    assert log.layers["name"].to_list() == ["{ForeignNode[偏置...' OR 1=1; -- ${HOME} $(id)]}"]
    assert log.engine_layers["onnx_nodes"].to_list() == [
        ["<script>alert(1)</script> & <b>bold</b>"],
        [
            "a -> b, Tactic: 0x1234, c",
            "畳み込み + größe + {ForeignNode[x...y]} (Myelin[0x1])",
            "' OR 1=1; -- ${HOME} $(id)",
        ],
    ]
    assert log.engine_layers["inputs"].to_list()[0][0]["name"] == "in -> out, Tactic: 0x0"


def test_each_optimization_profile_is_a_build_with_its_own_layers() -> None:
    log = tables("dynamic-batch")

    assert log.builds.select("engine", "profile").rows() == [(1, 0), (1, 1)]
    assert log.engine_layers.select("build", "name").rows() == [
        (1, "__mye28_0_myl0_0"),
        (1, "/fc/MatMul_myl0_1"),
        (2, "__mye28_0_myl1_0"),
        (2, "/fc/MatMul_myl1_1"),
    ]
    assert log.layers["name"].to_list() == ["{ForeignNode[fc.weight.../fc/Relu]}"] * 2


def test_symbolic_strides_are_read_with_their_definitions() -> None:
    row = tables("dynamic-shape").combinations.row(0, named=True)

    assert row["inputs"] == [
        {
            "dtype": "Float",
            "strides": ["(* 3 E0)", "E0", "width", "1"],
            "vector_width": None,
            "vector_dim": None,
        }
    ]
    assert [(side["dtype"], side["strides"]) for side in row["outputs"]] == [
        ("Float", ["(* height E0)", "E0", "8", "1"])
    ]


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("fp8-on-sm75", 206, "Error Code 1: Myelin"),
        ("missing-profile", 31, "Error Code 4: API Usage Error"),
        ("non-max-suppression", 86, "Error Code 2: Internal Error"),
        ("load-engine", 214, "Error Code 1: Cuda Runtime"),
        ("load-engine", 215, "Error Code 1: Cuda Runtime"),
        ("non-zero", 23, "While parsing node number 1"),
    ],
)
def test_an_error_of_the_builder_is_a_message(name: str, line: int, words: str) -> None:
    message = tables(name).messages.filter(line=line).row(0, named=True)

    assert message["severity"] == "error"
    assert words in message["text"]


def test_a_warning_of_the_parser_is_a_message() -> None:
    messages = tables("non-max-suppression").messages.filter(severity="warning")

    assert messages["line"].to_list() == [29]
    assert "Make sure output kept has Int64 binding." in messages["text"].item()


def test_an_error_of_several_lines_is_one_message() -> None:
    messages = tables("non-zero").messages

    assert messages.filter(line=24)["text"].item().splitlines() == [
        "ModelImporter.cpp:142: --- Begin node ---",
        "Node name: nonzero",
    ]
    # the reason stands in a line of its own, without a prefix
    assert messages.filter(line=28)["text"].item().startswith("[8] Assertion failed: ")
    assert set(messages["line"]) == {28} | {
        number for number, line in enumerate(lines("non-zero")) if line[22:27] == "[E] ["
    }
