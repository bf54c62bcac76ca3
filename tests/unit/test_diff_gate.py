"""Conditions under which a comparison fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tacticlens.diff.changes import diff
from tacticlens.diff.gate import failed, parse
from tacticlens.diff.model import Judgement
from tacticlens.diff.result import Diff
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.views.gate import sentence

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"


@pytest.fixture(scope="module")
def found() -> Diff:
    old, new = (read_log(COMPOSED / f"{name}.log", processes=0).tables for name in ("trt82", "trt861"))
    return diff(old, new)


@pytest.mark.parametrize(
    "text", ["slower:5", "slower:-5%", "slow:5%", "tactic-changed:maybe", "reformat-added:1", ""]
)
def test_what_is_no_condition_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(
        UsageError, match=f"--fail-on '{text}' is not a condition; the conditions are slower:5%"
    ):
        parse(text)


def test_slower_compares_the_sums_where_nothing_was_measured(found: Diff) -> None:
    # 0.356808 + 0.239807 + 0.602598 ms became 0.897748 + 0.239807 + 0.602598 ms
    failure = failed(found, parse("slower:45%"))

    assert failure is not None
    assert (
        sentence(failure) == "slower:45%: the sum of the layers' times went from 1.2 ms to 1.74 ms (+45.1 %)"
    )
    assert failure.measure == "layers"
    assert failure.layers == ()
    assert failed(found, parse("slower:46%")) is None
    one_side = replace(found, old=replace(found.old, gpu_compute_ms=2.0))
    assert failed(one_side, parse("slower:45%")) == failure


def test_slower_prefers_what_trtexec_measured(found: Diff) -> None:
    measured = replace(
        found, old=replace(found.old, gpu_compute_ms=2.0), new=replace(found.new, gpu_compute_ms=2.02)
    )

    assert failed(measured, parse("slower:5%")) is None
    slower = failed(measured, parse("slower"))
    assert slower is not None
    assert (slower.measure, slower.old_ms, slower.new_ms) == ("gpu_compute", 2.0, 2.02)
    same = replace(measured, new=measured.old)
    assert failed(same, parse("slower")) is None


def test_a_build_that_is_slower_by_exactly_the_limit_passes(found: Diff) -> None:
    old, new = replace(found.old, gpu_compute_ms=2.0), replace(found.new, gpu_compute_ms=3.0)

    assert failed(replace(found, old=old, new=new), parse("slower:50%")) is None


@pytest.mark.parametrize("side", ["old", "new"])
def test_sums_are_compared_where_at_least_half_of_the_layers_of_each_side_have_a_time(
    found: Diff, side: str
) -> None:
    def untimed(layers: int) -> Diff:
        return replace(found, **{side: replace(getattr(found, side), layers=4, untimed_layers=layers)})

    assert failed(untimed(2), parse("slower:45%")) is not None
    with pytest.raises(UsageError, match="cannot be judged"):
        failed(untimed(3), parse("slower:45%"))


@pytest.mark.parametrize("missing", ["old", "new"])
def test_a_condition_about_engines_names_the_log_that_prints_none(found: Diff, missing: str) -> None:
    winners = replace(found, summary=replace(found.summary, basis="winners", no_engine=(missing,)))

    with pytest.raises(UsageError, match=f"whose layers are not in .*{getattr(found, missing).source}"):
        failed(winners, parse("tactic-changed"))


def test_slower_without_comparable_times_cannot_be_judged(found: Diff) -> None:
    others_untimed = replace(found, summary=replace(found.summary, untimed_alike=False))
    for no_sums in (replace(found, new=replace(found.new, time_source="profile")), others_untimed):
        with pytest.raises(UsageError, match="cannot be judged"):
            failed(no_sums, parse("slower:5%"))


def test_a_changed_tactic_fails_by_its_verdict(found: Diff) -> None:
    (change,) = (one for one in found.changes if "kernel" in one.kinds)
    real = replace(found, changes=(replace(change, judgement=Judgement("real", "by hand")),))

    assert change.verdict == "cannot_tell"
    assert failed(found, parse("tactic-changed:real")) is None
    for one, condition in ((found, "tactic-changed"), (real, "tactic-changed:real")):
        failure = failed(one, parse(condition))
        assert failure is not None
        assert failure.layers == ("stem/conv 3x3 + stem/relu",)


@pytest.mark.parametrize(
    ("text", "kind"), [("reformat-added", "reformat_added"), ("tensor-core-lost", "tensor_core_lost")]
)
def test_a_kind_of_change_fails_wherever_it_is(found: Diff, text: str, kind: str) -> None:
    change = found.changes[0]
    gone = replace(change, kinds=("kernel", kind), match=replace(change.match, new=()))

    assert failed(found, parse(text)) is None
    failure = failed(replace(found, changes=(gone,)), parse(text))
    assert failure is not None
    assert failure.layers == (change.match.old[0].name,)
    assert failed(replace(found, changes=(replace(change, kinds=("kernel", kind)),)), parse(text)) is not None
