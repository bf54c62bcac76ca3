"""What is said of a build that failed: where, after which errors, and what to try."""

from __future__ import annotations

import io

import pytest

from tacticlens.analysis.failure import Failure, failure
from tacticlens.analysis.findings import findings
from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet
from tacticlens.views.finding_text import text_of

COSTING = """\
[V] [TRT] =============== Computing costs for neck/conv
[V] [TRT] *************** Autotuning format combination: Half(64,8,1) -> Half(64,8,1) ***************
"""
NONE_FOR = "Could not find any implementation for node "
NO_WORKSPACE = (
    f"[E] 4: [optimizer.cpp::computeCosts::3728] Error Code 4: Internal Error ({NONE_FOR}"
    "{ForeignNode[a...b]} due to insufficient workspace. See verbose log for requested sizes.)\n"
)


def tables_of(text: str) -> TableSet:
    return read_log(io.BytesIO(text.encode())).tables


def failed(text: str) -> Failure:
    found = failure(tables_of(text))
    assert found is not None
    return found


def advice(text: str) -> str:
    first = findings(tables_of(text))[0]
    assert first.code == "TL026"
    return text_of(first).action


SPELLINGS = {
    f"[E] Error[10]: IBuilder: Error Code 10: Internal Error ({NONE_FOR}a + b. In computeCosts at o.cpp:4115)": "a + b",
    f"[TRT] [E] 10: [o.cpp::computeCosts::2] Error Code 10: Internal Error ({NONE_FOR}(Unnamed Layer* 3) [Shuffle].)":
        "(Unnamed Layer* 3) [Shuffle]",
    NO_WORKSPACE.strip(): "{ForeignNode[a...b]}",
    f"[TensorRT] ERROR: ../builder/tacticOptimizer.cpp (1523) - TRTInternal Error in computeCosts: 0 ({NONE_FOR}conv.)":
        "conv",
}  # fmt: skip


@pytest.mark.parametrize(("line", "node"), SPELLINGS.items())
def test_every_spelling_names_the_node_that_has_no_implementation(line: str, node: str) -> None:
    assert failed(f"{line}\n").node == node


def test_an_error_in_the_middle_of_a_layer_is_that_layers() -> None:
    found = failed(f"{COSTING}[E] Error[2]: Error Code 2: Internal Error (Assertion x == y failed. )\n")

    assert (found.node, found.layer, found.layer_line, found.unfinished) == (None, "neck/conv", 1, True)


def test_the_error_before_the_one_that_names_the_node_is_told_with_it() -> None:
    crash = "[E] 1: [alloc.cpp::free::105] Error Code 1: Cuda Runtime (an illegal memory access was encountered)\n"
    found = failed(f"{COSTING}{crash}{NO_WORKSPACE}")

    assert (found.line, found.first_line) == (4, 3)
    assert "illegal memory access" in found.first_text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (NO_WORKSPACE, "workspace"),
        (
            "[E] 2: [alloc.cpp::resize::144] Error Code 2: OutOfMemory (no further information)\n",
            "Free memory",
        ),
        ("[E] 3: getPluginCreator could not find plugin Foo version: 1\n", "staticPlugins"),
        (f"{COSTING}[E] Error[2]: Error Code 2: Internal Error (Assertion x failed. )\n", "newer TensorRT"),
    ],
)
def test_the_advice_follows_the_cause(text: str, word: str) -> None:
    assert word in advice(text)


def test_a_tactic_left_out_is_no_failure() -> None:
    left_out = "[E] Error Code: 9: Skipping tactic 0x0000000000000001 due to exception canImplement\n"

    assert failure(tables_of(f"{COSTING}{left_out}")) is None


def test_a_kernel_that_crashed_first_is_the_cause_of_what_follows() -> None:
    crash = "[W] GPU error during getBestTactic: grid/sample : the launch timed out and was terminated\n"
    end = "[E] plugin/norm/norm.cu (177) - Cudnn Error in terminate: 4 (CUDNN_STATUS_INTERNAL_ERROR)\n"

    assert failed(f"{COSTING}{crash}{end}").first_line == 3
    assert "watchdog" in advice(f"{COSTING}{crash}{end}")


def test_where_the_onnx_parser_stops_the_node_and_the_reason_are_named() -> None:
    found = failed(
        '[E] [TRT] ModelImporter.cpp:140: While parsing node number 7 [Upsample -> "208"]:\n'
        "[E] [TRT] ModelImporter.cpp:151: ERROR: builtin_op_importers.cpp:3716 In function importUpsample:\n"
        "[8] Assertion failed: scales_input.is_weights() and more\n"
    )

    assert (found.parsing, found.node, found.line) == (True, 'Upsample -> "208"', 3)
    assert "is_weights" in found.text
