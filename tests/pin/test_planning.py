"""Pins of a log: which choice of which table counts."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator
from keyed_logs import FAST, KEY_A, KEY_B, OTHER, SLOW, Keyed, kernel_of

from tacticlens.errors import UsageError
from tacticlens.export.schema import model_schema
from tacticlens.pin import Pins, plan, read_pins
from tacticlens.pin.notes import FastestTaken, KeysWithoutTimes, LostPass
from tacticlens.views.pin_notes import sentence


def test_a_pin_has_what_the_log_says_was_selected_even_where_another_row_is_faster() -> None:
    log = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.75), selected=SLOW).read()
    (pin,) = plan(log).pins.pins

    assert (pin.key, pin.tactic_hash, pin.op, pin.onnx_nodes) == (KEY_A, SLOW, "fc", ["node/fc"])
    assert (pin.kernel, pin.time_ms, pin.line) == (kernel_of(1), 0.75, 6)
    assert plan(log).notes == ()


def test_where_nothing_is_said_the_fastest_row_is_taken_and_the_plan_says_so() -> None:
    log = Keyed().network().table("fc", KEY_A, (SLOW, 0.75), (FAST, 0.5)).read()
    planned = plan(log)

    assert planned.pins.pins[0].tactic_hash == FAST
    assert planned.notes == (FastestTaken(1, of=1),)


def test_a_selection_whose_row_is_not_in_the_log_is_a_pin_without_a_kernel() -> None:
    log = Keyed().network().table("fc", KEY_A, (FAST, 0.5), selected=OTHER).read()
    (pin,) = plan(log).pins.pins

    assert (pin.tactic_hash, pin.kernel, pin.time_ms) == (OTHER, None, 0.25)


def test_the_line_about_the_cache_tells_the_choice_where_the_one_before_it_is_missing() -> None:
    lines = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.75))
    log = lines.say(f" (foreignNode) Writing the best tactic ({SLOW}) to cache").read()

    assert plan(log).pins.pins[0].tactic_hash == SLOW
    assert log.tables.op_tactics["chosen"].to_list() == [False, True]


def test_a_tactic_that_stands_twice_counts_where_it_is_faster() -> None:
    log = Keyed().network().table("fc", KEY_A, (FAST, 0.9), (SLOW, 0.75), (FAST, 0.5), selected=FAST).read()

    assert plan(log).pins.pins[0].time_ms == 0.5
    assert log.tables.op_tactics["chosen"].to_list() == [False, False, True]


def test_rows_without_a_time_are_not_chosen() -> None:
    log = (
        Keyed()
        .network()
        .table("fc", KEY_A, (FAST, "inf"), (SLOW, 0.75))
        .table("mm", KEY_B, (FAST, "inf"))
        .read()
    )
    planned = plan(log)

    assert [pin.tactic_hash for pin in planned.pins.pins] == [SLOW]
    assert KeysWithoutTimes(1) in planned.notes


def test_a_key_that_a_losing_pass_measured_is_pinned_too() -> None:
    lines = Keyed().network().strategy(3).table("fc", KEY_A, (FAST, 0.5), selected=FAST).generated()
    lines.say("Use backend strategy 3 with estimated inference time (0.3) as the initial choice.")
    lines.strategy(2).table("mm", KEY_B, (SLOW, 0.5), selected=SLOW).generated()
    lines.say(
        "Chose this engine with backend strategy 2 since its estimated inference time (0.2) is faster than the "
        "previous engine with estimated inference time (0.3)."
    )
    planned = plan(lines.read())

    assert [(pin.key, pin.build) for pin in planned.pins.pins] == [(KEY_A, 1), (KEY_B, 2)]
    assert planned.notes == (LostPass(1, of=2),)
    assert [pin.key for pin in plan(lines.read(), build=2).pins.pins] == [KEY_B]


def test_of_several_choices_for_a_key_that_of_the_engines_pass_counts_and_the_plan_says_so() -> None:
    lines = (
        Keyed().network().strategy(3).table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.6), selected=FAST).generated()
    )
    lines.say("Use backend strategy 3 with estimated inference time (0.3) as the initial choice.")
    lines.strategy(2).table("fc", KEY_A, (SLOW, 0.5), (FAST, 0.6), selected=SLOW).generated()
    lines.say(
        "Skip backend strategy 2since its estimated inference time (0.4) is not faster than the previous engine with "
        "estimated inference time (0.3)."
    )
    planned = plan(lines.read())

    assert [pin.tactic_hash for pin in planned.pins.pins] == [FAST]
    assert sentence(planned.notes[0]).startswith(f"Key {KEY_A} has several choices: {FAST} (build 1, line")
    assert plan(lines.read(), build=2).pins.pins[0].tactic_hash == SLOW


def test_of_several_engines_the_last_one_counts() -> None:
    lines = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.6), selected=FAST).generated()
    lines.network().table("fc", KEY_A, (SLOW, 0.5), (FAST, 0.6), selected=SLOW).generated()

    assert [pin.tactic_hash for pin in plan(lines.read()).pins.pins] == [SLOW]


def two_ops() -> Keyed:
    lines = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.75), selected=FAST)
    return lines.table("mm", KEY_B, (FAST, 0.5), (OTHER, 0.75), selected=FAST)


def test_layer_restricts_by_operation_and_onnx_node() -> None:
    log = two_ops().read()

    assert [pin.op for pin in plan(log, layer=re.compile("^mm$")).pins.pins] == ["mm"]
    assert [pin.op for pin in plan(log, layer=re.compile("node/fc")).pins.pins] == ["fc"]


@pytest.mark.parametrize("spelling", ["0x222f", "0X222F", SLOW, "8751"])
def test_another_evaluated_tactic_can_be_pinned_in_any_spelling_of_its_number(spelling: str) -> None:
    planned = plan(two_ops().read(), layer=re.compile("fc"), tactic=spelling)

    assert [(pin.tactic_hash, pin.time_ms) for pin in planned.pins.pins] == [(SLOW, 0.75)]
    assert planned.planned[0].chosen == FAST


def test_a_tactic_that_one_of_the_operations_was_not_tried_with_is_refused_with_what_was_tried() -> None:
    with pytest.raises(
        UsageError, match=rf"{SLOW} was not evaluated for 'mm' \(line 10\); evaluated were {FAST}"
    ):
        plan(two_ops().read(), tactic=SLOW)


def test_a_tactic_that_ran_into_no_time_is_refused() -> None:
    log = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, "inf")).read()
    with pytest.raises(UsageError, match=f"{SLOW} was not evaluated"):
        plan(log, tactic=SLOW)


@pytest.mark.parametrize("word", ["fast", "", "0x1" + "0" * 16, "-1e3"])
def test_what_is_no_hash_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is not a tactic hash"):
        plan(two_ops().read(), tactic=word)


def test_nothing_that_matches_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="operations with keys are 'fc', 'mm'"):
        plan(two_ops().read(), layer=re.compile("conv"))


def test_tables_without_keys_are_refused_with_the_flag_that_prints_them() -> None:
    log = Keyed().network().table("fc", None, (FAST, 0.5)).read()
    with pytest.raises(
        UsageError, match=r"its 1 tables of evaluated tactics have none.*EDITABLE_TIMING_CACHE"
    ):
        plan(log)


def test_a_build_without_keys_is_refused_with_the_builds_that_have_some() -> None:
    lines = Keyed().network().table("fc", KEY_A, (FAST, 0.5)).generated()
    lines.network().table("fc", None, (FAST, 0.5)).generated()
    with pytest.raises(UsageError, match="build 2 tuned no operation with a key; builds with keys: 1"):
        plan(lines.read(), build=2)


def test_a_damaged_key_is_no_key() -> None:
    with pytest.raises(UsageError, match="no key"):
        plan(Keyed().network().table("fc", "0xa1a1", (FAST, 0.5)).read())


def test_pins_are_what_their_schema_says_and_read_back_as_they_were() -> None:
    pins = plan(two_ops().read()).pins
    text = pins.model_dump_json()

    Draft202012Validator(model_schema(Pins)).validate(pins.model_dump(mode="json"))
    assert read_pins(text, "pins.json") == pins


PIN = {
    "key": KEY_A, "tactic_hash": FAST, "op": "fc", "layer": None, "onnx_nodes": None, "kernel": None, "time_ms": 0.5,
    "build": 1, "line": 3,
}  # fmt: skip
WHOLE = {"schema_version": 1, "source": "a.log", "tensorrt_version": None, "gpu": None, "pins": [PIN]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_version": 2}, "schema_version: Input should be 1"),
        ({"pins": None}, "pins: Input should be a valid"),
        ({"pins": [{**PIN, "key": "0x12"}]}, r"pins\.0\.key: String should match"),
        ({"pins": [{**PIN, "tactic_hash": "fast"}]}, r"pins\.0\.tactic_hash"),
        ({"pins": [{**PIN, "time_ms": -1.0}]}, r"pins\.0\.time_ms"),
        ({"pins": [{**PIN, "speed": 1}]}, r"pins\.0\.speed: Extra inputs"),
        ({"pins": [PIN, {**PIN, "tactic_hash": SLOW}]}, "is pinned twice"),
    ],
)
def test_a_file_of_pins_that_is_wrong_is_refused_with_the_place(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_pins(json.dumps({**WHOLE, **change}), "pins.json")


def test_the_name_of_a_region_is_searched_only_where_no_operation_matches() -> None:
    lines = Keyed().network().strategy(2).say("=============== Computing costs for {ForeignNode[fc...mm]}")
    lines.say("*************** Autotuning format combination: Half(1) -> Half(1) ***************")
    lines.say("--------------- Timing Runner: {ForeignNode[fc...mm]} (Myelin[0x80000023])")
    lines.table("fc", KEY_A, (FAST, 0.5)).table("mm", KEY_B, (FAST, 0.5))
    log = lines.read()

    assert [pin.op for pin in plan(log, layer=re.compile("fc")).pins.pins] == ["fc"]
    assert [pin.op for pin in plan(log, layer=re.compile("ForeignNode")).pins.pins] == ["fc", "mm"]


def keyed_layer(lines: Keyed, key: str) -> Keyed:
    lines.strategy(2).say("=============== Computing costs for conv")
    formats = "Half(8,1:8,4,2) -> Half(8,1:8,4,2)"
    lines.say(f"*************** Autotuning format combination: {formats} {{key: {key}}} ***************")
    lines.say("--------------- Timing Runner: conv (CaskConvolution[0x80000009])")
    lines.say("Tactic Name: sm80_xmma_gemm_f16f16 Tactic: 0x00000000000000aa Time: 0.5")
    return lines.say(">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: 0x00000000000000aa")


def test_the_key_of_a_layer_is_no_part_of_its_formats() -> None:
    row = keyed_layer(Keyed().network(), KEY_A).read().tables.combinations.row(0, named=True)

    assert (row["formats"], row["key"]) == ("Half(8,1:8,4,2) -> Half(8,1:8,4,2)", KEY_A)
    assert row["inputs"][0] == {
        "dtype": "Half",
        "strides": ["8", "1", "4", "2"],
        "vector_width": 8,
        "vector_dim": 1,
    }


def test_a_layer_that_has_no_key_says_so_and_its_column_is_null() -> None:
    row = keyed_layer(Keyed().network(), "None").read().tables.combinations.row(0, named=True)

    assert (row["formats"], row["key"]) == ("Half(8,1:8,4,2) -> Half(8,1:8,4,2)", None)


def test_a_cached_result_with_a_key_finds_the_combination_that_was_measured() -> None:
    lines = keyed_layer(Keyed().network(), KEY_A)
    hit = f"conv [Half(8,1:8,4,2) -> Half(8,1:8,4,2) {{key: {KEY_A}}}] got cached result: CaskConvolution"
    log = lines.generated().network().strategy(2).say(f"{hit}, tactic 0x00000000000000aa, 0.5 ms").read()

    assert log.tables.combinations["result"].to_list()[1] == "cached"
    assert log.tables.combinations["origin"].to_list() == [None, 1]
    assert log.tables.combinations["key"].to_list() == [KEY_A, KEY_A]


def test_keys_of_layers_alone_are_refused_because_their_hash_is_not_told() -> None:
    with pytest.raises(UsageError, match="the log has keys of 1 layers and none of operations"):
        plan(keyed_layer(Keyed().network(), KEY_A).read())
