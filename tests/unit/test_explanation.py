"""Why a layer got its kernel; expected values were read off the composed logs by eye."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
from shown import shown

from tacticlens.analysis.explanation import explain
from tacticlens.analysis.explanation_model import Explanation
from tacticlens.analysis.naming import find_layer, near
from tacticlens.errors import UsageError
from tacticlens.errors.builds import near_names
from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet
from tacticlens.views.decision import decision_words
from tacticlens.views.explain import ExplainResult

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LOGS = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*.log"))
SEVERAL = ["composed/trt10-profiles.log", "composed/trt5.log", "composed/trt861.log"]
EVERY = [path if path in SEVERAL else pytest.param(path, marks=pytest.mark.slow) for path in LOGS]
STEM = "stem/conv 3x3 + stem/relu"


@cache
def tables_of(path: str) -> TableSet:
    return read_log(FIXTURES / path, processes=0).tables


def told(name: str, layer: str, build: int | None = None) -> Explanation:
    return explain(tables_of(f"composed/{name}.log"), layer, build)


def test_a_layer_is_found_by_its_name_by_an_onnx_node_and_by_a_part_of_its_name() -> None:
    tables = tables_of("composed/trt861.log")

    assert [find_layer(tables, text).name for text in (STEM, "stem/relu", "3x3", "STEM/CONV")] == [STEM] * 4


def test_a_name_of_several_layers_is_refused_with_their_names() -> None:
    with pytest.raises(UsageError, match=r"'e' is part of the names of \d+ layers: '"):
        told("trt861", "e")


def test_a_name_of_no_layer_is_refused_with_near_names() -> None:
    with pytest.raises(UsageError, match=r"no layer is named 'head/dens3:0'.*; near names: 'head/dense:0'"):
        told("trt861", "head/dens3:0")


def test_an_empty_name_names_no_layer() -> None:
    with pytest.raises(UsageError, match="no layer is named ''"):
        told("trt861", "")


def test_a_build_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no build 9 in this log; its builds are 1 to 2"):
        told("trt861", STEM, 9)


def test_names_in_errors_cannot_command_a_terminal() -> None:
    assert "\x1b" not in near_names(near("conw", ["conv\x1b[2J"]), any_layers=True)


def test_the_engine_s_build_is_the_default_and_another_can_be_asked_for() -> None:
    assert (told("trt10", STEM).build, told("trt10", STEM, 1).build) == (2, 1)
    assert told("trt10", STEM).builds == (1, 2, 3)


def test_a_profile_suffix_chooses_the_build_of_that_profile() -> None:
    assert told("trt10-profiles", STEM).build == 1
    assert told("trt10-profiles", f"{STEM} [profile 1]").build == 2


def test_the_combination_that_the_engine_took_is_told_with_the_reason() -> None:
    story = told("trt861", STEM)

    assert story.choice is not None
    assert (story.choice.line, story.choice.layer_type) == (106, "CaskConvolution")
    assert story.taken == 2
    assert decision_words(story.decision) == (
        "line 106 of the engine has this layer with tactic 0xdac663a2c41cd634; 2 of its 4 combinations can have this "
        "tactic; 4 is ruled out: the engine prints x with another type, vector width or layout (line 106)"
    )
    assert [one.combination for one in story.combinations] == [1, 2, 3, 4]
    assert [one.taken for one in story.combinations] == [False, True, False, False]


def test_each_combination_has_winner_runner_up_and_every_candidate() -> None:
    first, second, *_ = told("trt861", STEM).combinations

    assert first.winner is not None
    assert first.runner_up is not None
    assert (first.winner.line, first.runner_up.line) == (17, 22)
    assert [one.line for one in first.candidates] == [17, 22, 15, 24, 14, 16]
    assert second.winner is not None
    assert second.runner_up is not None
    assert second.runner_up.margin == pytest.approx(0.908114 / 0.897748 - 1)


def test_what_has_no_time_says_why() -> None:
    first, _, third, fourth = told("trt861", STEM).combinations
    skipped = first.candidates[-1]

    assert (skipped.status, skipped.needed_bytes, skipped.available_bytes) == (
        "skipped",
        7527202816,
        1073741824,
    )
    assert [(one.runner, one.result) for one in third.runners] == [
        ("CaskConvolution", "no_valid_tactic"), ("CudnnConvolution", "no_valid_tactic"),
    ]  # fmt: skip
    assert (third.winner, fourth.result) == (None, "repeated")


def test_a_cached_combination_shows_the_runners_and_candidates_of_its_origin() -> None:
    first = told("trt10-profiles", STEM, 2).combinations[0]

    assert (first.result, first.origin) == ("cached", 1)
    assert first.candidates
    assert {one.runner for one in first.runners} >= {"CaskConvolution", "CudnnConvolution"}


def test_without_an_engine_in_the_log_the_only_combination_is_what_an_engine_can_have() -> None:
    story = told("trt5", "stem/conv 3x3")

    assert (story.choice, story.taken, len(story.combinations)) == (None, None, 1)
    assert story.decision.code == "no_engine"


def test_a_fused_region_shows_the_tables_of_its_operations() -> None:
    tables = tables_of("composed/trt10.log")
    region = next(name for name in tables["layers"]["name"] if "ForeignNode" in name)
    operations = [one for story in explain(tables, region).combinations for one in story.operations]

    assert operations
    assert all(one.rows >= 1 and one.line > 0 for one in operations)


def test_the_text_names_the_choice_the_reasons_and_the_lines() -> None:
    text = shown(ExplainResult(told("trt861", STEM)))

    assert "In the engine: position 2, CaskConvolution 0xdac663a2c41cd634" in text
    assert "no valid tactic: CaskConvolution, CudnnConvolution" in text
    assert "needs 7,179 MiB, 1,024 MiB allowed" in " ".join(text.split())
    assert "Lines to look at:" in text


@pytest.mark.parametrize("path", EVERY)
def test_every_layer_of_every_fixture_is_explained_in_text_and_json(path: str) -> None:
    tables = tables_of(path)
    names = {*tables["layers"]["name"].drop_nulls(), *tables["engine_layers"]["name"]}
    for name in sorted(names):
        story = explain(tables, name)
        text = shown(ExplainResult(story, top=0))

        assert story.name == name
        assert all(char.isprintable() or char == "\n" for char in text)
        assert json.loads(json.dumps(asdict(story)))["name"] == name
        numbers = [one.combination for one in story.combinations]
        assert story.taken is None or story.taken in numbers
        assert story.next_best is None or (story.next_best in numbers and story.next_best != story.taken)


@pytest.mark.parametrize("asked", [":2", "/conv1/Conv"])
def test_a_layer_is_named_by_its_position_or_an_onnx_node(asked: str) -> None:
    tables = read_log(EXAMPLES / "resnet50" / "fp16.log", processes=0).tables

    assert explain(tables, asked).name == "/conv1/Conv + /conv1/Relu"


def test_a_layer_is_named_by_its_kernel() -> None:
    tables = read_log(EXAMPLES / "resnet50" / "fp16.log", processes=0).tables

    assert explain(tables, "xmma_gemm_f16f16_f16f16_f16_tn_n").name == "/fc/Gemm"


def test_a_position_that_the_engine_does_not_have_is_refused_with_those_it_has() -> None:
    tables = read_log(EXAMPLES / "resnet50" / "fp16.log", processes=0).tables

    with pytest.raises(UsageError, match="positions are :1 to :58"):
        explain(tables, ":59")
