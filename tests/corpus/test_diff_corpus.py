"""Real pairs of builds compared; every number and line was found in the logs with grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from shown import shown

from tacticlens.diff.changes import diff
from tacticlens.diff.model import Change
from tacticlens.diff.result import Diff
from tacticlens.errors import UsageError
from tacticlens.tables.shares import shares
from tacticlens.views.diff import DiffResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]

pytestmark = pytest.mark.corpus

FP32, FP16 = "trtexec-8.4.1-gtx1070-mnist-fp32.log", "trtexec-8.4.1-gtx1070-mnist-fp16.log"
A100, RTX2060 = "trtexec-8.2.3-a100-centerpoint-rpn.log", "trtexec-8.5.3-rtx2060-centerpoint-rpn.log"
THREE_A, THREE_B = "python-10.16.2-h100-mnist-x3-a.log", "python-10.16.2-h100-mnist-x3-b.log"
EDITED = "python-8.4.1-gtx1070-squeeze-transpose.log"


def of(found: Diff, name: str) -> Change:
    return next(
        change
        for change in found.changes
        if name in {layer.name for layer in (*change.match.old, *change.match.new)}
    )


def test_a_build_is_like_itself_and_mirrors(corpus_log: str, corpus_tables: Read) -> None:
    tables = corpus_tables(corpus_log)
    if tables.engine_layers.is_empty():
        won = tables.combinations.filter(pl.col("purpose") == "layer")["tactic"].drop_nulls()
        if won.is_empty():
            with pytest.raises(UsageError, match="layers of the engine are not in this log"):
                diff(tables, tables)
        else:
            winners = diff(tables, tables)
            assert (winners.changes, winners.summary.basis) == ((), "winners")
        return
    found = diff(tables, tables)
    told = shares(tables, found.old.engine, found.old.build)

    assert found.changes == ()
    assert (found.old.gemm, found.old.tensor_core) == (
        pytest.approx(told.gemm),
        pytest.approx(told.tensor_core),
    )
    assert "No changes" in shown(DiffResult(found))


def test_half_precision_on_a_gpu_without_it_changes_no_kernel_that_matters(corpus_tables: Read) -> None:
    found = diff(corpus_tables(FP32), corpus_tables(FP16))

    assert (found.old.precision, found.new.precision) == ("FP32", "FP32+FP16")
    assert (found.old.gpu_compute_ms, found.new.gpu_compute_ms) == (0.154663, 0.153595)
    assert [(one.key, one.old, one.new) for one in found.summary.options] == [
        ("Precision", "FP32", "FP32+FP16"),
        ("Save engine", "model-FP32.plan", "model-FP16.plan"),
    ]
    assert found.summary.matched == {"name": 12}
    assert "kernel" not in found.summary.kinds
    assert "precision" not in found.summary.kinds
    assert "real" not in found.summary.verdicts


def test_a_winner_that_lost_by_little_in_both_builds_is_a_tie(corpus_tables: Read) -> None:
    change = of(diff(corpus_tables(FP32), corpus_tables(FP16)), "MatMul-12")
    judged = change.judgement

    assert change.kinds[:3] == ("tactic", "runner", "family")
    assert (change.old_ms, change.new_ms) == (0.00737097, 0.00818387)  # lines 763 and 997
    assert judged is not None
    assert judged.gap_old == pytest.approx(0.00745326 / 0.00737097 - 1)  # lines 757 and 763 of the old log
    assert judged.gap_new == pytest.approx(0.00879328 / 0.00818387 - 1)  # lines 1003 and 997 of the new log
    assert judged.verdict == "tie"


def test_a_winner_that_lost_by_much_in_one_build_only_is_noise_where_others_jump_as_far(
    corpus_tables: Read,
) -> None:
    change = of(diff(corpus_tables(FP32), corpus_tables(FP16)), "MaxPool-6")
    judged = change.judgement

    assert judged is not None
    assert judged.gap_old == pytest.approx(0.0047933 / 0.00341627 - 1)  # lines 651 and 655
    assert judged.gap_new == pytest.approx(0.00278233 / 0.00265829 - 1)  # lines 864 and 860
    assert judged.verdict == "noise"
    assert judged.largest is not None
    assert judged.largest > judged.gap_old + judged.gap_new


def test_another_version_on_another_gpu_is_compared_and_its_noise_is_not_known(corpus_tables: Read) -> None:
    found = diff(corpus_tables(A100), corpus_tables(RTX2060))
    change = of(found, "Conv_60 + Relu_61")

    assert (found.old.tensorrt_version, found.new.tensorrt_version) == ("8.2.3", "8.5.3")
    assert (found.old.gpu_compute_ms, found.new.gpu_compute_ms) == (2.35217, 7.74707)
    assert (found.old.latency_ms, found.new.latency_ms) == (4.17139, 9.22894)
    assert (found.old.time_source, found.new.time_source) == ("profile", "profile")
    assert (change.old_ms, change.new_ms) == (0.1194, 0.6811)  # 8.5 prints medians
    assert [layer.kernel for layer in (*change.match.old, *change.match.new)] == [
        "ampere_h16816cudnn_128x64_sliced1x2_ldg8_relu_exp_stages_64x4_small_nhwc_tn_v1",
        "turing_h1688cudnn_256x64_sliced1x2_ldg8_relu_exp_large_nhwc_tn_v1",
    ]
    assert set(found.summary.verdicts) == {"cannot_tell"}


def test_layers_of_heads_that_the_other_model_lacks_are_removed_and_not_matched(corpus_tables: Read) -> None:
    found = diff(corpus_tables(A100), corpus_tables(RTX2060))
    heads = [
        change for change in found.changes if "Conv_134" in "".join(one.name for one in change.match.old)
    ]

    assert [change.kinds for change in heads] == [("layer_removed",)]  # no line of the other log has Conv_134
    assert of(found, "onnx::Concat_647 copy").kinds == ("reformat_removed",)


@pytest.mark.parametrize(("build", "kernels"), [(1, 3), (3, 0), (5, 2)])
def test_two_days_of_one_script_have_no_verdict_real(corpus_tables: Read, build: int, kernels: int) -> None:
    a, b = corpus_tables(THREE_A), corpus_tables(THREE_B)
    for found in (diff(a, b, old_build=build, new_build=build), diff(b, a, old_build=build, new_build=build)):
        assert found.summary.kinds.get("kernel", 0) == kernels
        assert "real" not in found.summary.verdicts
        assert found.summary.movement.measurements == 567


def test_builds_of_one_log_on_one_day_have_no_verdict_real_either(corpus_tables: Read) -> None:
    for name in (THREE_A, THREE_B):
        tables = corpus_tables(name)
        for old, new in ((1, 3), (3, 5), (1, 5)):
            assert "real" not in diff(tables, tables, old_build=old, new_build=new).summary.verdicts


def test_a_convolution_that_left_tensor_cores_by_noise_is_said_to_be_both(corpus_tables: Read) -> None:
    found = diff(corpus_tables(THREE_B), corpus_tables(THREE_A), old_build=1, new_build=1)
    change = of(found, "node_conv2d + node_relu")

    assert (change.cause, change.verdict) == ("tensor_core_lost", "noise")
    assert change.delta_ms == pytest.approx(0.00913672 - 0.00623802)


def test_an_edit_of_the_graph_that_lets_layers_fuse_is_one_change_per_fusion(corpus_tables: Read) -> None:
    tables = corpus_tables(EDITED)
    found = diff(tables, tables, old_build=1, new_build=2)
    change = of(found, "Conv-0 + constant32 + Add-0 + ReLU-0")

    assert (change.cause, change.match.how, change.match.sure) == ("fusion", "onnx_nodes", 1.0)
    assert [layer.line for layer in (*change.match.old, *change.match.new)] == [1382, 1384, 1386, 4576]
    assert (found.old.layers, found.new.layers) == (32, 12)
    assert found.summary.kinds["layer_removed"] == 10  # five pairs of Squeeze and Unsqueeze
    assert {one.match.old[0].family for one in found.changes if one.cause == "layer_removed"} == {"noop"}


def test_a_new_version_of_tensorrt_on_one_gpu(corpus_tables: Read) -> None:
    old, new = (corpus_tables(f"python-{v}-rtx6000ada-netserial.log") for v in ("10.14.1", "10.16.0"))
    found = diff(old, new)
    change = of(found, "Pooling1")

    assert found.summary.matched == {"name": 8}
    assert [layer.tactic for layer in (*change.match.old, *change.match.new)] == [
        "0x8382d5c464539e87",
        "0xd76bac5638836f8a",
    ]
    assert "real" not in found.summary.verdicts


def test_logs_of_other_networks_are_refused_with_an_engine_and_without(corpus_tables: Read) -> None:
    with pytest.raises(UsageError, match="different networks"):
        diff(corpus_tables("letter-8.x-unknown-tacticsource-all.log"), corpus_tables(FP32))
    with pytest.raises(UsageError, match="different networks"):
        diff(corpus_tables(A100), corpus_tables(FP32))
