"""Where a series of times changes its level: a rank test that spikes do not fool and that needs no threshold to tune.

For each place where a series could be cut, the times before and after are compared by their ranks (Mann-Whitney), whose
chances under noise alone are known exactly, whatever the noise looks like. The chance of the best cut is multiplied by
the number of cuts that were tried. Among many series the false alarms are held down by the rule of Benjamini and
Hochberg. Libraries that find change points (ruptures) ask for a penalty instead, which says nothing about how often
noise passes, and has to be tuned for each kind of noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

LEAST_POINTS = 3
"""On each side of a step: fewer say nothing by their ranks."""
FALSE_SHARE = 0.05
"""Of the steps that are reported, so many are noise at most, in the mean."""
_FURTHER = 0.001
"""Chance below which a part of a series has one more step; small, since there are many parts."""
_EXACT_UP_TO = 60
"""Longer series take the normal approximation, which is careful where it matters: far out."""


@dataclass(frozen=True)
class Cut:
    """A step of a series.

    Attributes:
        at: index of the first value after the cut.
        before: median between it and the step before.
        after: median between it and the next.
        chance: that noise alone has a cut as good as this, 0 to 1.
    """

    at: int
    before: float
    after: float
    chance: float

    @property
    def change(self) -> float:
        """By how much the level rose, as a share."""
        return self.after / self.before - 1


def chance_of_noise(values: Sequence[float]) -> float | None:
    """Return how likely noise alone has a cut as good as the best of a series; None for one too short to say."""
    series = np.asarray(values, dtype=np.float64)
    size = len(series)
    tried = _places(size)
    if not len(tried):
        return None
    below = np.cumsum(_ranks(series))
    return min(1.0, min(_chance(float(below[at - 1]), at, size) for at in tried) * len(tried))


def proven(chances: Sequence[float], share: float = FALSE_SHARE) -> list[bool]:
    """Tell which of many chances are too small for noise, so that at most a share of those taken is noise."""
    order = sorted(range(len(chances)), key=lambda index: chances[index])
    last = max(
        (rank for rank, index in enumerate(order, 1) if chances[index] <= share * rank / len(chances)),
        default=0,
    )
    proven_indices = set(order[:last])
    return [index in proven_indices for index in range(len(chances))]


def cuts(values: Sequence[float]) -> list[Cut]:
    """Return the steps, in order, of a series that `proven` says has one; none if it is too short for any."""
    series = np.asarray(values, dtype=np.float64)
    found = _cuts(series, 0, 1.0)
    ends = [0, *(at for at, _ in found), len(series)]
    for number in range(
        1, len(ends) - 1
    ):  # a step between two others was placed when one of them was not known
        begin, end = ends[number - 1], ends[number + 1]
        ends[number] = begin + _place(series[begin:end])
    return [
        Cut(at, float(np.median(series[begin:at])), float(np.median(series[at:end])), chance)
        for (_, chance), begin, at, end in zip(found, ends, ends[1:], ends[2:], strict=False)
    ]


def _cuts(series: Times, offset: int, share: float) -> list[tuple[int, float]]:
    """Return where a series has steps, and the chance of each: one, then those on both sides of it."""
    chance = chance_of_noise(series)  # type: ignore[arg-type]
    if chance is None or chance > share:
        return []
    at = _place(series)
    left, right = _cuts(series[:at], offset, _FURTHER), _cuts(series[at:], offset + at, _FURTHER)
    return [*left, (offset + at, chance), *right]


def _place(series: Times) -> int:
    """Return where the step is: ranks say that there is one, the distances of the times from their level say where."""
    return min(_places(len(series)), key=lambda place: _away(series[:place]) + _away(series[place:]))


def _places(size: int) -> range:
    return range(LEAST_POINTS, size - LEAST_POINTS + 1)


def _away(side: Times) -> float:
    return float(np.abs(side - np.median(side)).sum())


def _ranks(series: Times) -> Times:
    """Return ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(series, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean: Times = (ends - (counts - 1) / 2)[inverse]
    return mean


def _chance(rank_sum: float, first: int, size: int) -> float:
    """Return how likely the ranks of two sides are at least so far apart if nothing but chance orders them."""
    second = size - first
    wins = rank_sum - first * (first + 1) / 2
    lowest = min(wins, first * second - wins)
    if size <= _EXACT_UP_TO:
        tail = _tails(min(first, second), max(first, second))
        return min(1.0, 2 * tail[math.ceil(lowest)])  # half a win of equal values counts against the step
    spread = math.sqrt(first * second * (size + 1) / 12)
    return math.erfc((first * second / 2 - lowest - 0.5) / spread / math.sqrt(2))


@lru_cache(maxsize=4096)
def _tails(first: int, second: int) -> tuple[float, ...]:
    """Return the chance of at most 0, 1, 2 ... wins of one side over the other, up to half of all."""
    most = first * second // 2 + 1
    ways = [1] + [0] * most
    # the numbers of ways are the coefficients of a product of (1 - x^(second + i)) / (1 - x^i)
    for i in range(1, first + 1):
        for wins in range(most, second + i - 1, -1):
            ways[wins] -= ways[wins - second - i]
        for wins in range(i, most + 1):
            ways[wins] += ways[wins - i]
    total, sums, passed = math.comb(first + second, first), [], 0
    for number in ways:
        passed += number
        sums.append(passed / total)
    return tuple(sums)
