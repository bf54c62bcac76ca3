"""Pins against a later log: held, not held, not evaluated, from the cache, absent."""

from __future__ import annotations

import pytest
from keyed_logs import FAST, KEY_A, KEY_B, OTHER, SLOW, Keyed, kernel_of

from tacticlens.errors import UsageError
from tacticlens.pin import Pins, plan, verify
from tacticlens.pin.notes import OnlyKernelKept, OtherOrigin
from tacticlens.pin.verification import Verdict


def old() -> Keyed:
    return Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.75), selected=FAST)


@pytest.fixture
def pins() -> Pins:
    return plan(old().read()).pins


def only(pins: Pins, log: Keyed) -> Verdict:
    (verdict,) = verify(pins, log.read()).verdicts
    return verdict


def test_the_pins_of_a_log_hold_in_that_log(pins: Pins) -> None:
    found = verify(pins, old().read())

    assert found.ok
    assert found.counts() == {"held": 1, "same_kernel": 0, "not_held": 0, "not_evaluated": 0, "absent": 0}
    assert found.notes == ()


def test_a_pin_holds_where_the_build_selects_it_though_another_tactic_is_faster(pins: Pins) -> None:
    verdict = only(pins, Keyed().network().table("fc", KEY_A, (SLOW, 0.4), (FAST, 0.5), selected=FAST))

    assert (verdict.status, verdict.printed, verdict.time_ms, verdict.pinned_ms) == ("held", True, 0.5, 0.5)


def test_another_choice_is_told_with_both_times(pins: Pins) -> None:
    log = Keyed().network().table("fc", KEY_A, (SLOW, 0.4), (FAST, 0.5), selected=SLOW)
    verdict = only(pins, log)

    assert not verify(pins, log.read()).ok
    assert (verdict.status, verdict.tactic_hash, verdict.kernel) == ("not_held", SLOW, kernel_of(0))
    assert (verdict.time_ms, verdict.pinned_ms, verdict.line) == (0.4, 0.5, 5)


def test_where_nothing_is_said_the_fastest_row_is_judged_and_the_verdict_says_so(pins: Pins) -> None:
    verdict = only(pins, Keyed().network().table("fc", KEY_A, (SLOW, 0.4), (FAST, 0.5)))

    assert (verdict.status, verdict.printed) == ("not_held", False)


def test_a_pinned_tactic_that_was_not_evaluated_is_told(pins: Pins) -> None:
    verdict = only(pins, Keyed().network().table("fc", KEY_A, (OTHER, 0.4), selected=OTHER))

    assert (verdict.status, verdict.tactic_hash, verdict.pinned_ms) == ("not_evaluated", OTHER, None)


def test_a_key_that_was_not_tuned_is_judged_by_the_engines_kernel(pins: Pins) -> None:
    elsewhere = Keyed().network().table("mm", KEY_B, (FAST, 0.5)).generated()
    log = elsewhere.kernel("fc_myl0_1", kernel_of(0)).read()
    found = verify(pins, log)

    assert found.ok
    assert (found.verdicts[0].status, found.verdicts[0].kernel) == ("same_kernel", kernel_of(0))
    assert found.notes == (OnlyKernelKept(),)


def test_a_build_that_read_every_tactic_from_the_cache_prints_no_key_and_is_judged_all_the_same(
    pins: Pins,
) -> None:
    log = Keyed().network().strategy(2).generated().kernel("fc_myl0_1", kernel_of(0)).read()

    assert [verdict.status for verdict in verify(pins, log).verdicts] == ["same_kernel"]


def test_another_kernel_in_the_engine_is_not_held(pins: Pins) -> None:
    log = Keyed().network().strategy(2).generated().kernel("fc_myl0_1", kernel_of(1))
    verdict = only(pins, log)

    assert (verdict.status, verdict.tactic_hash, verdict.kernel) == ("not_held", None, kernel_of(1))


def test_an_operation_of_another_name_is_no_witness(pins: Pins) -> None:
    lines = Keyed().network().table("mm", KEY_B, (FAST, 0.5)).generated().kernel("fc_2_myl0_1", kernel_of(1))
    found = verify(pins, lines.read())

    assert not found.ok
    assert found.verdicts[0].status == "absent"


def test_a_log_with_neither_keys_nor_kernels_is_refused_with_how_to_get_them(pins: Pins) -> None:
    log = Keyed().network().table("fc", None, (FAST, 0.5)).read()
    with pytest.raises(UsageError, match=r"no key.*EDITABLE_TIMING_CACHE.*ProfilingVerbosity\.DETAILED"):
        verify(pins, log)


def test_no_pins_are_refused(pins: Pins) -> None:
    with pytest.raises(UsageError, match="there are no pins"):
        verify(pins.model_copy(update={"pins": []}), old().read())


def test_the_key_may_be_printed_in_a_pass_that_the_engine_was_not_made_of(pins: Pins) -> None:
    lines = Keyed().network().strategy(3).table("fc", KEY_A, (FAST, 0.5), selected=FAST).generated()
    lines.say("Use backend strategy 3 with estimated inference time (0.3) as the initial choice.")
    lines.strategy(2).generated().say(
        "Chose this engine with backend strategy 2 since its estimated inference time (0.2) is faster than the "
        "previous engine with estimated inference time (0.3)."
    )

    assert only(pins, lines).status == "held"


def test_pins_of_another_version_or_gpu_are_noted(pins: Pins) -> None:
    moved = pins.model_copy(update={"tensorrt_version": "10.8.0", "gpu": "NVIDIA H100"})
    lines = old().say("Trying to load shared library libnvinfer_builder_resource_sm90.so.10.16.2")
    found = verify(moved, lines.read())

    assert found.notes == (OtherOrigin("tensorrt", pins="10.8.0", here="10.16.2"),)
