"""Verdicts by numbers made by hand."""

from __future__ import annotations

import math
from functools import cache

import polars as pl
import pytest

from tacticlens.diff.measurements import Moved
from tacticlens.diff.noise import Yardstick


def yardstick(*moved: float, ms: float = 1.0, other_gpu: bool = False) -> Yardstick:
    """Tactics of one duration that moved by these factors; names tell them apart."""
    return Yardstick.from_moved(
        [Moved(ms, math.log(factor), f"kernel {number}") for number, factor in enumerate(moved)],
        other_gpu=other_gpu,
    )


@cache
def quiet() -> Yardstick:
    return yardstick(*[0.99, 1.0, 1.01, 1.0, 0.98, 1.02, 1.0, 1.0, 1.01, 0.99] * 3)


@cache
def spiky() -> Yardstick:
    return yardstick(*[1.0, 1.01, 0.99] * 10, 2.0)


def test_a_gap_in_both_builds_beyond_what_others_moved_by_is_real() -> None:
    judged = quiet().verdict((1.0, 1.2), (1.3, 1.0))

    assert judged.verdict == "real"
    assert (judged.gap_old, judged.gap_new) == (pytest.approx(0.2), pytest.approx(0.3))
    assert judged.measurements == 30
    assert judged.largest == pytest.approx(
        1.02 / 0.98 - 1
    )  # the fastest and the slowest moved against each other
    assert (judged.yardstick, judged.repeats) == ("builds", 0)


def test_two_that_cost_the_same_in_both_builds_tie() -> None:
    assert quiet().verdict((1.0, 1.005), (1.01, 1.0)).verdict == "tie"


def test_a_gap_that_others_moved_by_as_well_is_noise() -> None:
    assert spiky().verdict((1.0, 1.01), (1.4, 1.0)).verdict == "noise"
    assert spiky().verdict((1.0, 2.0), (2.4, 1.0)).verdict == "real"


def test_the_judged_kernels_are_no_witnesses_of_their_own_noise() -> None:
    assert spiky().verdict((1.0, 1.01), (1.4, 1.0), ("kernel 30", None)).verdict == "real"


def test_short_kernels_that_spike_say_nothing_about_long_ones() -> None:
    long = [Moved(10.0, math.log(factor), f"long {factor}") for factor in [1.0, 1.01, 0.99] * 10]
    both = Yardstick.from_moved([*long, Moved(0.003, math.log(3.0), "short")])

    assert both.verdict((10.0, 10.2), (13.0, 10.0)).verdict == "real"


def test_a_winner_that_the_other_build_did_not_time_is_judged_by_the_one_that_timed_both() -> None:
    assert quiet().verdict((1.0, None), (1.3, 1.0)).verdict == "real"
    assert quiet().verdict((1.0, None), (1.005, 1.0)).verdict == "tie"
    assert quiet().verdict((1.0, None), (None, 1.0)).verdict == "cannot_tell"


def test_the_reason_says_which_build_timed_both() -> None:
    old, new = quiet().verdict((1.0, 1.3), (None, 1.0)), quiet().verdict((1.0, None), (1.3, 1.0))

    assert (old.reason, old.gap_old, old.gap_new) == ("only_old_timed_both", pytest.approx(0.3), None)
    assert (new.reason, new.gap_old, new.gap_new) == ("only_new_timed_both", None, pytest.approx(0.3))


def test_a_winner_that_is_slower_alone_was_chosen_for_its_formats() -> None:
    judged = quiet().verdict((1.0, 1.2), (0.7, 1.0))

    assert judged.verdict == "cannot_tell"
    assert judged.reason == "loser_faster"
    assert (judged.gap_old, judged.gap_new) == (pytest.approx(0.2), pytest.approx(-0.3))


def test_an_old_winner_that_now_costs_what_the_new_one_costs_ties_by_what_is_so_now() -> None:
    judged = quiet().verdict((1.0, 1.2), (1.005, 1.0))

    assert (judged.verdict, judged.reason) == ("tie", "same_now")
    assert (judged.gap_old, judged.gap_new) == (pytest.approx(0.2), pytest.approx(0.005))
    assert judged.largest == pytest.approx(1.02 / 0.98 - 1)


def test_a_gap_that_two_others_moved_apart_by_comes_with_that_movement() -> None:
    judged = spiky().verdict((1.0, 1.01), (1.4, 1.0))

    assert (judged.verdict, judged.reason) == ("noise", "others_apart")
    assert judged.largest == pytest.approx(2.0 / 0.99 - 1)


def test_a_gap_of_exactly_what_is_usual_is_a_tie() -> None:
    usual = yardstick(*[1.0] * 8, 1.5, 1.5)

    assert usual.verdict((1.0, 1.5), (1.5, 1.0)).reason == "same"
    assert usual.verdict((1.0, 1.5), (1.0, 1.5)).reason == "same"
    assert usual.verdict((1.0, 4.0), (1.5, 1.0)).reason == "same_now"
    assert usual.judge_time(1.0, 1.5, None) is None
    assert usual.judge_time(1.5, 1.0, None) is None


def test_a_time_that_moved_exactly_as_much_as_another_is_noise() -> None:
    moved = spiky().judge_time(1.0, 2.0, None)

    assert moved is not None
    assert (moved.verdict, moved.reason) == ("noise", "others_moved")


def test_a_second_yardstick_counts_where_it_moved_more() -> None:
    loud, still = frame_of(*[1.0] * 29, 2.0), frame_of(*[1.0] * 30)
    for both in (Yardstick(still, still, also=Yardstick(still, loud)), Yardstick(still, loud, also=quiet())):
        judged = both.verdict((1.0, 1.2), (1.2, 1.0))
        moved = both.judge_time(1.0, 1.5, None)

        assert (judged.verdict, judged.yardstick, judged.repeats) == ("noise", "builds_and_repeats", 2)
        assert moved is not None
        assert (moved.verdict, moved.reason) == ("noise", "others_moved")
        assert judged.largest == moved.largest == pytest.approx(1.0)
        own = both.judge_time(1.0, 1.5, "kernel 29")  # the one that moved is no witness of its own noise
        assert own is not None
        assert own.verdict == "real"


def test_few_common_measurements_are_no_yardstick() -> None:
    few = yardstick(1.0, 1.0, 1.0)
    judged, moved = few.verdict((1.0, 2.0), (3.0, 1.0)), few.judge_time(1.0, 2.0, None)

    assert (judged.verdict, judged.reason, judged.measurements) == ("cannot_tell", "few_measurements", 3)
    assert (judged.gap_old, judged.gap_new) == (pytest.approx(1.0), pytest.approx(2.0))
    assert moved is not None
    assert moved.reason == "few_measurements"


@pytest.mark.parametrize(("measurements", "verdict"), [(9, "cannot_tell"), (10, "real"), (11, "real")])
def test_ten_common_measurements_are_the_least_that_judge(measurements: int, verdict: str) -> None:
    known = yardstick(*[1.0] * measurements)
    winner, time = known.verdict((1.0, 2.0), (2.0, 1.0)), known.judge_time(1.0, 2.0, None)

    assert time is not None
    assert [winner.verdict, time.verdict] == [verdict, verdict]


def test_a_verdict_comes_with_the_numbers_that_it_rests_on() -> None:
    same = quiet().verdict((1.0, 1.005), (1.01, 1.0))
    moved = spiky().judge_time(1.0, 4.0, None)

    assert (same.reason, same.gap_old, same.gap_new) == ("same", pytest.approx(0.005), pytest.approx(0.01))
    assert moved is not None
    assert (moved.verdict, moved.reason, moved.largest) == ("real", "moved_most", pytest.approx(1.0))


def test_on_another_gpu_the_reason_is_the_gpu() -> None:
    other = yardstick(*[0.9, 1.0, 1.1] * 10, other_gpu=True)

    assert other.verdict((1.0, 1.01), (1.01, 1.0)).reason == "other_gpu"


def test_with_few_measurements_a_time_that_hardly_moved_is_not_mentioned() -> None:
    few = yardstick(*[1.0] * 9)

    assert few.judge_time(1.0, 1.049, None) is None
    assert few.judge_time(1.0, 1.051, None) is not None


def test_on_another_gpu_what_moved_is_no_measure_of_noise() -> None:
    other = yardstick(*[0.9, 1.0, 1.1] * 10, other_gpu=True)

    assert other.verdict((1.0, 1.01), (1.01, 1.0)).verdict == "cannot_tell"
    assert other.verdict((1.0, 2.0), (2.0, 1.0)).verdict == "real"


def test_verdicts_are_the_same_from_the_other_side() -> None:
    mirrored = Yardstick.from_moved([Moved(one.ms, -one.log_ratio, one.key) for one in spiky()._moved])
    for before, after in (((1.0, 1.01), (1.4, 1.0)), ((1.0, None), (1.3, 1.0)), ((1.0, 2.0), (2.4, 1.0))):
        there = spiky().verdict(before, after)
        back = mirrored.verdict((after[1], after[0]), (before[1], before[0]))
        assert (there.verdict, there.gap_old, there.gap_new) == (back.verdict, back.gap_new, back.gap_old)


def test_a_time_is_judged_against_what_all_moved_by() -> None:
    faster = yardstick(*[0.8, 0.81, 0.79] * 10)  # clocks: everything is a fifth faster

    assert faster.judge_time(1.0, 0.8, None) is None
    slower = faster.judge_time(1.0, 1.0, None)
    assert slower is not None
    assert slower.verdict == "real"
    assert faster.movement.median == pytest.approx(-0.2)


def frame(rows: list[tuple[str, str, str, str | None, float]]) -> pl.DataFrame:
    columns = ["formats", "runner", "tactic", "kernel", "time_ms"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.lit("layer").alias("name"), pl.lit(1).alias("combination")
    )


def frame_of(*times: float) -> pl.DataFrame:
    return frame([("A", "Cask", f"0x{n}", f"kernel {n}", time) for n, time in enumerate(times)])


def test_measurements_are_joined_by_layer_formats_runner_and_tactic() -> None:
    old = frame(
        [("A", "Cask", "0x1", "k1", 1.0), ("A", "Cudnn", "0x1", None, 2.0), ("B", "Cask", "0x1", "k1", 9.0)]
    )
    new = frame(
        [("A", "Cask", "0x1", "k1", 1.1), ("A", "Cudnn", "0x1", None, 2.2), ("C", "Cask", "0x1", "k1", 1.0)]
    )
    both = Yardstick(old, new)

    assert both.measurements == 2
    assert both.movement.median == pytest.approx(0.1)


def test_a_kernel_with_another_id_is_found_by_its_name_unless_two_have_it() -> None:
    new = frame(
        [("A", "Cask", "0x9", "k1", 1.1), ("A", "Cask", "0x7", "k2", 2.0), ("A", "Cask", "0x8", "k2", 3.0)]
    )
    times = Yardstick(new, new).times(1, "layer")

    assert times.by_kernel == {("A", "Cask", "k1"): 1.1}


@pytest.mark.parametrize("faster", [0.0045, 0.00035, 0.123])
def test_a_movement_at_the_edge_of_what_is_usual_is_judged_alike_from_both_sides(faster: float) -> None:
    """Its own movement is the limit here; a quotient and its inverse differ in the last digit."""
    slow = [("A", "Cask", f"0x{number}", None, 0.005) for number in range(10)]
    fast = [(*row[:4], faster if number > 7 else row[4]) for number, row in enumerate(slow)]
    there, back = Yardstick(frame(slow), frame(fast)), Yardstick(frame(fast), frame(slow))

    assert there.band == back.band > 0.1
    assert there.judge_time(0.005, faster, None) is None
    assert back.judge_time(faster, 0.005, None) is None
