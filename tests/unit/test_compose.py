"""The composer of fixtures: an oracle that other tests lean on has to be right by itself."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))  # the composer is a package of the tests and is not installed

from compose import DIALECTS, FIXTURES, PREFIXES, compose, fixture  # noqa: E402
from compose.fixtures import NAMES, Composed, expected_json, written  # noqa: E402
from compose.plan import (  # noqa: E402
    MEMORY,
    ONLY_OPTION,
    SENTINEL,
    BuildPlan,
    CombinationPlan,
    EnginePlan,
    LayerPlan,
    LogPlan,
    RunnerPlan,
    TacticPlan,
    time_text,
)
from compose.samples import sample_plan  # noqa: E402
from compose.strategies import composed_logs  # noqa: E402

FOLDER = TESTS / "fixtures" / "composed"
TIMED_LINE = re.compile(r"(?<!Fastest )Tactic:? (-?\d+|0x[0-9a-f]{16}) [Tt]ime:? \S+")


def planned(composed: Composed) -> list[TacticPlan]:
    """Every candidate of a plan, in no order."""
    builds = composed.plan.builds
    sections = [section for build in builds for section in DIALECTS[composed.dialect].sections(build)]
    return [
        tactic
        for section in sections
        for combination in section.combinations
        for runner in combination.runners
        for tactic in runner.tactics
    ]


def count(composed: Composed, needle: str) -> int:
    return sum(needle in line for line in composed.text.splitlines())


def one_tactic(tactic: TacticPlan) -> LogPlan:
    combination = CombinationPlan(
        ("Float(1)",), ("Float(1)",), (RunnerPlan("CaskConvolution", tactics=(tactic,)),)
    )
    return LogPlan((EnginePlan((BuildPlan((LayerPlan("a", (combination,)),)),)),))


# -- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_files_on_disk_are_what_the_composer_writes(name: str) -> None:
    text, expected = written(name)
    assert (FOLDER / f"{name}.log").read_bytes() == text.encode()
    assert (FOLDER / f"{name}.expected.json").read_bytes() == expected.encode()


def test_no_file_is_left_over_from_an_older_composer() -> None:
    names = {path.name.split(".")[0] for path in FOLDER.iterdir() if path.suffix in {".log", ".json"}}
    assert names == set(NAMES)


def test_every_dialect_has_a_fixture() -> None:
    assert {made.dialect for made in FIXTURES.values()} == set(DIALECTS)


@pytest.mark.parametrize("name", FIXTURES)
def test_fixtures_stay_small(name: str) -> None:
    assert (FOLDER / f"{name}.log").stat().st_size < 30_000


@pytest.mark.parametrize("name", FIXTURES)
def test_composing_twice_gives_the_same_bytes(name: str) -> None:
    assert fixture(name) == fixture(name)


@pytest.mark.parametrize("name", FIXTURES)
def test_the_expected_rows_survive_json(name: str) -> None:
    composed = fixture(name)
    assert json.loads(expected_json(composed))["tables"] == composed.expected


def test_two_fixtures_have_foreign_text_and_one_comes_from_a_terminal() -> None:
    assert sum(made.foreign for made in FIXTURES.values()) == 2
    terminals = [name for name, made in FIXTURES.items() if made.terminal]
    assert len(terminals) == 1
    text = fixture(terminals[0]).text
    assert "\x1b[" in text
    assert text.count("\r\n") == text.count("\n")


# -- rows against a naive reading ----------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(composed_logs())
def test_every_candidate_with_a_time_has_one_line_and_one_row(composed: Composed) -> None:
    tactics = planned(composed)
    lines = sum(bool(TIMED_LINE.search(line)) for line in composed.text.splitlines())
    assert lines == sum(tactic.status == "timed" or never_ran(tactic) for tactic in tactics)
    assert len(composed.expected["tactics"]) == len(tactics)


def never_ran(tactic: TacticPlan) -> bool:
    return tactic.status == "failed" and tactic.reason is None


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(composed_logs())
def test_rows_and_lines_agree_where_counting_is_simple(composed: Composed) -> None:
    dialect, tables = DIALECTS[composed.dialect], composed.expected
    results = [row.get("result") for row in tables["combinations"]]
    assert count(composed, "] got cached result: ") == results.count("cached")
    assert count(composed, "cratch requested: ") == sum(
        tactic.status == "skipped" and tactic.reason is None for tactic in planned(composed)
    )
    assert count(composed, "only option, timing skipped") == sum(
        tactic.reason == ONLY_OPTION for tactic in planned(composed)
    )
    assert count(composed, "due to insufficient memory") == sum(
        tactic.reason == MEMORY for tactic in planned(composed)
    )
    if dialect.has_combination_lines and dialect.has_reformat_formats:
        assert count(composed, "*** Autotuning ") == len(results) - results.count("cached")
    if dialect.has_op_tables:
        assert len(re.findall(r"\(foreignNode\) +\d+, ", composed.text)) == len(tables["op_tactics"])


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(composed_logs(prefix="trtexec"))
def test_a_hostile_name_never_breaks_a_line(composed: Composed) -> None:
    assert composed.text.splitlines() == composed.text.split("\n")[:-1]
    assert "\r" not in composed.text


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(composed_logs())
def test_at_most_one_pass_of_an_engine_becomes_the_engine(composed: Composed) -> None:
    chosen = [row["strategy"] for row in composed.expected["builds"] if row.get("in_engine")]
    engines = [engine for engine in composed.plan.engines if not engine.cut]
    assert len(chosen) == sum(len(engine.passes()[engine.chosen() or 0]) for engine in engines)


# -- facts about dialects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "text"),
    [("trt5", "-9137461792520977713"), ("trt82", "-9137461792520977713"), ("trt84", "0x813136e97c1542cf")],
)
def test_an_id_is_shown_in_the_base_of_its_version(dialect: str, text: str) -> None:
    assert DIALECTS[dialect].tactic_id(0x813136E97C1542CF) == text


def test_the_sentinel_is_the_decimal_that_old_logs_show() -> None:
    assert DIALECTS["trt7"].tactic_id(SENTINEL) == "-3360065831133338131"


def test_a_runner_in_which_nothing_ran_ends_with_the_sentinel_and_wins_nothing() -> None:
    composed = compose(one_tactic(TacticPlan(5, status="failed")), "trt84")
    assert "Fastest Tactic: 0xd15ea5edd15ea5ed Time: inf" in composed.text
    assert "Chose" not in composed.text
    assert composed.expected["runners"] == [{"runner": "CaskConvolution", "result": "failed"}]
    assert composed.expected["combinations"][0]["result"] == "no_tactic"


def test_a_kernel_of_trt_7_is_named_three_times_and_is_one_candidate() -> None:
    composed = compose(
        one_tactic(TacticPlan(5, "volta_scudnn_128x64_relu_small_nn_v1", 0.5)), "trt7", "python-7"
    )
    before_the_engine = composed.text.split("Formats and tactics selection")[0]
    assert before_the_engine.count("Set Tactic Name: ") == 3
    assert len(composed.expected["tactics"]) == 1


def test_the_first_combination_of_trt_7_has_no_prefix() -> None:
    lines = compose(sample_plan(DIALECTS["trt70"]), "trt70", "python-7").text.splitlines()
    bare = [line for line in lines if line.startswith("***************")]
    assert len(bare) == 2  # one per build


def test_the_kernel_list_after_the_selection_makes_no_candidates() -> None:
    composed = compose(one_tactic(TacticPlan(5, "ampere_sgemm_32x32", 0.5)), "trt85")
    assert composed.text.count("Set Tactic Name: ampere_sgemm_32x32") == 2
    assert len(composed.expected["tactics"]) == 1


def test_strategies_are_compared_as_they_come() -> None:
    rows = fixture("trt10").expected["builds"]
    assert [(row["strategy"], row["in_engine"]) for row in rows] == [(4, False), (3, True), (2, False)]


def test_the_profile_marks_names_in_the_log_and_not_in_the_rows() -> None:
    composed = fixture("trt10-profiles")
    foreign = "{ForeignNode[head/dense.weight...head/softmax]}"
    assert f"Timing Runner: {foreign} [profile 1] (Myelin[" in composed.text
    assert not [
        row for rows in composed.expected.values() for row in rows if "[profile 1]" in str(row.get("name"))
    ]


def test_a_log_that_stops_inside_a_runner_leaves_it_unfinished() -> None:
    composed = fixture("trt84")
    assert composed.expected["runners"][-1]["result"] == "unfinished"
    assert composed.expected["combinations"][-1]["result"] == "unfinished"
    assert "in_engine" not in composed.expected["builds"][-1]
    assert TIMED_LINE.search(composed.text.splitlines()[-1])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (1e-05, "1e-05"),
        (float("inf"), "inf"),
        (3.40282e38, "3.40282e+38"),
        (0.1234567, "0.123457"),
    ],
)
def test_times_are_printed_as_cpp_streams_print_them(number: float, text: str) -> None:
    assert time_text(number) == text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_producer_can_wrap_every_dialect(prefix: str) -> None:
    for name, dialect in DIALECTS.items():
        assert compose(sample_plan(dialect), name, prefix).text.endswith("\n")


def test_a_plan_beyond_the_dialect_is_refused() -> None:
    with pytest.raises(ValueError, match="no kernel names"):
        compose(one_tactic(TacticPlan(5, "volta_sgemm", 0.5)), "trt5")
