"""Findings about reformats, Transposes, plugins and pointwise work, on small tables."""

from __future__ import annotations

import pytest
from small_tables import Row, ampere, found, layer, said, small, tensors

CONV = {"tensor_core": "yes"}


def test_a_reformat_is_found_with_both_formats_and_both_neighbours() -> None:
    rows = [
        layer(1, "pool", "pooling", 5.0),
        layer(2, "Reformatting CopyNode for Input Tensor 0 to conv", "reformat", 1.0, gives="Reformatted"),
        layer(3, "conv", "implicit_gemm", 4.0, takes="Reformatted", **CONV),
    ]
    added = [
        {
            "build": 1,
            "tensor": "Reformatted",
            "source": "t1",
            "from_format": "Float(8,1)",
            "to_format": "Half(1:8)",
            "line": 7,
        }
    ]
    (one,) = found(small(engine_layers=rows, reformats=added), "TL005")

    assert said(one).title == "1 reformat between types takes 10 % of the time"
    assert "converts Float(8,1) to Half(1:8)" in said(one).why
    assert "between pool and conv" in said(one).why
    assert one.stake_ms == 1.0
    assert one.lines == (7, 1002)
    assert one.rows[0]["from_format"] == "Float(8,1)"


def test_a_reformat_at_the_input_asks_for_another_input_format() -> None:
    rows = [
        layer(1, "in", "reformat", 1.0, inputs=tensors("t0", "Float")),
        layer(2, "conv", "implicit_gemm", 4.0, **CONV),
    ]

    assert "--inputIOFormats" in said(found(small(ampere(), engine_layers=rows), "TL005")[0]).action


def test_reformats_of_one_cause_are_one_finding() -> None:
    rows = [layer(1, "pool", "pooling", 1.0)]
    rows += [
        layer(n, f"r{n}", "reformat", 0.05, takes="t1", outputs=tensors(f"t{n}", "Float"))
        for n in range(2, 6)
    ]
    rows += [layer(n + 10, f"conv{n}", "gemm", 9.0, takes=f"t{n}", **CONV) for n in range(2, 6)]
    (one,) = found(small(engine_layers=rows), "TL005")

    assert said(one).title == "4 reformats between types take 1 % of the time"
    assert one.stake_ms == pytest.approx(0.2)


def test_reformats_without_a_time_are_counted_and_stake_nothing() -> None:
    rows = [
        layer(1, "a", "reformat", None, inputs=tensors("t0", "Float")),
        layer(2, "conv", "gemm", 5.0, **CONV),
    ]
    (one,) = found(small(engine_layers=rows), "TL005")

    assert one.stake_ms is None
    assert "has no time" in said(one).why


def test_a_reformat_without_work_is_no_reformat() -> None:
    assert found(small(engine_layers=[layer(1, "Reformatting CopyNode", "noop")]), "TL005") == []


def test_a_transpose_is_a_hot_spot_and_a_reshape_without_work_is_none() -> None:
    move = layer(1, "Transpose_1", "shuffle", 2.0, onnx_nodes=["Transpose_1"])
    conv = layer(2, "conv", "gemm", 8.0, **CONV)
    (one,) = found(small(engine_layers=[move, conv]), "TL006")

    assert one.stake_ms == 2.0
    assert "Take Transpose_1 out of the ONNX graph" in said(one).action
    assert found(small(engine_layers=[{**move, "family": "noop"}, conv]), "TL006") == []


def test_small_transposes_together_under_one_percent_are_no_finding() -> None:
    rows = [layer(1, "Transpose_1", "shuffle", 0.04), layer(2, "Transpose_2", "shuffle", 0.04)]

    assert found(small(engine_layers=[*rows, layer(3, "conv", "gemm", 50.0, **CONV)]), "TL006") == []


def facenet(**middle: object) -> list[Row]:
    return [
        layer(1, "conv1", "implicit_gemm", 5.0, **CONV),
        layer(2, "Transpose_1", "shuffle", 0.5),
        layer(3, "PWN(Relu_1)", "pointwise", 0.3, **middle),
        layer(4, "Reformatting CopyNode", "noop"),
        layer(5, "Transpose_2", "shuffle", 0.7),
        layer(6, "conv2", "implicit_gemm", 5.0, **CONV),
    ]


def test_transposes_on_both_sides_of_a_relu_are_found_with_their_time() -> None:
    (one,) = found(small(engine_layers=facenet()), "TL007")

    assert one.stake_ms == pytest.approx(1.2)
    assert said(one).title == "Transpose_1 and Transpose_2 transpose around pointwise work"
    assert "2 layers that only move data: 1.2 ms" in said(one).why
    assert "fused into conv1" in said(one).why
    assert one.lines == (1002, 1003, 1005)


def test_a_second_operand_that_is_not_transposed_keeps_the_pair() -> None:
    rows = [*facenet(takes="t2 other"), layer(7, "pool", "pooling", 1.0, takes="x", gives="other")]

    assert found(small(engine_layers=rows), "TL007") == []


def test_a_constant_operand_does_not_keep_the_pair() -> None:
    rows = [*facenet(takes="t2 bias"), layer(7, "bias", "fill_constant", takes="", gives="bias")]

    assert len(found(small(engine_layers=rows), "TL007")) == 1


def test_a_shuffle_that_is_not_known_to_transpose_is_no_pair() -> None:
    rows = facenet()
    rows[4]["name"] = "Reshape_2"

    assert found(small(engine_layers=rows), "TL007") == []


def test_another_reader_of_the_transposed_tensor_keeps_the_pair() -> None:
    rows = [*facenet(), layer(7, "pool", "pooling", 1.0, takes="t2")]

    assert found(small(engine_layers=rows), "TL007") == []


def test_pointwise_work_behind_a_product_is_found_with_what_stands_between() -> None:
    rows = [
        layer(1, "conv", "implicit_gemm", 8.0, **CONV),
        layer(2, "Unsqueeze", "noop"),
        layer(3, "Add", "pointwise", 0.6),
        layer(4, "PWN(Relu)", "pointwise", 0.4),
        layer(5, "pool", "pooling", 1.0),
    ]
    (one,) = found(small(engine_layers=rows), "TL008")

    assert one.stake_ms == pytest.approx(1.0)
    assert "Unsqueeze lies between" in said(one).why
    assert one.layers == ("conv", "Add", "PWN(Relu)")


def test_a_product_with_a_second_reader_cannot_be_fused_and_is_no_finding() -> None:
    rows = [
        layer(1, "conv", "implicit_gemm", 8.0, **CONV),
        layer(2, "Add", "pointwise", 0.6),
        layer(3, "pool", "pooling", 1.0, takes="t1"),
    ]

    assert found(small(engine_layers=rows), "TL008") == []


def test_a_product_whose_output_leaves_the_engine_is_no_finding() -> None:
    rows = [
        layer(1, "conv", "implicit_gemm", 8.0, gives="t1 out", **CONV),
        layer(2, "Add", "pointwise", 0.6),
    ]

    assert found(small(engine_layers=rows), "TL008") == []


def test_reformats_around_a_plugin_are_found() -> None:
    rows = [
        layer(1, "in", "reformat", 0.2),
        layer(2, "norm", "plugin", 1.0, tensor_core="unknown"),
        layer(3, "out", "reformat", 0.3),
        layer(4, "conv", "gemm", 5.0, inputs=tensors("t3"), **CONV),
    ]
    (one,) = found(small(engine_layers=rows), "TL016")

    assert one.stake_ms == pytest.approx(0.5)
    assert one.layers == ("norm", "out", "in")


def test_a_plugin_between_layers_that_compute_is_no_finding() -> None:
    rows = [
        layer(1, "conv", "gemm", 5.0),
        layer(2, "norm", "plugin", 1.0),
        layer(3, "r", "reformat", 1.0, takes="x"),
    ]

    assert found(small(engine_layers=rows), "TL016") == []


def test_reformats_whose_formats_are_open_take_at_least_what_their_fastest_took() -> None:
    """Two copies without a time, for each of which two timed combinations are left."""
    layers = [
        layer(1, "conv", "implicit_gemm", 1.0),
        layer(2, "copy a", "reformat", None, low_ms=0.2, high_ms=0.3),
        layer(3, "copy b", "reformat", None, low_ms=0.1, high_ms=0.4),
    ]
    (one,) = found(small(ampere(), engine_layers=layers), "TL005")

    assert said(one).title.endswith("take at least 0.3 ms")
    assert "The formats of 2 reformats are not decided: 0.3 ms to 0.7 ms." in said(one).why
    assert one.stake_ms == pytest.approx(0.3)


def test_reformats_of_which_one_has_no_bound_have_no_time() -> None:
    layers = [
        layer(1, "conv", "implicit_gemm", 1.0),
        layer(2, "copy a", "reformat", None, low_ms=0.2, high_ms=0.3),
        layer(3, "copy b", "reformat", None),
    ]
    (one,) = found(small(ampere(), engine_layers=layers), "TL005")

    assert said(one).title.endswith("have no time in the log")
    assert one.stake_ms is None
