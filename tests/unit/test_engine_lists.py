"""An engine may be printed twice; two engines may share names."""

from __future__ import annotations

import io

from tacticlens.log import read_log

TITLE = "[V] [TRT] Engine Layer Information:\n"


def layer(name: str, tactic: int, dtype: str = "Half", kind: str = "CaskConvolution") -> str:
    return f"Layer({kind}): {name}, Tactic: {tactic}, in[{dtype}(8,3,64,64)] -> {name}_out[{dtype}(8,96,16,16)]\n"


def names(*lists: str) -> list[str]:
    text = "".join(TITLE + printed for printed in lists)
    return read_log(io.BytesIO(text.encode())).tables.engine_layers["name"].to_list()


def other_lines(count: int) -> str:
    return "[I] Average on 10 runs\n" * count


def test_a_list_far_behind_another_is_of_another_engine_where_no_build_ties_them() -> None:
    printed = layer("stem", 17)

    assert names(printed + other_lines(90), printed) == ["stem"]
    assert names(printed + other_lines(100_001), printed) == ["stem", "stem"]


def test_the_same_list_again_is_the_same_engine() -> None:
    printed = layer("stem", 17) + layer("head", 21)

    assert names(printed, printed) == ["stem", "head"]


def test_a_layer_of_the_name_with_another_tactic_is_of_another_engine() -> None:
    int8 = layer("stem", 17, "Int8") + layer("head", 21)
    half = layer("stem", 18) + layer("whole", 0, kind="Myelin")

    assert names(int8, half) == ["stem", "head", "stem", "whole"]


def detailed(name: str, kind: str) -> str:
    return f"Name: {name}, LayerType: {kind}, Inputs: [], Outputs: [], StreamId: 0\n"


def test_the_kernels_of_a_detailed_list_replace_the_line_of_their_region() -> None:
    """Only a region goes; a layer that the detailed list leaves out stays."""
    conv, pool = layer("conv", 17), layer("pool", 18)
    inside = detailed("conv", "CaskConvolution") + detailed("gemm_myl0_0", "gemm")

    for region in (layer("{ForeignNode[a...b]}", 0, kind="Myelin"), layer("{ForeignNode[a...b]}", 0, kind="other"),
                   layer("fused", 0, kind="Myelin")):  # fmt: skip
        assert names(conv + region + pool, inside) == ["conv", "pool", "gemm_myl0_0"]
