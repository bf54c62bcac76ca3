"""One layer per generation of TensorRT, explained; every number and line was found in the log with grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shown import shown

from tacticlens.analysis import explanation
from tacticlens.analysis.candidates import candidates
from tacticlens.analysis.explanation import explain
from tacticlens.analysis.explanation_model import Candidate, Explanation, FormatCombination
from tacticlens.views.explain import ExplainResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]

pytestmark = pytest.mark.corpus

LEVEL_5 = "trtexec-10.16.1-h100-mnist-level5.log"


def taken(story: Explanation) -> FormatCombination:
    return next(one for one in story.combinations if one.taken)


def best(story: Explanation) -> FormatCombination:
    return next(one for one in story.combinations if one.combination == story.next_best)


def told(one: Candidate | None) -> tuple[float | None, int | None]:
    assert one is not None
    return one.time_ms, one.line


def test_tensorrt_5_has_runner_numbers_and_one_combination_without_formats(corpus_tables: Read) -> None:
    story = explain(corpus_tables("trt51_caffe_googlenet_cpp.log"), "conv1/7x7_s2")
    (only,) = story.combinations

    assert story.choice is None
    assert (only.formats, only.taken, len(only.candidates)) == (None, None, 11)
    assert told(only.winner) == (0.365568, 133)
    assert only.winner is not None
    assert (only.winner.runner, only.winner.tactic) == ("14", f"0x{-675401754313066228 % 2**64:016x}")
    assert told(only.runner_up) == (0.370688, 125)
    assert [one.runner for one in only.runners] == ["3", "14", "1", "33"]


def test_tensorrt_7_names_kernels_before_their_times_and_skips_for_memory(corpus_tables: Read) -> None:
    story = explain(corpus_tables("python-7.x-unknown-openpose-ppn.log"), "StatefulPartitionedCall/conv2d_1")
    (only,) = story.combinations
    skipped = [one for one in only.candidates if one.status == "skipped"]

    assert story.choice is not None
    assert story.choice.line == 2071
    assert told(only.winner) == (2.23437, 1098)
    assert told(only.runner_up) == (2.25485, 1102)
    assert [(one.needed_bytes, one.available_bytes, one.line) for one in skipped] == [
        (1503480576, 1073741824, 1109)
    ]
    assert [one.runner for one in only.runners if one.result == "no_valid_tactic"] == [
        "LegacySASSConvolution", "CudaDepthwiseConvolution",
    ]  # fmt: skip


def test_tensorrt_8_0_does_not_name_the_tensor_of_a_reformat(corpus_tables: Read) -> None:
    story = explain(corpus_tables("trtexec-8.0.3-gtx1070-mnist-fp16.log"), "Conv__25")

    assert story.choice is not None
    assert (story.choice.line, taken(story).line) == (1009, 314)
    assert taken(story).winner is not None
    assert taken(story).winner.tactic == f"0x{7144526460361122478:016x}"  # type: ignore[union-attr]
    assert [one.exact for one in best(story).reformats] == [False, False]


def test_tensorrt_8_4_takes_the_combination_whose_reformats_pay(corpus_tables: Read) -> None:
    story = explain(corpus_tables("trtexec-8.4.1-gtx1070-mnist-fp16.log"), "Conv-4")
    into, out = taken(story).reformats

    assert story.choice is not None
    assert story.choice.line == 1152
    assert told(taken(story).winner) == (0.0224653, 823)
    assert told(taken(story).runner_up) == (0.0398994, 825)
    assert (into.side, into.tensor, into.time_ms, into.line) == ("into", "tensor-3", 0.00313809, 384)
    assert (out.side, out.tensor, out.time_ms, out.line) == ("out of", "tensor-5", 0.00406438, 427)
    assert told(best(story).winner) == (0.0508587, 793)
    assert story.extra_ms == pytest.approx(0.0508587 - (0.0224653 + 0.00313809 + 0.00406438))


def test_tensorrt_8_5_has_the_measured_profile_beside_the_tactic(corpus_tables: Read) -> None:
    story = explain(corpus_tables("trtexec-8.5.1-rtx3080-sample2.log"), "/conv2/Conv")

    assert story.choice is not None
    assert (story.choice.line, story.choice.time_source) == (1392, "profile")
    assert told(taken(story).winner) == (0.0176381, 914)
    assert taken(story).reformats == ()


def test_tensorrt_8_6_has_kernel_and_time_on_one_line(corpus_tables: Read) -> None:
    story = explain(corpus_tables("trtexec-8.6.0-rtx3090-mnist.log"), "Conv-4 + ReLU-5")

    assert story.choice is not None
    assert (story.choice.line, story.choice.tensor_core) == (3420, "yes")
    assert taken(story).line == 871
    assert told(taken(story).winner) == (0.00821867, 929)
    assert told(taken(story).runner_up) == (0.00897571, 909)
    assert [(one.time_ms, one.combination is not None) for one in best(story).reformats] == [
        (0.00247417, True), (0.00264395, True),
    ]  # fmt: skip
    assert story.extra_ms == pytest.approx(0.0145993 + 0.00247417 + 0.00264395 - 0.00821867)


def test_tensorrt_10_follows_cached_results_to_the_build_that_measured_them(corpus_tables: Read) -> None:
    story = explain(corpus_tables(LEVEL_5), "node_max_pool2d")

    assert (story.build, story.builds) == (2, (1, 2, 3))
    assert story.choice is not None
    assert story.choice.line == 4689
    assert [one.line for one in story.combinations] == [3128, 3129, 3130, 3131]
    assert {one.result for one in story.combinations} == {"cached"}
    assert told(taken(story).winner) == (0.00294885, 1153)
    assert told(taken(story).runner_up) == (0.002969, 1149)
    assert [(one.time_ms, one.line) for one in taken(story).reformats] == [(0.00333459, 4399)]
    assert [(one.time_ms, one.line) for one in best(story).reformats] == [(0.00336415, 4396)]
    assert story.extra_ms == pytest.approx(0.00332237 + 0.00336415 - 0.00294885 - 0.00333459)


def test_a_fused_region_of_tensorrt_10_shows_the_fastest_row_of_its_table(corpus_tables: Read) -> None:
    story = explain(corpus_tables(LEVEL_5), "node_conv2d_1")
    (operation,) = taken(story).operations

    assert story.name == "{ForeignNode[node_conv2d_1...node_relu_1]}"
    assert (operation.op, operation.rows, operation.time_ms, operation.line) == (
        "node_conv2d_1",
        300,
        0.007744,
        3160,
    )
    assert operation.margin == pytest.approx(0.0077728 / 0.007744 - 1)
    assert operation.tensor_core == "yes"


def test_the_same_layer_in_a_build_that_lost_can_be_asked_for(corpus_tables: Read) -> None:
    story = explain(corpus_tables(LEVEL_5), "node_conv2d_1 + node_relu_1", 1)

    assert (story.build, story.choice) == (1, None)
    assert story.combinations[0].candidates


def test_tensorrt_rtx_takes_without_timing(corpus_tables: Read) -> None:
    story = explain(corpus_tables("cookbook-trtrtx-1.x-verbose.log"), "ForeignNode")

    assert story.choice is not None
    assert (story.choice.line, story.choice.time_ms, story.extra_ms) == (66, None, None)
    assert [(one.status, one.line) for one in taken(story).candidates] == [("untimed", 42)]


@pytest.mark.parametrize(
    ("name", "priced"),
    [
        (LEVEL_5, 3),
        ("trtexec-10.16.0-rtx6000ada-mnist-level5.log", 8),
        ("trtexec-8.6.0-rtx3090-mnist.log", 7),
        ("trtexec-8.5.10-orin-mnist-best.log", 5),
        ("trtexec-8.5.10-rtx2000ada-resnet18-qat.log", 17),
        ("trtexec-8.5.1-rtx3080-resnet50.log", 27),
        ("trtexec-8.4.1-gtx1070-mnist-fp16.log", 7),
        ("trtexec-8.0.3-gtx1070-mnist-fp16.log", 7),
    ],
)
def test_no_other_combination_would_have_been_cheaper_where_all_reformats_are_known(
    corpus_tables: Read, monkeypatch: pytest.MonkeyPatch, name: str, priced: int
) -> None:
    """The builder takes the cheapest path; a negative price would mean a wrong combination or reformat here."""
    tables = corpus_tables(name)
    found = candidates(tables)
    monkeypatch.setattr(explanation, "candidates", lambda _: found)
    stories = [
        explain(tables, layer) for layer in tables["engine_layers"]["name"].unique(maintain_order=True)
    ]
    prices = [story.extra_ms for story in stories if story.extra_ms is not None]

    assert min(prices) >= -1e-9
    assert len(prices) >= priced


def test_every_engine_layer_of_every_log_is_explained(corpus_log: str, corpus_tables: Read) -> None:
    tables = corpus_tables(corpus_log)
    layers = tables["engine_layers"]["name"].unique(maintain_order=True).to_list()[:4]
    for layer in layers:
        story = explain(tables, layer)

        assert story.choice is not None
        assert layer.split("\n")[0][:20] in shown(ExplainResult(story)) or not layer.isprintable()
