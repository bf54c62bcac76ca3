"""What lines of real logs mean: every number here was read off the log, with the line it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.log import Log
    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]
    Lines = Callable[[str], list[str]]

pytestmark = pytest.mark.corpus

LEVEL_5 = "trtexec-10.16.1-h100-mnist-level5.log"
THREE_ENGINES = "python-10.16.2-h100-mnist-x3-a.log"
OPENPOSE = "python-7.x-unknown-openpose-thin.log"
CENTERPOINT = "trtexec-8.2.3-a100-centerpoint-rpn.log"
ALIGN_SIZE = "python-8.4.1-gtx1070-align-size.log"
MEBIBYTE = 1 << 20


def at(frame: pl.DataFrame, line: int) -> dict[str, object]:
    """Return the one row that stands on a line."""
    return frame.filter(line=line).row(0, named=True)


# -- several builds in one log ---------------------------------------------------------------------------------


def test_a_level_5_log_holds_a_build_per_backend_strategy(corpus_tables: Read) -> None:
    builds = corpus_tables(LEVEL_5).builds

    assert builds["strategy"].to_list() == [4, 3, 2]
    assert builds["estimated_ms"].to_list() == [0.3344, 0.310688, 0.32816]
    assert builds["engine"].to_list() == [1, 1, 1]
    assert builds["selection_s"].to_list() == [14.8108, 7.70415, 0.395312]
    assert builds["generation_s"].to_list() == [15.4838, 7.75278, 0.43392]


def test_the_verdicts_say_which_strategy_is_the_engine(corpus_tables: Read) -> None:
    assert corpus_tables(LEVEL_5).builds["in_engine"].to_list() == [False, True, False]
    assert corpus_tables("trtexec-10.16.0-rtx6000ada-mnist-level5.log").builds["in_engine"].to_list() == [
        True,
        False,
        False,
    ]


def test_the_engine_layers_belong_to_the_build_that_was_chosen(corpus_tables: Read) -> None:
    h100 = corpus_tables(LEVEL_5).engine_layers
    ada = corpus_tables("trtexec-10.16.0-rtx6000ada-mnist-level5.log").engine_layers

    assert h100.height == 6
    assert set(h100["build"]) == {2}
    assert h100["line"].to_list() == list(range(4688, 4694))
    assert ada.height == 17
    assert set(ada["build"]) == {1}


def test_nearly_all_timed_tactics_of_a_level_5_log_are_of_a_build_that_lost(corpus_tables: Read) -> None:
    timed = corpus_tables(LEVEL_5).tactics.filter(status="timed")

    assert timed.height == 1361
    assert dict(timed.group_by("build").len().rows()) == {1: 1353, 2: 5, 3: 3}


def test_op_rows_belong_to_the_strategy_that_printed_them(corpus_tables: Read) -> None:
    rows = corpus_tables(LEVEL_5).op_tactics

    assert dict(rows.group_by("build").len().rows()) == {1: 585, 2: 1202}


def test_a_verdict_behind_a_cut_begin_is_about_the_pass_above_it(corpus_tables: Read) -> None:
    # line 91: Engine generation completed; line 98: Chose this engine with backend strategy 2 since ...
    log = corpus_tables("cookbook-trtexec-11.1.0-h100-part3-tail.log")

    assert log.builds.height == 1
    assert log.builds["in_engine"].to_list() == [True]
    assert log.engine_layers.height == 5
    assert set(log.engine_layers["build"]) == {1}


def test_each_optimization_profile_is_a_build_of_the_same_engine(corpus_tables: Read) -> None:
    log = corpus_tables(THREE_ENGINES)

    assert log.builds.select("engine", "profile").rows() == [(e, p) for e in (1, 2, 3) for p in (0, 1)]
    assert log.builds["in_engine"].to_list() == [True] * 6
    assert log.engine_layers.group_by("engine", maintain_order=True).len().rows() == [
        (1, 16),
        (2, 16),
        (3, 26),
    ]
    assert log.engine_layers.filter(engine=1).group_by("build", maintain_order=True).len().rows() == [
        (1, 8),
        (2, 8),
    ]
    assert log.engine_layers.filter(engine=3).group_by("build", maintain_order=True).len().rows() == [
        (5, 13),
        (6, 13),
    ]


def test_positions_of_engine_layers_count_from_1_in_each_engine(corpus_tables: Read) -> None:
    positions = (
        corpus_tables(THREE_ENGINES).engine_layers.group_by("engine", maintain_order=True).agg("position")
    )

    assert positions["position"].to_list() == [list(range(1, n + 1)) for n in (16, 16, 26)]


def test_a_script_that_builds_four_engines_gives_four_builds(corpus_tables: Read) -> None:
    log = corpus_tables(ALIGN_SIZE)

    assert log.builds.select("engine", "selection_s", "generation_s").rows() == [
        (1, 1.04449, 1.41885),
        (2, 0.862487, 0.910073),
        (3, 0.681828, 0.729123),
        (4, 0.709922, 0.759734),
    ]
    assert log.engine_layers.group_by("engine", maintain_order=True).len().rows() == [
        (n, 24) for n in (1, 2, 3, 4)
    ]


def test_runs_of_trtexec_between_builds_keep_their_own_options_and_measurements(corpus_tables: Read) -> None:
    log = corpus_tables(ALIGN_SIZE)
    throughput = log.performance.filter(metric="Throughput")

    assert throughput.select("run", "value", "line").rows() == [
        (1, 1572.26, 1928),
        (2, 1592.69, 3875),
        (3, 1358.45, 5805),
        (4, 1491.25, 7773),
        (5, 1560.43, 8451),
        (6, 1571.73, 9130),
        (7, 1362.75, 9819),
        (8, 1489.66, 10474),
    ]
    assert sorted(set(log.options["run"])) == list(range(1, 9))


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("python-8.4.1-gtx1070-3dmm-to-2dmm.log", [84, 27]),
        ("python-8.4.1-gtx1070-squeeze-transpose.log", [32, 12]),
        ("python-8.4-unknown-sparsity.log", [20, 20]),
        ("cookbook-pyapi-plugin-tactic-timingcache-10.16.0-rtx6000ada.log", [2, 2]),
    ],
)
def test_two_builds_of_a_script_are_two_engines(corpus_tables: Read, name: str, layers: list[int]) -> None:
    log = corpus_tables(name)

    assert log.builds["engine"].to_list() == [1, 2]
    assert log.builds["in_engine"].to_list() == [True, True]
    assert log.engine_layers.group_by("engine", maintain_order=True).len()["len"].to_list() == layers


@pytest.mark.parametrize(
    "name", ["cookbook-pyapi-dynquant-11.1.0-h100.log", "cookbook-pyapi-dynquant-10.16.2-h100.log"]
)
def test_a_tactic_that_fails_behind_a_finished_engine_belongs_to_another_network(
    corpus_tables: Read, name: str
) -> None:
    builds = corpus_tables(name).builds

    assert builds["engine"].to_list() == [1, 2]
    assert builds["strategy"].to_list() == [2, None]  # the second network's lines say nothing of a strategy
    assert builds["in_engine"].to_list() == [True, None]


# -- cached and repeated measurements ----------------------------------------------------------------------------


def test_cached_results_of_the_winning_strategy_lead_to_candidates_timed_under_the_first(
    corpus_tables: Read,
) -> None:
    log = corpus_tables(LEVEL_5)
    cached = log.combinations.filter(result="cached", build=2)
    origins = cached.select("tactic", "time_ms", "formats", combination="origin").join(
        log.combinations.drop("origin"), on="combination", suffix="_of_origin"
    )
    candidates = log.tactics.filter(status="timed").group_by("combination").len()

    assert cached.height == 27
    assert origins.height == 27
    assert set(origins["build"]) == {1}
    assert origins["formats"].to_list() == origins["formats_of_origin"].to_list()
    assert origins["tactic"].to_list() == origins["tactic_of_origin"].to_list()
    assert origins["time_ms"].to_list() == pytest.approx(origins["time_ms_of_origin"].to_list())
    assert origins.join(candidates, on="combination").height == 27


def test_a_second_profile_is_cached_from_the_first_of_the_same_engine(corpus_tables: Read) -> None:
    combinations = corpus_tables(THREE_ENGINES).combinations
    builds = combinations.select(origin="combination", origin_build="build")
    cached = combinations.filter(result="cached").join(builds, on="origin", how="left")

    assert dict(cached.group_by("build").len().rows()) == {2: 27, 4: 27, 6: 27}
    assert set(cached.select("build", "origin_build").rows()) == {(2, 1), (4, 3), (6, 5)}


def test_combinations_with_nothing_under_them_repeat_an_earlier_measurement(corpus_tables: Read) -> None:
    repeated = corpus_tables("python-8.6.1-unknown-bert-a.log").combinations.filter(result="repeated")

    assert dict(repeated.group_by("purpose").len().rows()) == {"layer": 1311, "reformat": 4475}
    assert repeated.filter(purpose="reformat")["origin"].null_count() == 0


def test_a_result_from_a_cache_file_has_no_origin_in_the_log(corpus_tables: Read) -> None:
    log = corpus_tables("letter-8.x-unknown-timingcache-load.log")
    repeated = log.combinations.filter(result="repeated")

    assert dict(repeated.group_by("purpose").len().rows()) == {"layer": 10, "reformat": 21}
    assert repeated["origin"].null_count() == 31


# -- tactics and their kernels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "tactic", "kernel", "time_ms", "combination"),
    [
        (5542, "0x195431d38ba5af88", "volta_scudnn_128x128_relu_medium_nn_v1", 1.35987, 1),
        (5552, "0x90238daf8750ddb0", "volta_scudnn_128x64_relu_medium_nn_v1", 0.712704, 1),
        (5556, "0xc939b7b0a4d5a05f", "volta_scudnn_128x32_relu_small_nn_v1", 0.392608, 1),
        (5559, "0x0000000000000000", None, 1.57475, 1),
        (
            5580,
            "0x268494f0a1c83de3",
            "volta_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1",
            13.7686,
            3,
        ),
        (5605, "0xffffffffffffffff", None, 0.394944, 3),
    ],
)
def test_trt_7_prints_the_kernel_before_the_time_and_the_id_with_the_time(
    corpus_tables: Read, line: int, tactic: str, kernel: str | None, time_ms: float, combination: int
) -> None:
    row = at(corpus_tables(OPENPOSE).tactics, line)

    assert (row["tactic"], row["kernel"], row["time_ms"], row["combination"]) == (
        tactic,
        kernel,
        time_ms,
        combination,
    )


def test_trt_7_announces_145_layer_combinations_and_times_copies_unannounced(corpus_tables: Read) -> None:
    combinations = corpus_tables(OPENPOSE).combinations

    assert combinations.filter(purpose="layer").height == 145
    assert combinations.filter(purpose="layer")["formats"].null_count() == 0
    copies = combinations.filter(purpose="reformat")
    assert copies.height == 5
    assert copies["formats"].null_count() == 5
    assert set(copies["subject"]) == {"StatefulPartitionedCall/concat:0 copy"}


def test_trt_7_strides_stand_in_the_order_of_the_log(corpus_tables: Read) -> None:
    row = at(corpus_tables(OPENPOSE).combinations, 5537)

    assert row["formats"] == "Float(1,432,158976,476928) -> Float(1,216,39744,1271808)"
    plain = {"dtype": "Float", "vector_width": None, "vector_dim": None}
    assert row["inputs"] == [{**plain, "strides": ["1", "432", "158976", "476928"]}]
    assert row["outputs"] == [{**plain, "strides": ["1", "216", "39744", "1271808"]}]


def test_a_kernel_named_with_its_own_id_belongs_to_the_time_of_that_id(corpus_tables: Read) -> None:
    old = at(corpus_tables("trtexec-8.0.3-gtx1070-mnist-fp16.log").tactics, 328)
    new = at(corpus_tables("trtexec-8.4.1-a10-segformer.log").tactics, 25706)

    assert (old["tactic"], old["kernel"], old["time_ms"]) == (
        "0x0ebe499388e08286",  # 1062367460111450758
        "maxwell_scudnn_128x32_relu_medium_nn_v1",
        0.010816,
    )
    assert (new["tactic"], new["kernel"], new["time_ms"]) == (
        "0x5403ad713f811a18",
        "ampere_scudnn_128x128_relu_xregs_large_nn_v1",
        0.926281,
    )


def test_one_tactic_has_one_id_in_logs_of_both_number_bases(corpus_tables: Read) -> None:
    def of(name: str) -> set[tuple[str, str]]:
        frame = corpus_tables(name).tactics.filter(pl.col("kernel").str.starts_with("maxwell_scudnn"))
        return set(frame.select("tactic", "kernel").rows())

    decimal, hexadecimal = (
        of("trtexec-8.0.3-gtx1070-mnist-fp32.log"),
        of("trtexec-8.4.1-gtx1070-mnist-fp32.log"),
    )
    assert ("0x0ebe499388e08286", "maxwell_scudnn_128x32_relu_medium_nn_v1") in decimal & hexadecimal
    assert len(decimal & hexadecimal) > 5


def test_from_8_6_kernel_and_time_share_a_line(corpus_tables: Read) -> None:
    row = at(corpus_tables("trtexec-8.6.1-rtx3080-mobilenetv2.log").tactics, 1686)

    assert (row["tactic"], row["kernel"], row["time_ms"]) == (
        "0xf067e6205da31c2e",
        "ampere_scudnn_128x128_relu_medium_nn_v1",
        0.0179154,
    )


def test_kernels_listed_again_after_the_selection_are_no_tactics(
    corpus_tables: Read, corpus_lines: Lines
) -> None:
    for name, selected in (
        ("trtexec-8.0.3-gtx1070-mnist-fp16.log", 975),
        ("trtexec-8.5.1-rtx3080-sample2.log", 1361),
    ):
        again = [number for number, line in enumerate(corpus_lines(name)) if "Set Tactic Name" in line]
        assert sum(number > selected for number in again) == 2
        assert corpus_tables(name).tactics["line"].max() < selected


def test_fields_of_split_k_stand_behind_the_id_in_8_5_and_before_it_in_8_6(corpus_tables: Read) -> None:
    old = at(corpus_tables("trtexec-8.5.10-orin-mnist-best.log").tactics, 8063)
    new = at(corpus_tables("trtexec-8.6.0-rtx3090-mnist.log").tactics, 1175)

    assert (old["runner"], old["tactic"], old["time_ms"], old["kernel"]) == (
        "CaskGemmConvolution",
        "0x00000000000204d8",
        0.00549855,
        "sm50_xmma_cublas_gemvx_f32f32_f32_f32_tn_n_int32_unit_n_launch_param4x32x32_strided_unit_stride",
    )
    assert (new["runner"], new["tactic"], new["time_ms"], new["kernel"]) == (
        "CaskGemmConvolution",
        "0x000000000002042f",
        0.0422789,
        "sm70_xmma_gemm_as_conv1x1_f32f32_f32_f32_tn_n_simt_small_batch_bias_relu",
    )


def test_a_kernel_name_alone_on_its_line_is_that_of_the_next_time(corpus_tables: Read) -> None:
    tactics = corpus_tables("trtexec-8.5.10-rtx2000ada-resnet18-qat.log").tactics
    tiles = tactics.filter(runner="ConvActPool").head(3)

    assert tiles.select("tactic", "kernel", "time_ms").rows() == [
        ("0x00000000000003e8", "kIMMA_V1_TILE_32x64", 0.125513),
        ("0x000000000000044c", "kIMMA_V2_TILE_16x224", 0.226523),
        ("0x0000000000000456", "kIMMA_V2_TILE_12x240", 0.146286),
    ]


def test_a_fast_skip_is_no_skip_when_its_time_follows(corpus_tables: Read, corpus_lines: Lines) -> None:
    name = "trtexec-8.6.1-rtx3080-mobilenetv2.log"
    skips = [number for number, line in enumerate(corpus_lines(name)) if "Fast skip Tactic:" in line]
    behind = corpus_tables(name).tactics.filter(pl.col("line").is_in([number + 1 for number in skips]))

    assert len(skips) == 154
    assert behind.height == 154
    assert set(behind["status"]) == {"timed"}


@pytest.mark.parametrize("name", [LEVEL_5, OPENPOSE, CENTERPOINT, "trtexec-8.6.1-rtx3080-mobilenetv2.log"])
def test_the_fastest_tactic_of_a_runner_is_not_one_more_tactic(
    corpus_tables: Read, corpus_lines: Lines, name: str
) -> None:
    fastest = [number for number, line in enumerate(corpus_lines(name)) if "Fastest Tactic: " in line]

    assert len(fastest) > 100
    assert corpus_tables(name).tactics.filter(pl.col("line").is_in(fastest)).is_empty()


def test_the_sentinel_with_an_infinite_time_is_a_failure(corpus_tables: Read) -> None:
    log = corpus_tables(LEVEL_5)  # lines 3117, 3126, 3142, 3151
    failed = log.runners.filter(result="failed")
    combinations = log.combinations.filter(pl.col("combination").is_in(failed["combination"].implode()))

    assert failed.select("runner", "profiling_s").rows() == [
        ("Myelin", 1.01663),
        ("Myelin", 0.297834),
        ("Myelin", 0.21679),
        ("Myelin", 0.991769),
    ]
    assert set(combinations["result"]) == {"no_tactic"}
    assert combinations["tactic"].null_count() == 4
    assert combinations["time_ms"].null_count() == 4


@pytest.mark.parametrize("name", ["excerpt-trt10-modelopt-fp8-1615.log", "excerpt-torchtrt-alpamayo-fp8.log"])
def test_an_excerpt_that_ends_with_the_sentinel_has_a_failed_runner_and_no_time(
    corpus_tables: Read, name: str
) -> None:
    log = corpus_tables(name)

    assert log.runners["result"].to_list() == ["failed"]
    assert log.tactics["status"].to_list() == ["failed"]
    assert log.tactics["time_ms"].null_count() == 1
    assert log.log["outcome"].item() == "failed"


def test_no_table_shows_the_sentinel(read_corpus: Callable[[str], Log]) -> None:
    for name in (LEVEL_5, "trtexec-10.16.0-rtx6000ada-mnist-level5.log"):
        for table in ("tactics", "combinations", "engine_layers"):
            assert "0xd15ea5edd15ea5ed" not in set(read_corpus(name).tables[table]["tactic"])


def test_the_warning_of_a_skip_prints_the_budget_and_the_line_above_the_need(corpus_tables: Read) -> None:
    skipped = corpus_tables(LEVEL_5).tactics.filter(pl.col("line").is_in([3116, 3125, 3141, 3150]))

    assert skipped.select("status", "needed_bytes", "available_bytes").rows() == [
        ("skipped", 852992, 2688),
        ("skipped", 50176, 2688),
        ("skipped", 1204224, 206080),
        ("skipped", 602112, 103552),
    ]


def test_a_device_request_in_megabytes_is_the_need_of_the_skip_below_it(corpus_tables: Read) -> None:
    row = corpus_tables("trt80_python_oom_skip.log").tactics.row(0, named=True)

    assert (row["tactic"], row["status"]) == ("0x0000000000000004", "skipped")
    assert (row["needed_bytes"], row["available_bytes"]) == (2100 * MEBIBYTE, 1536 * MEBIBYTE)


def test_a_device_request_below_a_skip_is_not_the_need_of_that_skip(corpus_tables: Read) -> None:
    rows = corpus_tables("trt82_jetson_insuficient_memory.log").tactics

    assert rows.select("status", "needed_bytes", "available_bytes", "line").rows() == [
        ("skipped", None, None, 1)
    ]


def test_scratch_memory_that_is_missing_is_a_skip_with_both_sizes(corpus_tables: Read) -> None:
    row = at(corpus_tables(LEVEL_5).tactics, 1740)

    assert (row["status"], row["needed_bytes"], row["available_bytes"], row["time_ms"]) == (
        "skipped",
        200704,
        1024,
        None,
    )


def test_the_only_option_wins_without_a_time(corpus_tables: Read) -> None:
    log = corpus_tables(OPENPOSE)  # line 5571, then `Fastest Tactic: 0 Time: 0`

    assert at(log.tactics, 5571)["status"] == "skipped"
    combination = at(log.combinations, 5569)
    assert (combination["result"], combination["runner"], combination["time_ms"]) == (
        "untimed",
        "Scale",
        None,
    )


def test_a_head_of_trt_5_with_nothing_under_it_has_no_valid_tactic(corpus_tables: Read) -> None:
    # e.g. line 140: a head, line 141: `Chose 14 (..)`, which is the winner of another runner
    runners = corpus_tables("trt51_caffe_googlenet_cpp.log").runners

    assert dict(runners["result"].value_counts().rows()) == {
        "timed": 142,
        "no_valid_tactic": 39,
        "untimed": 3,
    }


def test_reformats_of_trt_7_are_one_trial_per_head(corpus_tables: Read) -> None:
    # lines 1779, 1782 and 1785: three heads in a row, each with its own `Fastest Tactic`
    combinations = corpus_tables("python-7.x-unknown-openpose-ppn.log").combinations
    trials = combinations.filter(pl.col("line").is_between(1779, 1787))

    assert trials.select("purpose", "subject", "runner", "time_ms", "line").rows() == [
        ("reformat", "<reformat>", "Reformat", 0.04912, 1779),
        ("reformat", "<reformat>", "Reformat", 0.04768, 1782),
        ("reformat", "<reformat>", "Reformat", 0.029344, 1785),
    ]


def test_a_winner_whose_head_was_cut_off_keeps_its_time(corpus_tables: Read) -> None:
    # lines 32, 34 and 36: the time, `Fastest Tactic: .. Time: 0.0304704`, `Chose Runner Type: Myelin`
    log = corpus_tables("cookbook-trtexec-11.1.0-h100-part3-tail.log")
    winner = log.combinations.filter(pl.col("result") != "cached").row(0, named=True)

    assert (winner["runner"], winner["tactic"], winner["time_ms"]) == (
        "Myelin",
        "0x0000000000000000",
        0.0304704,
    )
