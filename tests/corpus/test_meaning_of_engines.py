"""What real logs say about engines and the programs around them: every number was read off the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]
    Lines = Callable[[str], list[str]]

pytestmark = pytest.mark.corpus

LEVEL_5 = "trtexec-10.16.1-h100-mnist-level5.log"
THREE_ENGINES = "python-10.16.2-h100-mnist-x3-a.log"
CENTERPOINT = "trtexec-8.2.3-a100-centerpoint-rpn.log"


def at(frame: pl.DataFrame, line: int) -> dict[str, object]:
    """Return the one row that stands on a line."""
    return frame.filter(line=line).row(0, named=True)


# -- layers, engine and kernels -----------------------------------------------------------------------------------


def test_profile_suffixes_are_no_part_of_names(corpus_tables: Read) -> None:
    log = corpus_tables(THREE_ENGINES)
    named = {
        "layers": "name",
        "engine_layers": "name",
        "combinations": "subject",
        "op_tactics": "op",
        "profile": "name",
    }
    for table, column in named.items():
        assert log[table].filter(pl.col(column).str.contains(r"\[profile")).is_empty(), table
    first, second = (log.layers.filter(build=build)["name"].to_list() for build in (1, 2))
    assert first == second
    assert first[0] == "node_conv2d + node_relu"


def test_negative_optima_stay_in_the_dims_of_8_x_engine_layers(corpus_tables: Read) -> None:
    row = at(corpus_tables("trtexec-8.0.3-gtx1070-mnist-fp16.log").engine_layers, 1009)

    assert (row["name"], row["layer_type"]) == ("Conv__25 + Relu", "CaskConvolution")
    assert row["inputs"] == [
        {"name": "x:0", "dtype": "Float", "dims": ["-2", "1", "28", "28"], "format": None}
    ]
    assert row["outputs"] == [
        {"name": "Relu:0", "dtype": "Float", "dims": ["-2", "32", "28", "28"], "format": None}
    ]


def test_an_engine_printed_in_two_forms_is_counted_once(corpus_tables: Read) -> None:
    layers = corpus_tables(CENTERPOINT).engine_layers

    assert layers.height == 94
    assert layers["line"].to_list() == list(range(16097, 16191))
    assert layers["tactic"].null_count() == 0
    assert dict(layers["layer_type"].value_counts().rows()) == {
        "CaskConvolution": 55,
        "Reformat": 38,
        "GemmDeconvolution": 1,
    }
    assert layers["kernel"].drop_nulls().len() == 55
    assert set(layers.filter(pl.col("kernel").is_not_null())["layer_type"]) == {"CaskConvolution"}


def test_the_detailed_form_adds_formats_and_kernels_to_the_short_one(corpus_tables: Read) -> None:
    reformat, convolution = corpus_tables(CENTERPOINT).engine_layers.head(2).to_dicts()

    assert reformat["name"] == "Reformatting CopyNode for Input Tensor 0 to Conv_15 + Relu_16"
    assert reformat["tactic"] == "0x0000000000000000"
    assert reformat["inputs"][0]["format"] == "Row major linear FP16 format"
    assert convolution["tactic"] == "0x60c3421152ef8e10"  # 6972489290272968208
    assert convolution["kernel"].startswith("sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc")
    assert convolution["kernel_source"] == "layer_info"


@pytest.mark.parametrize(
    ("name", "layers", "kernels"),
    [
        ("trtexec-8.5.1-rtx3080-resnet50.log", 62, 31),
        ("trtexec-8.5.1-rtx3080-sample2.log", 7, 2),
        ("trtexec-8.5.10-rtx2000ada-resnet18-qat.log", 26, 21),
        ("trtexec-8.5.3-rtx2060-centerpoint-rpn.log", 42, 29),
    ],
)
def test_every_kernel_of_the_detailed_form_is_in_the_engine(
    corpus_tables: Read, name: str, layers: int, kernels: int
) -> None:
    engine = corpus_tables(name).engine_layers

    assert engine.height == layers
    assert engine["tactic"].null_count() == 0
    assert engine.filter(kernel_source="layer_info").height == kernels


def test_a_region_that_both_forms_print_stays_one_layer_of_the_engine(corpus_tables: Read) -> None:
    # lines 431 and 463 print the region, 433 and 465 the reformat, only 467 the convolution
    layers = corpus_tables("trt8x_zmurder_qdq_analysis.log").engine_layers

    assert sorted(layers["layer_type"]) == ["CaskConvolution", "Myelin", "Reformat"]


def test_the_detailed_form_of_10_x_shows_the_kernels_inside_a_region(corpus_tables: Read) -> None:
    layers = corpus_tables(THREE_ENGINES).engine_layers.filter(engine=3, build=5)

    assert layers["layer_type"].to_list()[7:] == ["shape_call", "gemm", "gemm", "kgen", "kgen", "kgen"]
    linear = layers.filter(name="node_linear_myl7_1").row(0, named=True)
    assert linear["kernel"].startswith("sm80_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize32x32x64")
    assert linear["onnx_nodes"] == ["node_linear", "node_relu_2"]


def test_a_kernel_without_metadata_names_no_onnx_node(corpus_tables: Read, corpus_lines: Lines) -> None:
    assert corpus_lines(THREE_ENGINES)[4218].endswith("StreamId: 0, Metadata:")
    row = at(corpus_tables(THREE_ENGINES).engine_layers, 4218)

    assert row["name"] == "__mye258_0_myl7_0"
    assert not row["onnx_nodes"]


def test_an_engine_layer_has_the_kernel_timed_for_its_layer_and_tactic(corpus_tables: Read) -> None:
    layers = corpus_tables(LEVEL_5).engine_layers
    pools = layers.filter(layer_type="CaskPooling")

    # cached in strategy 3 (lines 3128 and 3468), named and timed in strategy 4 (lines 1153 and 1732)
    assert pools.select("name", "tactic", "kernel", "time_ms", "kernel_source").rows() == [
        (
            "node_max_pool2d",
            "0xdd39499496c9cc38",
            "sm50_xmma_pooling_tiled_FP32NCHW_kMAX_tP2_tQ16_tR2_tS2_tU2_tV2_tUnroll4_tThreads128",
            0.00294885,
            "log",
        ),
        (
            "node_max_pool2d_1",
            "0xf9ae51e35ff7f5db",
            "sm50_xmma_pooling_coalescedC_NHWC_kMAX_2_False",
            0.00330556,
            "log",
        ),
    ]


def test_the_first_row_of_every_op_table_is_the_fastest(corpus_tables: Read) -> None:
    rows = corpus_tables(LEVEL_5).op_tactics
    groups = rows.group_by("combination", "op", maintain_order=True).agg(
        pl.col("time_ms").first().alias("first"), pl.col("time_ms").min().alias("least")
    )

    assert groups.height > 5
    assert groups["first"].to_list() == groups["least"].to_list()
    assert rows["combination"].null_count() == 0
    assert rows["tactic_hash"].null_count() == 0


def test_an_op_row_keeps_all_its_columns(corpus_tables: Read) -> None:
    row = at(corpus_tables(LEVEL_5).op_tactics, 3074)

    assert (row["op"], row["tactic_id"], row["time_ms"], row["relative"], row["correlation"]) == (
        "node_conv2d",
        30,
        0.005136,
        1.0,
        5986.98955,
    )
    assert row["onnx_nodes"] == ["node_conv2d", "node_relu"]


def test_layers_printed_with_a_prefix_on_every_line_are_read(corpus_tables: Read) -> None:
    layers = corpus_tables("trt7x_python_lenet_engine_info.log").engine_layers

    assert layers.height == 7
    assert layers["layer_type"].to_list()[:2] == ["FusedConvActDirect", "PoolingTiled"]
    assert layers["tactic"].to_list()[:2] == ["0x000000000000008d", "0x000000000071010e"]


def test_a_print_inside_a_layer_line_costs_no_other_layer(corpus_tables: Read, corpus_lines: Lines) -> None:
    name = "trt8x_levit_python_nb1.log"
    printed = sum(line.startswith("Layer(") for line in corpus_lines(name))

    assert corpus_tables(name).engine_layers.height == printed == 427


# -- what the program says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "first", "last"),
    [
        (
            CENTERPOINT,
            94,
            (
                781,
                "Reformatting CopyNode for Input Tensor 0 to Conv_15 + Relu_16",
                30.57,
                0.0391,
                None,
                1.5,
                16579,
            ),
            (781, "Reformatting CopyNode for Output Tensor 0 to Conv_169", 5.68, 0.0073, None, 0.3, 16672),
        ),
        (
            "trtexec-8.5.1-rtx3080-sample2.log",
            4,
            (54634, "/conv1/Conv + /act1/Relu", 354.39, 0.0065, 0.0061, 18.9, 1436),
            (54634, "/head/Gemm", 206.87, 0.0038, 0.0041, 11.1, 1439),
        ),
        (
            "cookbook-trtexec-dumpprofile-10.16.1-h100.log",
            15,
            (18362, "__mye59_0_myl0_0", 31.4, 0.0017, 0.0018, 2.1, 85),
            (18362, "__myl_Cast_myl5_7", 65.52, 0.0036, 0.0036, 4.3, 99),
        ),
    ],
    ids=["8.2", "8.5", "8.6 and later"],
)
def test_a_profile_table_is_read_in_each_layout(
    corpus_tables: Read, name: str, rows: int, first: tuple[object, ...], last: tuple[object, ...]
) -> None:
    profile = corpus_tables(name).profile.drop("run")

    assert profile.height == rows
    assert profile.row(0) == first
    assert profile.row(-1) == last


def test_the_profile_of_trt_5_is_read_with_its_runtime_and_share(corpus_tables: Read) -> None:
    profile = corpus_tables("trt51_caffe_fasterrcnn_profile.log").profile  # lines 9 to 37

    assert profile.height == 29
    assert profile.select("name", "percent", "line").row(0) == ("RPROIFused", 12.3, 9)
    assert profile["percent"].sum() == pytest.approx(100, abs=1)
    assert profile["total_ms"].sum() == pytest.approx(211.681, rel=0.01)


def test_the_option_echo_keeps_sections_keys_and_values(corpus_tables: Read) -> None:
    options = corpus_tables(CENTERPOINT).options

    assert options.filter(section="Model Options").select("key", "value", "line").rows() == [
        ("Format", "ONNX", 3),
        ("Model", "model/rpn_centerhead_sim.onnx", 4),
        ("Output", None, 5),
    ]
    values = dict(options.filter(section="Build Options").select("key", "value").rows())
    assert values["Precision"] == "FP32+FP16"
    assert values["Workspace"] == "4096 MiB"
    assert values["Refit"] == "Disabled"
    assert dict(options.filter(section="Reporting Options").select("key", "value").rows())[
        "Dump refittable layers"
    ] == ("Disabled")


def test_the_device_block_is_read_in_old_and_new_order(corpus_tables: Read) -> None:
    def block(name: str) -> dict[str, str]:
        return dict(
            corpus_tables(name).options.filter(section="Device Information").select("key", "value").rows()
        )

    old = block(CENTERPOINT)
    new = block("cookbook-trtexec-loadengine-verbose-10.16.1-h100.log")
    assert (old["Selected Device"], old["Compute Capability"], old["SMs"]) == (
        "NVIDIA A100-PCIE-40GB",
        "8.0",
        "108",
    )
    assert (new["Selected Device"], new["Compute Capability"], new["SMs"]) == (
        "NVIDIA H100 PCIe",
        "9.0",
        "114",
    )
    assert new["Selected Device UUID"] == "GPU-31e9692b-62b7-2d62-f0b1-f4195b568ac7"
    assert (old["Compute Clock Rate (GHz)"], new["Compute Clock Rate (GHz)"]) == ("1.41", "1.755")


def test_the_performance_summary_keeps_every_statistic(corpus_tables: Read) -> None:
    old = corpus_tables(CENTERPOINT).performance
    new = corpus_tables("cookbook-trtexec-loadengine-verbose-10.16.1-h100.log").performance

    assert old.filter(metric="GPU Compute Time").select("statistic", "value").rows() == [
        ("min", 2.33167),
        ("max", 2.38287),
        ("mean", 2.35166),
        ("median", 2.35217),
        ("percentile 99", 2.37775),
    ]
    assert new.filter(metric="Latency")["statistic"].to_list() == [
        "min",
        "max",
        "mean",
        "median",
        "percentile 90",
        "percentile 95",
        "percentile 99",
    ]
    assert new.filter(metric="Throughput").select("value", "unit").rows() == [(24896.9, "qps")]
    assert old.filter(metric="Engine built in").select("value", "unit").rows() == [(85.4169, "s")]


def test_timing_cache_lines_tell_entries_and_hits(corpus_tables: Read) -> None:
    def events(name: str) -> list[tuple[object, ...]]:
        return corpus_tables(name).timing_cache.select("event", "entries", "hits", "line").rows()

    assert events("trtexec-8.6.1-rtx3080-mobilenetv2.log") == [
        ("global", None, None, 1679),
        ("serialized", 987, None, 19996),
        ("deleted", 987, 0, 20000),
        ("deleted", 987, 1487, 20001),
    ]
    assert events("letter-8.x-unknown-timingcache-load.log") == [
        ("loaded", 31, None, 4),
        ("global", None, None, 39),
        ("deleted", 31, 31, 198),
    ]
    assert events("trtexec-8.4.1-gtx1070-mnist-fp32.log") == [
        ("local", None, None, 342),
        ("deleted", 34, 0, 881),
    ]


def test_a_timing_cache_line_belongs_to_the_build_whose_lines_it_stands_between(corpus_tables: Read) -> None:
    # lines 518, 3037 and 4461, each behind `Building graph using backend strategy`
    in_use = corpus_tables(LEVEL_5).timing_cache.filter(event="global")

    assert in_use.select("build", "line").rows() == [(1, 518), (2, 3037), (3, 4461)]


def test_a_message_goes_on_in_lines_without_a_prefix(corpus_tables: Read) -> None:
    messages = corpus_tables("trt8x_torchtensorrt_context_prefix.log").messages
    second = [
        "createInferBuilder: Error Code 6: API Usage Error",
        "  (CUDA initialization failure with error: 35.",
        "  In `anonymous-namespace'::ensureCudaInitialized::<lambda_1>::operator () at builder.cpp:1406)",
    ]

    assert messages.select("line", "severity", "text").rows() == [
        (1, "error", "Unable to determine GPU memory usage"),
        (2, "error", "\n".join(second)),
    ]


def test_the_tail_that_onnxruntime_puts_behind_a_message_is_no_part_of_it(corpus_tables: Read) -> None:
    log = corpus_tables("excerpt-ortep-trt10-22164.log")

    assert log.messages.height == 5
    assert log.messages.filter(pl.col("text").str.contains("tensorrt_execution_provider")).is_empty()
    assert set(log.tactics["reason"]) == {"exception canImplement1"}
    assert log.tactics["tactic"].to_list()[0] == "0xaa15e43058248292"


@pytest.mark.parametrize(
    ("name", "producer", "version", "gpu", "outcome"),
    [
        (LEVEL_5, "trtexec", "10.16.1", "NVIDIA H100 PCIe", "passed"),
        ("trtexec-8.0.3-gtx1070-mnist-fp16.log", "trtexec", "8.0.3", "NVIDIA GeForce GTX 1070", "passed"),
        (CENTERPOINT, "trtexec", "8.2.3", "NVIDIA A100-PCIE-40GB", "passed"),
        ("trtexec-8.5.10-orin-mnist-best.log", "trtexec", "8.5.10", "Orin", "passed"),
        ("trtexec-8.5.1-rtx3080-resnet50.log", "trtexec", "8.5.1", "NVIDIA GeForce RTX 3080", "passed"),
        ("trtexec-8.6.1-rtx3080-mobilenetv2.log", "trtexec", "8.6.1", "NVIDIA GeForce RTX 3080", "passed"),
        ("trtexec-8.4.10-orin-dla.log", "trtexec", "8.4.10", "Orin", "incomplete"),
        (
            "cookbook-trtexec-11.1.0-h100-part1-head.log",
            "trtexec",
            "11.1.0",
            "NVIDIA H100 PCIe",
            "incomplete",
        ),
        (THREE_ENGINES, None, "10.16.2", None, "passed"),
        ("python-8.6.1-unknown-bert-a.log", None, "8.6.1", None, "passed"),
        ("python-8.5.1-unknown-layernorm-plugin.log", None, "8.5.1", None, "passed"),
        ("trt-sample-safe-plugin-10.12.log", "sample_safe_plugin_build", "10.12.0", None, "passed"),
        ("trt51_caffe_fasterrcnn_profile.log", "sample_fasterRCNN", None, None, "passed"),
        ("trt801_plugin_crash_midlog.log", None, None, None, "incomplete"),
        ("trt8406_python_illegal_memory.log", None, None, None, "failed"),
        ("excerpt-trt10-modelopt-fp8-1615.log", None, None, None, "failed"),
    ],
)
def test_a_log_says_who_wrote_it_with_what_and_how_it_ended(
    corpus_tables: Read, name: str, producer: str | None, version: str | None, gpu: str | None, outcome: str
) -> None:
    row = corpus_tables(name).log.row(0, named=True)

    assert (row["tensorrt_version"], row["gpu"], row["outcome"]) == (version, gpu, outcome)
    if producer is not None:  # what a log without a banner says about its producer is not fixed here
        assert row["producer"] == producer


def test_polygraphy_says_which_tensorrt_it_loaded(corpus_tables: Read) -> None:
    # line 37: Loaded Module: tensorrt | Version: 10.16.2.5
    row = corpus_tables("cookbook-polygraphy-run-onnxrt-trt-10.16.2-h100.log").log.row(0, named=True)

    assert row["producer"] == "polygraphy"
    assert (row["tensorrt_version"] or "").startswith("10.16.2")


def test_a_log_without_tactics_still_says_what_it_is(corpus_tables: Read) -> None:
    log = corpus_tables("cookbook-trtexec-loadengine-verbose-10.16.1-h100.log")

    assert log.tactics.is_empty()
    assert log.builds.is_empty()
    assert "--loadEngine=model-trained.trt" in log.log["command"].item()
