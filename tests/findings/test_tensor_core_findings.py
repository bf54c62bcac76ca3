"""Findings about Tensor Cores, on small tables."""

from __future__ import annotations

import pytest
from small_tables import OFF, ON, VECTOR, Row, ampere, combination, found, layer, said, small, tactic, tensors


def engine(on: float, off: float, unknown: float) -> list[Row]:
    return [
        layer(1, "conv on", "implicit_gemm", on, tensor_core="yes"),
        layer(2, "pool", "pooling", off),
        layer(3, "region", "myelin", unknown, tensor_core="unknown", layer_type="Myelin"),
    ]


def test_a_share_under_the_goal_is_found_with_the_time_beyond_what_the_goal_leaves() -> None:
    (one,) = found(small(engine_layers=engine(7.0, 2.0, 1.0)), "TL001")

    assert said(one).title == "Tensor Cores take 70 % to 80 % of 10 ms; the goal is 90 %"
    assert one.stake_ms == pytest.approx(1.0)  # 2 ms are off, 1 ms is allowed
    assert "pooling 20 %" in said(one).why


def test_a_share_that_the_unknown_may_lift_over_the_goal_is_unproven_and_not_under() -> None:
    tables = small(engine_layers=engine(7.0, 1.0, 2.0))

    assert found(tables, "TL001") == []
    (one,) = found(tables, "TL002")
    assert one.stake_ms == pytest.approx(2.0)
    assert one.layers == ("region",)


def test_a_share_at_the_goal_is_no_finding() -> None:
    tables = small(engine_layers=engine(9.0, 1.0, 0.0))

    assert found(tables, "TL001") == found(tables, "TL002") == []


def test_another_goal_is_judged_by_that_goal() -> None:
    tables = small(engine_layers=engine(7.0, 3.0, 0.0))

    assert found(tables, "TL001", goal=0.7) == []
    assert found(tables, "TL001", goal=0.8)[0].stake_ms == pytest.approx(1.0)


def test_a_gpu_without_tensor_cores_is_named_and_leaves_nothing_to_win() -> None:
    old = {"gpu": "NVIDIA GeForce GTX 1070", "compute_capability": "6.1"}
    (one,) = found(small(old, engine_layers=engine(0.0, 1.0, 9.0)), "TL001")

    assert one.stake_ms is None
    assert "NVIDIA GeForce GTX 1070 has no Tensor Cores" in said(one).title


def test_without_a_time_no_share_is_judged() -> None:
    tables = small(engine_layers=[layer(1, "conv", "implicit_gemm", None)])

    assert found(tables, "TL001") == found(tables, "TL002") == []


def candidates(best_on: float | None, **more: object) -> dict[str, list[Row]]:
    """A layer on CUDA cores, 1 ms by profile and 0.8 ms as a candidate; another combination may have a better one."""
    tactics = [tactic(1, 1, 0.8, OFF)]
    if best_on is not None:
        tactics += [tactic(2, 2, best_on, ON), tactic(2, 3, 5.0, ON)]
    return {
        "layers": [{"build": 1, "layer": 1, "name": "conv"}],
        "combinations": [combination(1, 1), combination(2, 1, "Half(1:8) -> Half(1:8)")],
        "tactics": tactics,
        "engine_layers": [
            layer(1, "conv", "implicit_gemm", 1.0, time_source="profile", tactic=f"0x{1:016x}", combination=1,
                  kernel=OFF, evidence="ffma", **more),
        ],
    }  # fmt: skip


def test_a_faster_tensor_core_candidate_is_compared_with_the_kernel_as_a_candidate() -> None:
    (one,) = found(small(ampere(), **candidates(0.5)), "TL003")

    assert one.stake_ms == pytest.approx(0.3)
    assert said(one).title == "1 matrix layer lost a faster Tensor Core kernel to reformats"
    assert "in 0.8 ms" in said(one).why
    assert "took 0.5 ms" in said(one).why
    assert one.lines == (501, 502, 1001)


def test_a_slower_tensor_core_candidate_leaves_nothing_to_win() -> None:
    (one,) = found(small(ampere(), **candidates(1.0)), "TL003")

    assert one.stake_ms == 0.0
    assert said(one).title == "1 matrix layer gained nothing from Tensor Cores when timed"
    assert not one.counts


def test_a_layer_on_tensor_cores_has_no_lost_candidate() -> None:
    tables = candidates(0.5)
    tables["engine_layers"][0]["tensor_core"] = "yes"

    assert found(small(ampere(), **tables), "TL003") == []


def test_layers_whose_candidate_was_faster_are_one_finding() -> None:
    tables = candidates(0.5)
    tables["engine_layers"].append(
        {**tables["engine_layers"][0], "position": 2, "name": "twin", "line": 1002}
    )
    (one,) = found(small(ampere(), **tables), "TL003")

    assert one.layers == ("conv", "twin")
    assert one.stake_ms == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("log", "dtype"),
    [
        ({"gpu": "NVIDIA GeForce GTX 1660", "compute_capability": "7.5"}, "Half"),
        ({"gpu": "Tesla T4", "compute_capability": "7.5"}, "Float"),
        (ampere(command="trtexec --onnx=x --noTF32"), "Float"),
    ],
)
def test_a_type_that_the_gpu_has_no_tensor_core_instruction_for_is_no_missing_candidate(
    log: Row, dtype: str
) -> None:
    assert found(small(log, **candidates(None, dtype=dtype)), "TL004") == []


def test_aligned_channels_are_not_told_to_be_padded() -> None:
    (one,) = found(small(ampere(), **candidates(None)), "TL004")

    assert said(one).title == "1 matrix layer has no Tensor Core candidate"
    assert "Pad" not in said(one).action
    assert one.stake_ms == 1.0


def test_channels_that_fit_no_vector_load_are_to_be_padded() -> None:
    tables = candidates(None)
    tables["engine_layers"][0]["inputs"] = tensors("x", "Half", ("1", "3", "224", "224"))
    (one,) = found(small(ampere(), **tables), "TL004")

    assert said(one).title == "1 matrix layer has no Tensor Core kernel for the channel count"
    assert said(one).action == "Pad 3 Half channels to a multiple of 8 in the ONNX graph."


def test_a_layer_without_any_candidate_in_the_log_is_unknown_and_not_found() -> None:
    tables = candidates(None)
    tables["tactics"] = []

    assert found(small(ampere(), **tables), "TL003") == found(small(ampere(), **tables), "TL004") == []


def test_depthwise_time_is_found_and_other_convolutions_are_not() -> None:
    rows = [layer(1, "a", "depthwise", 2.0), layer(2, "b", "implicit_gemm", 8.0, tensor_core="yes")]

    assert found(small(engine_layers=rows), "TL014")[0].stake_ms == pytest.approx(2.0)
    assert found(small(engine_layers=rows[1:]), "TL014") == []


def test_depthwise_time_under_one_percent_is_no_finding() -> None:
    rows = [layer(1, "a", "depthwise", 0.09), layer(2, "b", "implicit_gemm", 9.91, tensor_core="yes")]

    assert found(small(engine_layers=rows), "TL014") == []


def test_a_matrix_vector_product_is_told_from_a_matrix_product() -> None:
    rows = [layer(1, "fc", "gemm", 0.7, kernel=VECTOR), layer(2, "conv", "implicit_gemm", 0.3, kernel=OFF)]
    (one,) = found(small(engine_layers=rows), "TL015")

    assert (one.layers, one.stake_ms) == (("fc",), 0.7)
    assert found(small(engine_layers=rows[1:]), "TL015") == []
