"""Real builds side by side, and baselines of real repeats; every number was found in the logs with grep."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from shown import shown

from tacticlens.diff.changes import diff
from tacticlens.diff.matrix import matrix
from tacticlens.diff.matrix_model import Matrix, Row
from tacticlens.errors import UsageError
from tacticlens.views.matrix import MatrixResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.diff.model import Change
    from tacticlens.diff.result import Diff
    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]

pytestmark = pytest.mark.corpus

THREE_A, THREE_B = "python-10.16.2-h100-mnist-x3-a.log", "python-10.16.2-h100-mnist-x3-b.log"
A100, RTX2060 = "trtexec-8.2.3-a100-centerpoint-rpn.log", "trtexec-8.5.3-rtx2060-centerpoint-rpn.log"
FP32, FP16, LATER = (
    f"trtexec-{version}-gtx1070-mnist-{precision}.log"
    for version, precision in (("8.0.3", "fp32"), ("8.0.3", "fp16"), ("8.2.3", "fp32"))
)
NETS = [f"python-{version}-rtx6000ada-netserial.log" for version in ("10.14.1", "10.16.0")]


def of(found: Matrix, name: str) -> Row:
    return next(row for row in found.rows if name in {layer.name for layer in row.reference})


def change_of(found: Diff, name: str) -> Change:
    return next(change for change in found.changes if change.match.new[0].name == name)


def test_a_build_beside_itself_does_not_differ(corpus_log: str, corpus_tables: Read) -> None:
    tables = corpus_tables(corpus_log)
    if tables.engine_layers.is_empty():
        with pytest.raises(UsageError, match="layers of the engine are not in this log"):
            matrix(tables, tables, tables)
        return
    found = matrix(tables, tables, tables)

    assert found.differing == 0
    assert max(map(len, shown(MatrixResult(found, top=len(found.rows)), width=80).splitlines())) <= 80


@pytest.mark.parametrize("logs", [(FP32, FP16), (FP16, LATER), (A100, RTX2060), tuple(NETS)])
def test_two_real_logs_differ_as_in_a_comparison_of_two(corpus_tables: Read, logs: tuple[str, str]) -> None:
    sides = [corpus_tables(name) for name in logs]
    two, many = diff(sides[0], sides[1]), matrix(*sides)

    assert {cell.change for row in many.rows for cell in row.cells} - {None} == set(two.changes)


def test_three_builds_of_one_log_show_what_came_and_went(corpus_tables: Read) -> None:
    tables = corpus_tables(THREE_A)
    found = matrix(tables, tables, tables, builds=(1, 3, 5))
    first = of(found, "node_conv2d + node_relu")
    region = of(found, "{ForeignNode[gemm1.weight...ONNXTRT_castHelper_9]}")

    assert found.rows[0] is first
    assert [cell.layers[0].line for cell in first.cells] == [1388, 2800, 4212]
    assert [cell.time_ms for cell in first.cells] == [0.00913672, 0.00625857, 0.00625778]
    assert first.cells[1].change is not None
    assert first.cells[1].change.kinds == ("tensor_core_gained", "kernel")
    assert first.cells[2].change is None
    assert [layer.name for layer in region.cells[2].layers] == [
        "node_linear_myl7_1",
        "node_linear_1_2_myl7_2",
    ]
    assert (region.cells[2].how, region.cells[2].sure) == ("onnx_nodes", 0.75)
    assert found.differing == 8


def test_two_versions_and_two_precisions_of_one_network_are_columns(corpus_tables: Read) -> None:
    found = matrix(*(corpus_tables(name) for name in (FP32, FP16, LATER)))
    pool = of(found, "MaxPool2d")

    assert [column.side.precision for column in found.columns] == ["FP32", "FP32+FP16", "FP32"]
    assert [column.side.tensorrt_version for column in found.columns] == ["8.0.3", "8.0.3", "8.2.3"]
    assert [cell.layers[0].tactic for cell in pool.cells] == [
        "0x00000000005f0101",
        "0x0000000000630101",
        "0x0000000000630101",
    ]
    assert [cell.time_ms for cell in pool.cells] == [0.004096, 0.003328, 0.004416]
    assert found.columns[2].matched == {"name": 8, "onnx_nodes": 2, "reference": 2}


def test_layers_that_only_the_other_model_has_get_rows_of_their_own(corpus_tables: Read) -> None:
    few, many = corpus_tables(RTX2060), corpus_tables(A100)
    found = matrix(few, many, many)
    heads = [row for row in found.rows if not row.cells[0].layers]

    assert len(heads) == 52  # of 94 layers 42 are in the other model too
    assert all(row.cells[1].how is None and row.cells[2].how == "name" for row in heads)
    assert all(row.cells[2].change is None for row in heads)


def test_logs_of_another_network_are_refused(corpus_tables: Read) -> None:
    with pytest.raises(UsageError, match=f"{A100}.* different networks"):
        matrix(corpus_tables(FP32), corpus_tables(FP16), corpus_tables(A100))


# baselines

REPEATS = [(name, build) for name in (THREE_A, THREE_B) for build in (1, 3, 5)]


@pytest.mark.parametrize("repeats", [1, 2, 4])
def test_repeats_of_two_days_have_no_real_change_by_any_baseline(corpus_tables: Read, repeats: int) -> None:
    seen = set()
    for old, new in permutations(REPEATS, 2):
        rest = [place for place in REPEATS if place not in {old, new}][:repeats]
        found = diff(
            corpus_tables(old[0]), corpus_tables(new[0]), old_build=old[1], new_build=new[1],
            baseline=[(corpus_tables(name), build) for name, build in rest],
        )  # fmt: skip
        seen |= {change.verdict for change in found.changes}
        assert found.summary.baseline is not None
        assert len(found.summary.baseline.builds) == repeats + 1

    assert {"noise", "tie"} <= seen
    assert "real" not in seen


def test_repeats_show_that_the_old_choice_was_the_accident(corpus_tables: Read) -> None:
    found = diff(
        corpus_tables(THREE_A), corpus_tables(THREE_B), old_build=1, new_build=1,
        baseline=[(corpus_tables(THREE_A), None), (corpus_tables(THREE_B), 3)],
    )  # fmt: skip
    judged = change_of(found, "node_conv2d + node_relu").judgement

    assert judged is not None
    assert (judged.verdict, judged.yardstick, judged.repeats) == ("noise", "repeats", 4)
    assert judged.reason == "old_was_accident"
    assert judged.gap_old == pytest.approx(0.31, abs=0.001)  # it lost the one build that is asked about
    assert judged.gap_usual is not None
    assert judged.gap_usual < -0.25
    assert found.summary.baseline is not None
    assert [one.build for one in found.summary.baseline.builds] == [1, 3, 5, 3]


def test_edited_graphs_and_other_machines_are_no_baseline(corpus_tables: Read) -> None:
    edited = corpus_tables("python-8.4.1-gtx1070-squeeze-transpose.log")
    fp32, fp16 = corpus_tables(FP32), corpus_tables(FP16)

    with pytest.raises(UsageError, match="build 2 measured only"):
        diff(edited, edited, old_build=1, new_build=1, baseline=[(edited, 2)])
    with pytest.raises(UsageError, match=f"{LATER} is of TensorRT 8.2.3 and .*{FP32} of 8.0.3"):
        diff(fp32, fp16, baseline=[(corpus_tables(LATER), None)])
    with pytest.raises(UsageError, match="shows how noisy builds on NVIDIA A100"):
        diff(corpus_tables(A100), corpus_tables(RTX2060), baseline=[(corpus_tables(A100), None)])
