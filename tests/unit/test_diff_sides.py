"""What a comparison knows of a side: the build as a whole, its layers, and its winners where no engine is printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from findings.small_tables import OFF, ON, ampere, combination, layer, small, tactic

from tacticlens.diff.changes import diff
from tacticlens.diff.model import BuildSummary, Layer, OptionChange
from tacticlens.diff.side import layers_of
from tacticlens.diff.totals import options_changed, side_of, winners_side_of
from tacticlens.diff.winners import choose_build, winners_of
from tacticlens.tables.table_set import StoredTables, TableSet

Row = dict[str, Any]
HALF = "Half(8,1) -> Half(8,1)"
BUILD = {
    "build": 1, "engine": 1, "in_engine": True, "first_line": 10, "last_line": 90, "generation_s": 3.5,
}  # fmt: skip


def measured(metric: str, statistic: str, value: float) -> Row:
    return {"run": 1, "metric": metric, "statistic": statistic, "value": value, "line": 2000}


def memory(what: str, size: int) -> Row:
    return {"build": 1, "what": what, "bytes": size, "line": 50}


def option(key: str, value: str, section: str = "Build Options") -> Row:
    return {"run": 1, "section": section, "key": key, "value": value, "line": 2}


def tables(**more: list[Row]) -> StoredTables:
    """A build with an engine of three layers, and what was timed for them."""
    rows = {
        "builds": [BUILD],
        "memory": [memory("weights", 300), memory("activation", 200), memory("scratch", 100)],
        "layers": [
            {"build": 1, "layer": 1, "name": "conv", "onnx_nodes": ["c", "r"], "line": 20},
            {"build": 1, "layer": 2, "name": "pool", "onnx_nodes": ["p"], "line": 40},
        ],
        "combinations": [
            combination(1, 1, HALF, runner="Cask", tactic="0x1", time_ms=2.0),
            combination(2, 1, "Float(1) -> Float(1)", runner="Cudnn", tactic="0x2", time_ms=3.0),
            combination(3, 2, HALF, runner="Pool", tactic="0x3", time_ms=None, result="untimed"),
            combination(4, 2, "Half(1)", purpose="reformat", runner="Reformat", tactic="0x4", time_ms=0.1),
            combination(5, 2, "Int8(1)", result="no_tactic"),
        ],
        "tactics": [
            tactic(1, 1, 2.0, ON, tactic="0x1", runner="Cask"),
            tactic(1, 9, 1.0, None, tactic="0x9", runner="Cask"),
            tactic(2, 2, 3.5, "slower of one id", tactic="0x2", runner="Cudnn"),
            tactic(2, 2, 3.0, OFF, tactic="0x2", runner="Cudnn"),
        ],
        "engine_layers": [
            layer(
                1, "conv of the engine", "implicit_gemm", 2.0, kernel=ON, tensor_core="yes", tactic="0x1",
                combination=1, onnx_nodes=["c"],
            ),
            layer(2, "copy", "reformat", 0.5, layer_type="Reformat", time_source="twin"),
            layer(3, "pool", "pooling", None, tactic="0x8", combination=3),
        ],
        "engine_ops": [
            {"engine": 1, "build": 1, "position": 1, "op": "o", "onnx_nodes": ["r", "c"], "time_ms": 0.5, "line": 1,
             "family": "gemm", "gemm": True, "tensor_core": "yes"},
        ],
    }  # fmt: skip
    return small(ampere(), **{**rows, **more})


KNOWN = BuildSummary(
    source="x.log", engine=1, build=1, engines=1, tensorrt_version="8.6.1", gpu="NVIDIA A100", compute_capability="8.0",
    precision=None, build_s=3.5, layers=3, reformats=1, time_ms=2.5, time_source="tactic", untimed_layers=1, gemm=0.2,
    tensor_core=0.2, tensor_core_unknown=0.6, latency_ms=None, gpu_compute_ms=None, throughput_qps=None,
    weights_bytes=300, activation_bytes=200, scratch_bytes=100,
)  # fmt: skip


def summary(of: TableSet) -> BuildSummary:
    return side_of(of, (1, 1), layers_of(of, (1, 1)))


def test_a_side_is_known_by_what_its_log_prints() -> None:
    assert summary(tables()) == KNOWN


def test_a_side_that_trtexec_built_and_measured_has_its_medians_and_its_precision() -> None:
    run = tables(
        options=[option("Precision", "FP32+FP16"), option("Precision", "none", section="Device Information")],
        performance=[
            measured("Latency", "median", 1.5), measured("Latency", "mean", 9.0),
            measured("GPU Compute Time", "median", 1.25), measured("Throughput", "value", 800.0),
            measured("Engine built in", "value", 12.5),
        ],
    )  # fmt: skip

    assert summary(run) == replace(
        KNOWN, precision="FP32+FP16", build_s=12.5, latency_ms=1.5, gpu_compute_ms=1.25, throughput_qps=800.0
    )


def test_a_side_without_any_time_has_no_sum() -> None:
    found = summary(tables(engine_layers=[layer(1, "conv", "implicit_gemm", None)], engine_ops=[]))

    assert (found.time_ms, found.time_source, found.gemm) == (None, "none", None)


def test_a_layer_has_the_runner_and_the_formats_of_the_combination_that_it_took() -> None:
    conv, copy, pool = layers_of(tables(), (1, 1))

    assert conv == Layer(
        position=1, name="conv of the engine", nodes=("c", "r"), layer_type="CaskConvolution", runner="Cask",
        tactic="0x1", kernel=ON, time_ms=2.0, time_source="tactic", family="implicit_gemm", tensor_core="yes",
        precision="Half -> Half", shape="1x64x8x8 -> 1x64x8x8", formats=HALF, formats_source="combination",
        measured_as="conv", inputs=("t0",), outputs=("t1",), line=1001, input_types=("Half",), output_types=("Half",),
    )  # fmt: skip
    assert (copy.runner, copy.formats, copy.formats_source, copy.measured_as) == (
        "Reformat",
        None,
        "none",
        "copy",
    )
    assert (copy.time_source, copy.time_ms) == ("tactic", 0.5)  # a twin has the time of a tactic
    # the combination was won by another tactic: its runner is not that of the layer
    assert (pool.runner, pool.formats, pool.nodes, pool.time_source) == ("CaskConvolution", HALF, (), "none")


def test_formats_are_those_of_the_tensors_where_no_combination_is_known() -> None:
    def tensor(name: str | None, format_: str | None, dims: list[str]) -> Row:
        return {"name": name, "dtype": "Half", "dims": dims, "format": format_}

    row = layer(
        1, "conv", "implicit_gemm",
        inputs=[tensor("a", "NHWC", ["-1", "32:4"]), tensor(None, "NCHW", ["8"])],
        outputs=[tensor("c", "NC", ["-9", "7"])],
    )  # fmt: skip
    (found,) = layers_of(tables(engine_layers=[row]), (1, 1))

    assert (found.formats, found.formats_source) == ("NHWC, NCHW -> NC", "engine")
    assert (found.shape, found.precision) == ("?x32, 8 -> ?x7", "Half, Half -> Half")
    assert (found.inputs, found.outputs) == (("a", ""), ("c",))
    without = {**row, "inputs": [tensor("a", None, ["1"])], "name": None}
    (untold,) = layers_of(tables(engine_layers=[without]), (1, 1))
    assert (untold.formats, untold.formats_source) == (None, "none")
    assert (untold.name, untold.measured_as) == ("", "")


def no_engine(**more: list[Row]) -> StoredTables:
    return tables(engine_layers=[], engine_ops=[], **more)


def test_a_winner_stands_for_its_formats_with_its_kernel_and_its_time() -> None:
    half, float_, pool = winners_of(no_engine(), 1)

    assert half == Layer(
        position=0, name="conv", nodes=("c", "r"), layer_type="Cask", runner="Cask", tactic="0x1", kernel=ON,
        time_ms=2.0, time_source="tactic", family="implicit_gemm", tensor_core="yes", precision=None, shape=None,
        formats=HALF, formats_source="combination", measured_as="conv", inputs=(), outputs=(), line=101,
    )  # fmt: skip
    # one id was timed twice: the kernel is that of the faster time
    assert (float_.kernel, float_.tensor_core, float_.time_ms) == (OFF, "no", 3.0)
    assert (pool.name, pool.kernel, pool.time_ms, pool.time_source) == ("pool", None, None, "none")
    assert [unit.position for unit in (half, float_, pool)] == [0, 1, 2]


def test_the_faster_answer_counts_where_a_layer_was_asked_twice() -> None:
    again = [
        combination(number, 1, HALF, runner="Cask", tactic=f"0x{number}", time_ms=ms)
        for number, ms in ((1, 2.0), (2, 1.0), (3, 1.5), (4, None))
    ]
    (unit,) = winners_of(no_engine(combinations=again), 1)

    assert (unit.tactic, unit.time_ms) == ("0x2", 1.0)


def test_a_winner_from_the_timing_cache_has_the_kernel_of_its_origin() -> None:
    cached = combination(7, 1, "Int8(1)", runner="Cask", tactic="0x1", time_ms=2.0, result="cached", origin=1)
    unnamed = combination(8, 9, "Int8(1)", subject="a subject", runner="Cask", tactic="0x1", time_ms=2.0)
    nameless = combination(9, 9, "Int8(1)", runner="Cask", tactic="0x1", time_ms=2.0)
    found = no_engine()
    rows = [*found.combinations.to_dicts(), cached, unnamed, nameless]

    assert [(unit.name, unit.kernel) for unit in winners_of(no_engine(combinations=rows), 1)][3:] == [
        ("conv", ON),
        ("a subject", None),
    ]


def test_a_side_of_winners_knows_its_combinations_and_nothing_of_an_engine() -> None:
    found = no_engine(options=[option("Precision", "FP16")])

    assert winners_side_of(found, 1, winners_of(found, 1)) == BuildSummary(
        source="x.log", engine=None, build=1, engines=0, tensorrt_version="8.6.1", gpu="NVIDIA A100",
        compute_capability="8.0", precision="FP16", build_s=3.5, layers=2, reformats=None, time_ms=None,
        time_source="none", untimed_layers=0, gemm=None, tensor_core=None, tensor_core_unknown=None, latency_ms=None,
        gpu_compute_ms=None, throughput_qps=None, weights_bytes=300, activation_bytes=200, scratch_bytes=100,
        combinations=3,
    )  # fmt: skip


@pytest.mark.parametrize(("printed", "build"), [([], 2), ([1], 1), ([1, 3], 1)])
def test_winners_are_those_of_the_last_engine_else_of_the_last_build_that_has_some(
    printed: list[int], build: int
) -> None:
    won = [
        combination(1, 1, HALF, runner="Cask", tactic="0x1", time_ms=1.0, build=number) for number in (1, 2)
    ]
    layers = [layer(1, "conv", "implicit_gemm", build=number) for number in printed]
    builds = [{**BUILD, "build": number} for number in (1, 2, 3)]

    assert choose_build(tables(builds=builds, combinations=won, engine_layers=layers), None) == build


def test_options_that_changed_are_named_with_both_values_in_the_order_of_their_sections() -> None:
    old = [("B", "x", "1"), ("A", "y", None), (None, "z", "1"), ("A", "same", "0")]
    new = [("B", "x", "2"), ("C", "x", "1"), (None, "z", "2"), ("A", "same", "0")]

    assert options_changed(old, new) == (
        OptionChange(None, "z", "1", "2"), OptionChange("B", "x", "1", "2"), OptionChange("C", "x", None, "1"),
    )  # fmt: skip
    assert options_changed(old, []) == options_changed([], new) == ()


def test_the_summary_counts_what_changed_by_kind_and_verdict() -> None:
    def side(source: str, precision: str, copy: Row) -> StoredTables:
        found = tables(options=[option("Precision", precision)])
        layers = [*found.engine_layers.to_dicts()[:2], copy]
        frames = dict(iter(tables(options=[option("Precision", precision)], engine_layers=layers)))
        return StoredTables({**frames, "log": small({**ampere(), "source": source}).log})

    old = side("old.log", "FP32", layer(3, "pool", "pooling", 1.0, kernel="one", onnx_nodes=["p"]))
    new = side("new.log", "FP16", layer(3, "pool", "pooling", 1.0, kernel="other", onnx_nodes=["p"]))
    found = diff(old, new).summary

    assert found.options == (OptionChange("Build Options", "Precision", "FP32", "FP16"),)
    assert (found.comparable_times, found.untimed_alike, found.basis, found.no_engine) == (
        True,
        True,
        "engine",
        (),
    )
    assert (found.matched, found.kinds, found.verdicts) == ({"name": 3}, {"kernel": 1}, {"cannot_tell": 1})
    assert (found.movement.measurements, found.only_runners, found.baseline) == (3, (), None)
