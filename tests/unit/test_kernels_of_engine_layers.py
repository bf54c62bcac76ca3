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


@pytest.mark.parametrize(("time", "ms"), [("0.25", 0.25), ("inf", None)])
def test_a_build_that_repeats_a_measurement_of_another_has_its_tactic_and_its_time(
    time: str, ms: float | None
) -> None:
    stars, formats = "*" * 15, "Float(2352,784,28,1) -> Float(2352,784,28,1)"
    timed = [
        "--------------- Timing Runner: conv (CaskConvolution[0x80000009])",
        f"conv Set Tactic Name: {KERNEL} Tactic: 0x000000000000001c",
        f"Tactic: 0x000000000000001c Time: {time}",
        f"Fastest Tactic: 0x000000000000001c Time: {time}",
        ">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: 0x000000000000001c",
    ]
    builds = [
        [
            "Graph construction and optimization completed in 0.1 seconds.",
            "=============== Computing costs for conv",
            f"{stars} Autotuning format combination: {formats} {stars}",
            *tactics,
            "Formats and tactics selection completed in 1.5 seconds.",
            "Engine Layer Information:",
            "Layer(CaskConvolution): conv, Tactic: 0x000000000000001c, x (Float[1,3,28,28]) -> y (Float[1,3,28,28])",
        ]
        for tactics in (timed, [])
    ]
    tables = read([line for build in builds for line in build]).tables

    assert tables.combinations["origin"].to_list() == [None, 1]
    assert tables.engine_layers["combination"].to_list() == [1, 2]
    assert tables.engine_layers["time_ms"].to_list() == [ms, ms]
    assert tables.engine_layers["kernel"].to_list() == [KERNEL, KERNEL]


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
