"""What repeats teach, by times made by hand; and comparisons of a composed log with other nights of it."""

from __future__ import annotations

import io
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from compose.nights import POINTWISE, night, won_by_another

from tacticlens.diff.changes import diff
from tacticlens.diff.model import Layer
from tacticlens.diff.noise import Yardstick
from tacticlens.diff.repeat_judge import MARGIN, RepeatJudge
from tacticlens.diff.repeats import Repeats
from tacticlens.errors import UsageError
from tacticlens.log import read_log

if TYPE_CHECKING:
    from tacticlens.diff.model import Change, Judgement
    from tacticlens.tables.table_set import TableSet

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"
TEXT = (COMPOSED / "trt861.log").read_text(encoding="utf-8")


def frame(*times: float, combination: int = 1) -> pl.DataFrame:
    """One combination with a tactic per time: kernel 0, kernel 1 ..."""
    rows = [
        ("layer", "A", "Cask", f"0x{number}", f"kernel {number}", ms, combination)
        for number, ms in enumerate(times)
    ]
    columns = ["name", "formats", "runner", "tactic", "kernel", "time_ms", "combination"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def repeats(*builds: list[float]) -> Repeats:
    return Repeats([(f"log {number}", frame(*times)) for number, times in enumerate(builds)])


SPIKE = 2.0
QUIET = [1.0] * 30


@cache
def quiet_nights() -> Repeats:
    """Four builds: one tactic rose to the double once, one fell by 5 % once, the rest is quiet."""
    return repeats(
        [*QUIET, 1.0, 1.0, 1.0], [*QUIET, SPIKE, 1.0, 0.95], [*QUIET, 1.0, 1.0, 1.0], [*QUIET, 1.0, 1.02, 1.0]
    )


def judged(
    after: tuple[float | None, float | None],
    usual: tuple[float, float | None],
    kernels: tuple[str, str] = ("a", "b"),
) -> Judgement:
    judge = RepeatJudge(quiet_nights(), Yardstick(frame(*QUIET), frame(*QUIET)), frame(*QUIET))
    return judge.verdict((None, None), after, usual, kernels)


def test_the_usual_time_is_not_moved_by_a_spike() -> None:
    assert quiet_nights().usual["layer", "A", "Cask", "0x30"] == 1.0
    assert quiet_nights().stray(1.0, ()) == (pytest.approx(math.log(2)), pytest.approx(-math.log(0.95)))
    assert quiet_nights().stray(1.0, ("kernel 30", "kernel 32")) == (pytest.approx(math.log(1.02)), 0.0)
    assert quiet_nights().measurements == 33


def test_a_build_that_is_slower_as_a_whole_has_the_same_usual_times() -> None:
    slow = repeats([*QUIET, 1.0], [1.3 * one for one in QUIET] + [1.3], [*QUIET, 1.0])

    assert slow.extremes == (pytest.approx(0.0), pytest.approx(0.0))
    assert slow.pace(frame(*[1.5] * 30)) == pytest.approx(math.log(1.5))
    assert slow.pace(frame(1.0, 1.0)) is None  # two tactics in common tell nothing


def test_a_measurement_that_two_builds_of_a_log_share_counts_once() -> None:
    shared = Repeats([("log", frame(*QUIET)), ("log", frame(*QUIET))])
    apart = Repeats([("log", frame(*QUIET)), ("log", frame(*QUIET, combination=2))])

    assert shared.measurements == 0
    assert apart.measurements == 30


def test_a_new_winner_below_all_that_repeats_fell_by_is_real() -> None:
    found = judged((1.0, 0.8), (1.0, 1.1))

    assert (found.verdict, found.yardstick, found.repeats) == ("real", "repeats", 4)
    assert found.reason == "new_faster"
    assert found.gap_new == pytest.approx(0.25)
    assert found.gap_usual == pytest.approx(0.1)
    assert (found.moved_old, found.moved_new) == (pytest.approx(0.0), pytest.approx(0.8 / 1.1 - 1))
    assert (found.largest, found.largest_fall) == (pytest.approx(1.0), pytest.approx(0.05))


def test_a_new_candidate_needs_no_usual_time_of_its_own() -> None:
    assert judged((1.0, 0.8), (1.0, None)).verdict == "real"
    assert judged((1.0, 0.95), (1.0, None)).verdict == "noise"  # one fell as far by itself


def test_an_old_winner_that_spiked_as_others_do_is_noise() -> None:
    assert judged((1.9, 0.99), (1.0, 1.02)).verdict == "noise"


def test_an_old_winner_that_rose_beyond_all_spikes_with_a_margin_is_real() -> None:
    assert judged((SPIKE**MARGIN * 0.99, 1.0), (1.0, 1.02)).verdict == "noise"
    found = judged((SPIKE**MARGIN * 1.01, 1.0), (1.0, 1.02))
    assert found.verdict == "real"
    assert found.reason == "old_slower"


def test_the_judged_kernels_are_no_witnesses_of_their_own_noise() -> None:
    assert judged((1.9, 1.0), (1.0, 1.02), ("kernel 30", "b")).verdict == "real"


def test_a_new_winner_that_usually_wins_shows_the_old_choice_as_the_accident() -> None:
    found = judged((1.0, 0.7), (1.0, 0.7))

    assert found.verdict == "noise"
    assert found.reason == "old_was_accident"


def test_what_costs_the_same_in_the_new_build_is_a_tie() -> None:
    found = judged((1.005, 1.0), (1.0, 1.3))

    assert (found.verdict, found.reason, found.measurements) == ("tie", "same_in_repeats", 33)


def test_a_winner_that_is_slower_alone_was_chosen_for_its_formats() -> None:
    found = judged((0.8, 1.0), (1.0, 1.3))

    assert (found.verdict, found.reason) == ("cannot_tell", "loser_faster")


def test_a_time_is_held_against_the_rise_and_the_fall_of_others_with_a_margin() -> None:
    judge = RepeatJudge(quiet_nights(), Yardstick(frame(*QUIET), frame(*QUIET)), frame(*QUIET))
    limit = (SPIKE / 0.95) ** MARGIN  # one rose to the double, one fell by 5 %
    stray, real = judge.judge_time(1.0, limit * 0.99, None), judge.judge_time(1.0, limit * 1.01, None)

    assert stray is not None
    assert (stray.verdict, stray.reason) == ("noise", "times_stray")
    assert real is not None
    assert (real.verdict, real.reason) == ("real", "more_than_repeats")
    assert (real.yardstick, real.repeats, real.measurements) == ("repeats", 4, 33)
    assert (real.gap_old, real.gap_new) == (None, None)
    assert (real.typical, real.largest) == (pytest.approx(0.01), pytest.approx(1.0))
    assert real.largest_fall == pytest.approx(0.05)
    assert judge.judge_time(1.0, 1.009, None) is None


def test_a_movement_of_exactly_what_is_usual_between_repeats_is_none() -> None:
    usual = repeats([1.0] * 12, [1.5] * 3 + [1.0] * 9)
    still = frame(*[1.0] * 12)
    judge = RepeatJudge(usual, Yardstick(still, still), still)

    assert usual.band == math.log(1.5)
    assert judge.judge_time(1.0, 1.5, None) is None
    assert judge.verdict((None, None), (1.5, 1.0), (1.0, 1.5)).reason == "same_in_repeats"
    assert judge.verdict((None, None), (None, 1.0), (1.0, 1.5)).reason == "untimed_same"


def test_a_build_with_little_in_common_with_the_repeats_is_judged_by_the_two_builds_alone() -> None:
    old, new = frame(*QUIET, 1.0, 1.2), frame(*QUIET, 1.5, 1.0)
    judge = RepeatJudge(repeats([1.0] * 5, [1.0] * 5), Yardstick(old, new), frame(*[1.0] * 5))
    one, other = winner("0x30"), winner("0x31")

    found, moved = judge.judge_winner(one, other, ("layer", "layer")), judge.judge_time(1.0, 2.0, "kernel 0")
    assert (found.verdict, found.yardstick) == ("real", "builds")
    assert (found.gap_old, found.gap_new) == (pytest.approx(0.2), pytest.approx(0.5))
    assert moved is not None
    assert (moved.reason, moved.yardstick) == ("moved_most", "builds")
    own = judge.judge_time(1.0, 1.4, "kernel 30")  # that one moved more, but it is the one that is judged
    assert own is not None
    assert own.verdict == "real"


@pytest.mark.parametrize(
    ("usual", "verdict", "reason"),
    [
        (None, "cannot_tell", "untimed_unknown"),
        (1.005, "tie", "untimed_same"),
        (1.5, "cannot_tell", "untimed"),
        (SPIKE**MARGIN * 0.99, "cannot_tell", "untimed"),
        (SPIKE**MARGIN * 1.01, "real", "untimed_slower"),
    ],
)
def test_an_old_winner_that_was_not_tried_again_is_judged_by_the_repeats(
    usual: float | None, verdict: str, reason: str
) -> None:
    found = judged((None, 1.0), (1.0, usual))

    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_slower_machine_is_no_movement_of_a_tactic() -> None:
    slow = frame(*[1.4] * 30)
    judge = RepeatJudge(quiet_nights(), Yardstick(frame(*QUIET), slow), slow)

    assert judge.verdict((None, None), (1.4, 1.12), (1.0, 1.1), ("a", "b")).verdict == "real"
    assert judge.verdict((None, None), (1.4, 1.38), (1.0, 1.1), ("a", "b")).verdict == "noise"
    assert judge.judge_time(1.0, 1.4, None) is None
    late = judge.judge_time(1.0, 1.4 * 3.0, None)
    assert late is not None
    assert (late.verdict, late.yardstick) == ("real", "repeats")


def winner(tactic: str) -> Layer:
    """A layer that took a tactic of `frame`."""
    number = int(tactic.removeprefix("0x"))
    return Layer(
        position=1, name="layer", nodes=(), layer_type=None, runner="Cask", tactic=tactic, kernel=f"kernel {number}",
        time_ms=1.0, time_source="tactic", family="gemm", tensor_core="no", precision=None, shape=None, formats="A",
        formats_source="combination", measured_as="layer", inputs=(), outputs=(), line=1,
    )  # fmt: skip


# composed nights


def tables_of(text: str) -> TableSet:
    return read_log(io.BytesIO(text.encode()), processes=0).tables


def nights(*numbers: int) -> list[tuple[TableSet, None]]:
    return [(tables_of(night(TEXT, number)), None) for number in numbers]


@cache
def old() -> TableSet:
    return tables_of(TEXT)


@cache
def faster() -> TableSet:
    return tables_of(night(won_by_another(TEXT, ms=0.1), 9))


def pointwise(old: TableSet, new: TableSet, baseline: list[tuple[TableSet, None]]) -> Change:
    found = diff(old, new, baseline=baseline)
    return next(one for one in found.changes if one.match.new and one.match.new[0].name == POINTWISE)


def test_a_winner_that_became_much_faster_is_real_with_a_baseline_and_says_so() -> None:
    change = pointwise(old(), faster(), nights(1, 2, 3))
    found = change.judgement

    assert found is not None
    assert (found.verdict, found.yardstick, found.repeats) == ("real", "repeats", 4)
    assert found.gap_new == pytest.approx(0.239807 / 0.1 - 1, abs=0.05)
    assert found.typical is not None
    assert found.typical < 0.05


def test_an_old_winner_that_spiked_once_is_judged_by_how_far_others_spike() -> None:
    spiked = tables_of(night(won_by_another(TEXT, ms=0.235, old_ms=0.30), 9))
    calm = pointwise(old(), spiked, nights(1, 2, 3)).judgement
    wild = [(tables_of(night(TEXT, number, spread=0.4)), None) for number in (1, 2, 3, 4)]
    noisy = pointwise(old(), spiked, wild).judgement

    assert calm is not None
    assert noisy is not None
    assert (calm.verdict, noisy.verdict) == ("real", "tie")


def test_one_repeat_counts_beside_what_moved_between_the_builds() -> None:
    found = pointwise(old(), faster(), nights(1)).judgement

    assert found is not None
    assert (found.yardstick, found.repeats) == ("builds_and_repeats", 2)
    wild = [(tables_of(night(TEXT, 1, spread=0.9)), None)]
    louder = pointwise(old(), faster(), wild).judgement
    assert louder is not None
    assert (found.verdict, louder.verdict) == ("real", "tie")


def test_the_summary_says_which_builds_taught_what() -> None:
    learned = diff(old(), faster(), baseline=nights(1, 2)).summary.baseline

    assert learned is not None
    assert len(learned.builds) == 3
    assert 0 < learned.p90 < 0.05
    assert 0 < learned.rise < 0.05
    assert 0 < learned.fall < 0.05
    assert learned.measurements > 10
    assert diff(old(), faster()).summary.baseline is None


def test_a_log_given_twice_and_the_two_builds_themselves_teach_nothing() -> None:
    once, twice = (diff(old(), faster(), baseline=nights(*numbers)) for numbers in ((1, 2), (1, 2, 2, 1)))

    assert once == twice
    for tables, word in ((old(), "old"), (faster(), "new")):
        with pytest.raises(UsageError, match=f"is the {word} build itself"):
            diff(old(), faster(), baseline=[(tables, None)])


def test_a_copy_of_a_log_with_other_bytes_teaches_nothing_either() -> None:
    twin = night(TEXT, 1)
    for tables in (tables_of(TEXT + "\n"), tables_of(twin + "\n")):
        with pytest.raises(UsageError, match="it is a copy of it, or used its timing cache"):
            diff(old(), faster(), baseline=[(tables_of(twin), None), (tables, None)])


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (("Time: ", "Timed "), "has 0 measurements in common .* 10 are needed"),
        (("Float(3136,", "Float(9136,"), "measured only .* of the layers and formats"),
    ],
)
def test_a_log_that_repeats_nothing_is_refused_with_the_reason(edit: tuple[str, str], reason: str) -> None:
    other = tables_of(TEXT.replace(*edit))

    with pytest.raises(UsageError, match=reason):
        diff(old(), faster(), baseline=[*nights(1), (other, None)])


def test_a_log_of_another_network_is_refused() -> None:
    other = read_log(COMPOSED.parent / "recorded" / "tensorrt-rtx-1.7.1-mlp.log", processes=0).tables

    with pytest.raises(UsageError, match=r"tensorrt-rtx-1.7.1-mlp.log is of another network than"):
        diff(old(), faster(), baseline=[(other, None)])
