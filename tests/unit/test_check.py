"""The gate: rules, where they come from, and what it says when it cannot judge."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from shown import shown

from tacticlens.analysis.check import Rules, Verdict, check, rules_from_toml
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet
from tacticlens.views.check import CheckResult, sentence

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

# trt861: 0.897748 convolution of 0.897748 + 0.239807 + 0.602598 ms; the CopyNode has no time
GEMM = 0.897748 / 1.740153


@cache
def tables_of(path: str) -> TableSet:
    return read_log(FIXTURES / path, processes=0).tables


def only(path: str, **rules: object) -> Verdict:
    verdicts = check(tables_of(path), Rules(**rules))  # type: ignore[arg-type]
    assert len(verdicts) == 1
    return verdicts[0]


def test_a_share_above_its_minimum_is_kept() -> None:
    verdict = only("composed/trt861.log", min_gemm_share=0.5)

    assert (verdict.ok, verdict.where) == (True, "engine 1")
    assert verdict.value == pytest.approx(GEMM)


def test_a_share_below_its_minimum_is_broken_and_named_with_both_numbers() -> None:
    verdict = only("composed/trt861.log", min_gemm_share=0.6)

    assert verdict.ok is False
    assert sentence(verdict).startswith("min_gemm_share engine 1: 51.6 %, at least 60.0 % required")


def test_a_share_that_is_exactly_the_limit_is_kept() -> None:
    assert only("composed/trt861.log", min_gemm_share=GEMM).ok is True
    assert only("composed/trt861.log", max_reformat_share=0.602598 / 1.740153).ok is True


def test_layers_without_a_time_are_named_beside_the_number() -> None:
    assert (
        "1 working layer has no time and is left out"
        in only("composed/trt861.log", min_gemm_share=0.6).detail
    )


def test_a_forbidden_family_is_named_with_layer_and_line() -> None:
    verdict = only("composed/trt861.log", forbid_family=("pointwise",))

    assert (verdict.ok, verdict.value, verdict.lines) == (False, 1, (107,))
    assert "neck/gate" in sentence(verdict)


def test_a_family_that_is_not_there_is_kept() -> None:
    assert only("composed/trt861.log", forbid_family=("winograd",)).ok is True


def test_unread_lines_are_counted() -> None:
    assert only("composed/trt861.log", max_unread=0).ok is True


@pytest.mark.parametrize("path", ["composed/trt5.log", "recorded/tensorrt-rtx-1.7.1-non-zero.log"])
def test_a_log_without_engine_layers_cannot_be_judged(path: str) -> None:
    for verdict in check(tables_of(path), Rules(min_gemm_share=0.1, forbid_family=("copy",))):
        assert verdict.ok is None
        assert "prints no layers of an engine" in verdict.detail


def test_an_engine_without_times_cannot_be_judged_and_the_remedy_is_named() -> None:
    verdict = only("recorded/tensorrt-rtx-1.7.1-mlp.log", min_tensor_core_share=0.5)

    assert (verdict.ok, verdict.value) == (None, None)
    assert "--verbose" in verdict.detail


def test_every_engine_and_every_optimization_profile_is_judged() -> None:
    verdicts = check(tables_of("composed/trt10-profiles.log"), Rules(min_gemm_share=0.1))

    assert [verdict.where for verdict in verdicts] == [
        "engine 1, optimization profile 0", "engine 1, optimization profile 1", "engine 2",
    ]  # fmt: skip


def test_shares_of_an_engine_most_of_whose_layers_have_no_time_are_not_judged() -> None:
    first, _, last = check(tables_of("composed/trt10-profiles.log"), Rules(min_gemm_share=0.1))

    assert (first.ok, last.ok) == (None, False)
    assert first.detail.startswith("4 of 5 working layers have no time")


def test_rules_are_read_from_toml() -> None:
    text = '[check]\nmin_gemm_share = 0.9\nmax_reformat_share = 1\nforbid_family = ["copy", "reformat"]\n'
    text += "max_unread = 3\n"

    assert rules_from_toml(text, "r.toml") == Rules(0.9, None, 1.0, ("copy", "reformat"), 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[check\n", "no valid TOML"),
        ("", "no table [check]"),
        ("[check]\nmin_gem_share = 1\n", "unknown key 'min_gem_share'"),
        ("[check]\n[other]\n", "unknown key 'other'"),
        ("[check]\nmin_gemm_share = 'much'\n", "must be a number from 0 to 1"),
        ("[check]\nmin_gemm_share = true\n", "must be a number from 0 to 1"),
        ("[check]\nmin_gemm_share = 90\n", "shares go from 0 to 1"),
        ("[check]\nmax_unread = 0.5\n", "whole number"),
        ("[check]\nmax_unread = -1\n", "0 or more"),
        ("[check]\nforbid_family = ['gem']\n", "no family 'gem'"),
        ("[check]\nforbid_family = [1]\n", "list of families"),
    ],
)
def test_wrong_rules_are_refused_with_file_and_reason(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^r\.toml: ") as caught:
        rules_from_toml(text, "r.toml")
    assert said in str(caught.value)


def test_the_command_line_wins_over_the_file() -> None:
    file = Rules(min_gemm_share=0.9, max_unread=3, forbid_family=("copy",))

    assert Rules(min_gemm_share=0.1, max_unread=0).over(file) == Rules(0.1, None, None, ("copy",), 0)


def test_the_first_line_says_whether_the_build_passes_and_counts_what_is_broken() -> None:
    rules = Rules(min_gemm_share=0.6, forbid_family=("pointwise", "fft"))
    text = shown(CheckResult(check(tables_of("composed/trt861.log"), rules)))

    assert text.startswith("Fails: 2 of 3 checks broken")
    assert text.count("BROKEN") == 2
