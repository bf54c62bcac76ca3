"""Findings about precision, on small tables."""

from __future__ import annotations

from small_tables import OFF, ON, Row, ampere, combination, found, layer, said, small


def echo(value: str, run: int = 1, line: int = 10, **more: str) -> list[Row]:
    rows = [{"run": run, "section": "Build Options", "key": "Precision", "value": value, "line": line}]
    return rows + [
        {
            "run": run,
            "section": "Build Options",
            "key": key.replace("_", " "),
            "value": text,
            "line": line + 1,
        }
        for key, text in more.items()
    ]


FLOATS = [
    layer(1, "conv", "implicit_gemm", 3.0, dtype="Float", combination=1, kernel=OFF),
    layer(2, "softmax", "softmax", 1.0, dtype="Float"),
    layer(3, "fc", "gemm", 6.0, tensor_core="yes", kernel=ON),
    layer(4, "cast back", "reformat", 1.0, dtype="Float"),
]


def test_float_layers_are_found_where_fp16_was_allowed() -> None:
    tables = small(
        options=echo("FP32+FP16"),
        engine_layers=FLOATS,
        layers=[{"build": 1, "layer": 1, "name": "conv"}],
        combinations=[
            combination(1, 1, "Float(8,1) -> Float(8,1)", time_ms=0.5),
            combination(2, 1, time_ms=0.75),
        ],
    )
    (one,) = found(tables, "TL009")

    assert said(one).title == "2 of 4 layers run in FP32 although FP16 is allowed"
    assert one.stake_ms == 0.0  # nobody knows the time of the FP32 kernel alone
    assert one.rows[0]["best_lower_precision_ms"] == 0.75
    assert "A lower precision was timed for 1 of them, and was faster for 0" in said(one).why
    assert one.lines == (10, 1001, 1002)


def test_float_layers_are_what_fp32_asks_for() -> None:
    assert found(small(options=echo("FP32"), engine_layers=FLOATS), "TL009") == []


def test_layers_with_one_half_side_did_not_fall_back() -> None:
    rows = [{**FLOATS[0], "outputs": FLOATS[2]["outputs"]}]

    assert found(small(options=echo("FP32+FP16"), engine_layers=rows), "TL009") == []


def test_the_flags_count_where_no_options_are_echoed() -> None:
    tables = small(ampere(command="trtexec --onnx=x --best"), engine_layers=FLOATS)

    assert said(found(tables, "TL009")[0]).title.endswith("although FP16 and INT8 are allowed")


def test_without_any_word_on_what_was_allowed_nothing_is_judged() -> None:
    assert found(small(engine_layers=FLOATS), "TL009") == []


def test_the_echo_of_a_run_that_loads_an_engine_allows_nothing() -> None:
    options = echo("FP32+FP16", Load_engine="model.plan")

    assert found(small(options=options, engine_layers=FLOATS), "TL009") == []


def test_an_echo_behind_the_engine_is_about_another_one() -> None:
    assert found(small(options=echo("FP32+FP16", line=5000), engine_layers=FLOATS), "TL009") == []


def test_a_strongly_typed_network_asks_for_nothing() -> None:
    assert found(small(options=echo("Strongly Typed"), engine_layers=FLOATS), "TL009") == []


def test_fp16_accumulators_are_noted_and_stake_no_time() -> None:
    (one,) = found(small(engine_layers=FLOATS), "TL010")

    assert said(one).title == "1 of 2 matrix layers accumulates in FP16"
    assert (one.layers, one.stake_ms) == (("fc",), None)


def test_fp32_accumulators_are_no_finding() -> None:
    rows = [{**FLOATS[2], "kernel": ON.replace("f16f16_f16f16_f16", "f16f16_f16f32_f32")}]

    assert found(small(engine_layers=rows), "TL010") == []
