"""Steps in series of times: what is planted is found, and noise is not."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from compose.fleet import noisy

from tacticlens.fleet.steps import _tails, chance_of_noise, cuts, proven

NIGHTS = 30


def noise(seed: str, time_ms: float, nights: int = NIGHTS) -> list[float]:
    chance = random.Random(seed)
    return [noisy(time_ms, chance) for _ in range(nights)]


def chance(series: list[float]) -> float:
    found = chance_of_noise(series)
    assert found is not None
    return found


@pytest.mark.parametrize("time_ms", [0.005, 0.02, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_two_hundred_series_of_noise_give_two_false_alarms_at_most(time_ms: float, seed: int) -> None:
    alarms = proven([chance(noise(f"{seed} {number}", time_ms)) for number in range(200)])
    assert sum(alarms) <= 2


@pytest.mark.parametrize("time_ms", [0.02, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_eight_percent_from_night_twelve_on_is_found_among_two_hundred_series(
    time_ms: float, seed: int
) -> None:
    series = [noise(f"{seed} {number}", time_ms) for number in range(200)]
    series[77] = [ms * 1.08 if night >= 12 else ms for night, ms in enumerate(series[77], 1)]
    told = proven([chance(one) for one in series])
    assert told[77]
    assert sum(told) <= 2
    (found,) = cuts(series[77])
    assert abs(found.at + 1 - 12) <= 1
    assert found.change == pytest.approx(0.08, abs=0.02)


@pytest.mark.parametrize("time_ms", [0.02, 0.2])
def test_a_step_six_nights_before_the_end_is_found_as_slower_since_then(time_ms: float) -> None:
    series = [noise(f"late {number}", time_ms) for number in range(200)]
    series[77] = [ms * 1.08 if night > NIGHTS - 6 else ms for night, ms in enumerate(series[77], 1)]
    assert proven([chance(one) for one in series])[77]
    (found,) = cuts(series[77])
    assert (found.at, round(found.change, 1)) == (NIGHTS - 6, 0.1)


def test_a_single_spike_is_no_step() -> None:
    series = noise("spike", 0.2)
    series[12] *= 3
    assert not any(proven([chance(series), *[0.5] * 19]))


def test_two_steps_of_one_series_are_both_found() -> None:
    series = [ms * (1.2 if 10 <= night < 20 else 1) for night, ms in enumerate(noise("two", 0.2))]
    found = cuts(series)
    assert [cut.at for cut in found] == [10, 20]
    assert [round(cut.change, 1) for cut in found] == [0.2, -0.2]


def test_a_series_that_is_too_short_has_no_cut() -> None:
    assert chance_of_noise([1.0] * 5) is None
    assert cuts([1.0] * 5) == []


def test_equal_times_are_no_step() -> None:
    assert chance([1.0] * 20) == 1.0


def test_the_chances_of_ranks_are_those_of_counting_all_orders() -> None:
    first, second = 4, 5
    wins = [
        sum(one > other for one in side for other in set(range(first + second)) - set(side))
        for side in combinations(range(first + second), first)
    ]
    counted = [sum(won <= most for won in wins) / len(wins) for most in range(first * second // 2 + 1)]
    assert _tails(first, second)[: len(counted)] == pytest.approx(counted)
