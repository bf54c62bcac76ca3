"""The gate: rules, where they come from, and what it says when it cannot judge."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from shown import shown

from tacticlens.analysis.check import Place, Verdict, check, state_of
from tacticlens.analysis.check_rules import Rules, rules_from_toml
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.intervals import Interval
from tacticlens.tables.table_set import TableSet
from tacticlens.views.check import CheckResult, detail, sentence

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
    verdict = only("composed/trt10-editable.log", min_gemm_share=0.5)

    assert (verdict.state, verdict.place) == ("kept", Place("engine", 1))
    assert verdict.value is not None
    assert verdict.value.low >= 0.5


def test_a_share_that_the_layer_without_a_time_cannot_lift_is_broken() -> None:
    verdict = only("composed/trt861.log", min_gemm_share=0.6)

    assert verdict.state == "broken"
    assert verdict.value is not None
    assert verdict.value.high == pytest.approx(GEMM)
    assert sentence(verdict).startswith("min_gemm_share engine 1: 0.0 % to 51.6 %, at least 60.0 % required")


def test_a_share_that_the_layer_without_a_time_decides_is_not_decided() -> None:
    least = only("composed/trt861.log", min_gemm_share=0.5)
    most = only("composed/trt861.log", max_reformat_share=0.9)

    assert (least.state, most.state) == ("undecided", "undecided")
    assert detail(least) == "1 of 4 working layers has no time; --dumpProfile times every layer"


@pytest.mark.parametrize(
    ("low", "high", "least", "most"),
    [
        (0.5, 0.5, "kept", "kept"),
        (0.4, 0.5, "undecided", "kept"),
        (0.5, 0.6, "kept", "undecided"),
        (0.4, 0.6, "undecided", "undecided"),
        (0.1, 0.4, "broken", "kept"),
        (0.6, 0.9, "kept", "broken"),
        (0.6, None, "kept", "broken"),
        (0.4, None, "undecided", "undecided"),
    ],
)
def test_a_rule_is_decided_when_both_bounds_are_on_one_side(
    low: float, high: float | None, least: str, most: str
) -> None:
    value = Interval(low, high)

    assert (state_of(value, least=0.5), state_of(value, most=0.5)) == (least, most)


def test_a_forbidden_family_is_named_with_layer_and_line() -> None:
    verdict = only("composed/trt861.log", forbid_family=("pointwise",))

    assert (verdict.state, verdict.value, verdict.lines) == ("broken", Interval(1, 1), (107,))
    assert "neck/gate" in sentence(verdict)


def test_a_family_that_is_not_there_is_kept() -> None:
    assert only("composed/trt861.log", forbid_family=("winograd",)).state == "kept"


def test_unread_lines_are_counted() -> None:
    assert only("composed/trt861.log", max_unread=0).state == "kept"


@pytest.mark.parametrize(
    ("path", "gap", "words"),
    [
        ("composed/trt5.log", "no_engine", "prints no layers of an engine"),
        ("recorded/tensorrt-rtx-1.7.1-non-zero.log", "build_failed", "the build failed"),
    ],
)
def test_a_log_without_engine_layers_cannot_be_judged(path: str, gap: str, words: str) -> None:
    for verdict in check(tables_of(path), Rules(min_gemm_share=0.1, forbid_family=("copy",))):
        assert (verdict.state, verdict.gap) == ("undecided", gap)
        assert words in sentence(verdict)


def test_an_engine_without_times_cannot_be_judged_and_the_remedy_is_named() -> None:
    verdict = only("recorded/tensorrt-rtx-1.7.1-mlp.log", min_tensor_core_share=0.5)

    assert (verdict.state, verdict.value, verdict.gap) == ("undecided", None, "no_times")
    assert "--verbose" in sentence(verdict)


def test_every_engine_and_every_optimization_profile_is_judged() -> None:
    verdicts = check(tables_of("composed/trt10-profiles.log"), Rules(min_gemm_share=0.1))

    assert [verdict.place for verdict in verdicts] == [
        Place("profile", 1, 0), Place("profile", 1, 1), Place("engine", 2),
    ]  # fmt: skip


def test_rules_are_read_from_toml() -> None:
    text = '[check]\nmin_gemm_share = 0.9\nmax_reformat_share = 1\nforbid_family = ["copy", "reformat"]\n'
    text += "max_unread = 3\n"

    assert rules_from_toml(text, "r.toml") == Rules(
        min_gemm_share=0.9, max_reformat_share=1.0, forbid_family=("copy", "reformat"), max_unread=3
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[check\n", "not valid TOML"),
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
        ("[check]\nmin_gemm_share = nan\n", "must be a number from 0 to 1"),
    ],
)
def test_wrong_rules_are_refused_with_file_and_reason(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^r\.toml: ") as caught:
        rules_from_toml(text, "r.toml")
    assert said in str(caught.value)


def test_the_command_line_wins_over_the_file() -> None:
    file = Rules(min_gemm_share=0.9, max_unread=3, forbid_family=("copy",))
    rules = Rules(min_gemm_share=0.1, max_unread=0, forbid_family=("copy",))

    assert Rules(min_gemm_share=0.1, max_unread=0).over(file) == rules


def test_the_text_counts_what_is_broken_and_what_is_not_decided() -> None:
    rules = Rules(min_gemm_share=0.6, forbid_family=("pointwise", "fft"))
    text = shown(CheckResult(check(tables_of("composed/trt861.log"), rules)))

    assert text.startswith("Fails: 2 of 3 checks broken")
    assert text.count("BROKEN") == 2


def test_the_json_has_the_interval_and_no_single_value_where_there_is_none() -> None:
    rules = Rules(min_gemm_share=0.5, max_unread=0)
    document = CheckResult(check(tables_of("composed/trt861.log"), rules)).document()
    share, unread = document["verdicts"]

    assert document["ok"] is None
    assert (share["ok"], share["state"], share["value"], share["low"]) == (None, "undecided", None, 0.0)
    assert share["high"] == pytest.approx(GEMM)
    assert (unread["ok"], unread["state"], unread["value"]) == (True, "kept", 0)


def test_a_convolution_without_a_known_kernel_is_no_copy_and_may_be_direct(
    corpus_tables: Callable[[str], TableSet],
) -> None:
    """Two layers ran FusedConvActConvolution, whose tactics have numbers and no names."""
    tables = corpus_tables("trtexec-8.5.10-orin-mnist-best.log")
    copy, depthwise, direct = check(tables, Rules(forbid_family=("copy", "depthwise", "direct_conv")))

    assert (copy.state, copy.value) == ("kept", Interval(0, 0))
    assert (depthwise.state, depthwise.value) == ("undecided", Interval(0, 2))
    assert (direct.state, direct.value) == ("broken", Interval(1, 3))
