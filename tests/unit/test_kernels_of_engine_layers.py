"""The kernel of an engine layer that was not timed itself: by the id of its tactic, where the id tells enough."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from tacticlens.assemble.state import KeptRows
from tacticlens.log import Log, read_log
from tacticlens.tables.measured import Measured

KERNEL = "volta_scudnn_128x64_relu_small_nn_v1"


def read(lines: Sequence[str]) -> Log:
    """Read lines of TensorRT 7, which prints a group of kernels in the place of the runner."""
    return read_log(
        io.BytesIO("".join(f"[TensorRT] VERBOSE: {line}\n" for line in lines).encode()), processes=0
    )


def timed_in_one_layer_and_used_in_another(tactic: int) -> Log:
    stars = "*" * 15
    return read(
        [
            f"{stars} Autotuning format combination: Float(1,28,784,2352) -> Float(1,28,784,2352) {stars}",
            "--------------- Timing Runner: timed (CaskConvolution)",
            f"timed (scudnn) Set Tactic Name: {KERNEL}",
            f"Tactic: {tactic} time 0.25",
            f"Fastest Tactic: {tactic} Time: 0.25",
            f">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: {tactic}",
            "Engine Layer Information:",
            f"Layer(scudnn): other, Tactic: {tactic}, x[Float(-2,3,28,28)] -> y[Float(-2,3,28,28)]",
        ]
    )


@pytest.mark.parametrize(("time", "ms"), [("0.5", 0.5), ("inf", None)])
def test_a_build_that_repeats_measurements_of_another_is_told_by_their_tactics(
    time: str, ms: float | None
) -> None:
    stars, ids = "*" * 15, ("0x000000000000001c", "0x000000000000001d")
    formats = [f"Float({one}) -> Float({one})" for one in ("2352,784,28,1", "2352,1:4,28,1")]

    def build(took: str, *, repeats: bool) -> list[str]:
        tried = [
            [
                f"{stars} Autotuning format combination: {format_} {stars}",
                "--------------- Timing Runner: conv (CaskConvolution[0x80000009])",
                f"conv Set Tactic Name: {KERNEL}{number} Tactic: {tactic}",
                f"Tactic: {tactic} Time: {one}",
                f"Fastest Tactic: {tactic} Time: {one}",
                f">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: {tactic}",
            ]
            for number, (format_, tactic, one) in enumerate(zip(formats, ids, ("0.25", time), strict=True))
        ]
        return [
            "Graph construction and optimization completed in 0.1 seconds.",
            "=============== Computing costs for conv",
            *(line for lines in tried for line in (lines[:1] if repeats else lines)),
            "Formats and tactics selection completed in 1.5 seconds.",
            "Engine Layer Information:",
            f"Layer(CaskConvolution): conv, Tactic: {took}, x (Float[1,3,28,28]) -> y (Float[1,3,28,28])",
        ]

    tables = read([*build(ids[0], repeats=False), *build(ids[1], repeats=True)]).tables

    assert tables.combinations["origin"].to_list() == [None, None, 1, 2]
    assert tables.engine_layers["combination"].to_list() == [1, 4]
    assert tables.engine_layers["time_ms"].to_list() == [0.25, ms]
    assert tables.engine_layers["kernel"].to_list() == [f"{KERNEL}0", f"{KERNEL}1"]


@pytest.mark.parametrize("tactic", [1 << 32, 4584272891600434417, -3787968766298063472])
def test_a_large_tactic_id_is_the_same_kernel_in_every_layer(tactic: int) -> None:
    log = timed_in_one_layer_and_used_in_another(tactic)

    assert log.tables.engine_layers["kernel"].to_list() == [KERNEL]


@pytest.mark.parametrize("tactic", [0, 28, 256, 1002, 0x4020386, (1 << 32) - 1])
def test_a_small_tactic_id_is_a_number_of_one_implementation_and_names_no_kernel_elsewhere(
    tactic: int,
) -> None:
    log = timed_in_one_layer_and_used_in_another(tactic)

    assert log.tables.tactics["kernel"].to_list() == [KERNEL]
    assert log.tables.engine_layers["kernel"].to_list() == [None]


def test_a_log_of_thousands_of_names_keeps_the_builds_apart() -> None:
    """Build and name are looked up as one number."""
    names = [f"Float({number})" for number in range(3000)]
    rows = KeptRows()
    for build in (0, 1, 2):
        for at, name in enumerate(names):
            rows.combinations.add(
                build=build, combination=build * len(names) + at + 1, purpose="reformat", formats=name, line=1
            )
    asked = {(build, name) for at, name in enumerate(names) for build in (0, 1, 2) if at % 3 == build}

    found = Measured(rows).reformats(asked)

    assert set(found) == asked
    assert {len(choices) for choices in found.values()} == {1}
