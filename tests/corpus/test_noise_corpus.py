"""Verdicts over all format combinations of repeated builds: nothing changed there, or one tactic was made slower.

Builds of three logs repeat one network each on one machine. Every pair of builds is compared, combination by
combination: whose winner changed changed by noise. Then the old winner's time in the new build is multiplied.
docs/noise.md has the numbers and what follows from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import pytest

from tacticlens.diff.build_view import BuildView
from tacticlens.diff.noise import Yardstick
from tacticlens.diff.repeat_judge import RepeatJudge
from tacticlens.diff.repeats import Repeats

if TYPE_CHECKING:
    import polars as pl

    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]

pytestmark = pytest.mark.corpus

H100 = [(f"python-10.16.2-h100-mnist-x3-{day}.log", build) for day in "ab" for build in (1, 3, 5)]
ADA = [("python-10.16.0-rtx6000ada-mnist-profiles.log", build) for build in (1, 3, 5)]
ADA_AGAIN = [("python-10.16.0-rtx6000ada-profverb.log", build) for build in (1, 2, 3)]
LONG_MS = 0.016

Tactic = tuple[str, str]
Tried = dict[tuple[str, str], dict[Tactic, tuple[float, str]]]
"""By (name, formats), by (runner, tactic): time and what the kernel is called."""


@pytest.fixture(scope="session")
def builds(corpus_tables: Read) -> Callable[[str, int], tuple[str, pl.DataFrame, Tried]]:
    @cache
    def read(name: str, number: int) -> tuple[str, pl.DataFrame, Tried]:
        frame = BuildView.of(corpus_tables(name), number).measured
        # layers with equal parameters repeat one measurement: it counts once
        first = frame.unique("combination", keep="first", maintain_order=True)
        tried: Tried = {key: {} for key in first.select("name", "formats").iter_rows()}
        columns = ["name", "formats", "runner", "tactic", "kernel", "time_ms"]
        for layer, formats, runner, tactic, kernel, ms in frame.select(columns).iter_rows():
            if (layer, formats) in tried:
                tried[layer, formats][runner, tactic] = ms, kernel or f"{runner} {tactic}"
        return name, frame, tried

    return read


def flips(old: Tried, new: Tried, factor: float) -> Iterator[tuple[tuple[str, str], Tactic, Tactic, Tried]]:
    """Yield the combinations whose winner is another one after the old winner became slower by a factor."""
    for key, candidates in old.items():
        if key not in new:
            continue
        was = min(candidates, key=lambda one: candidates[one][0])
        after = dict(new[key])
        if was in after:
            after[was] = after[was][0] * factor, after[was][1]
        now = min(after, key=lambda one: after[one][0])
        if now != was:
            yield key, was, now, {key: after}


def count(
    builds: Callable[[str, int], tuple[str, pl.DataFrame, Tried]], repeated: list[tuple[str, int]], factor: float,
    baseline: int = 0, least_ms: float = 0.0,
) -> Counter[str]:  # fmt: skip
    """Count the verdicts over all pairs of builds, and over all baselines of so many other builds."""
    found: Counter[str] = Counter()
    for one, other in permutations(repeated, 2):
        old, new = builds(*one), builds(*other)
        between = Yardstick(old[1], new[1])
        rest = [builds(*place) for place in repeated if place not in {one, other}]
        for chosen in combinations(rest, baseline):
            learned = Repeats([old[:2], *(each[:2] for each in chosen)]) if baseline else None
            judge = RepeatJudge(learned, between, new[1]) if learned else None
            for key, was, now, changed in flips(old[2], new[2], factor):
                tried, after = old[2][key], changed[key]
                if tried[was][0] < least_ms:
                    continue
                times = [(side.get(was, (None,))[0], side.get(now, (None,))[0]) for side in (tried, after)]
                kernels = tried[was][1], after[now][1]
                if judge and learned:
                    usual = [learned.usual.get((*key, *tactic)) for tactic in (was, now)]
                    assert usual[0] is not None
                    verdict = judge.verdict(times[0], times[1], (usual[0], usual[1]), kernels).verdict
                else:
                    verdict = between.verdict(times[0], times[1], kernels).verdict
                found[verdict] += 1
    return found


Builds = Callable[[str, int], tuple[str, "pl.DataFrame", Tried]]


def test_two_builds_alone_call_hardly_any_flip_of_repeats_real(builds: Builds) -> None:
    found = [count(builds, repeated, 1.0) for repeated in (H100, ADA, ADA_AGAIN)]

    assert [one["real"] for one in found] == [0, 0, 1]
    assert [one.total() for one in found] == [194, 68, 46]


@pytest.mark.parametrize(("baseline", "most"), [(2, 0.01), (3, 0.005), (4, 0.0)])
def test_a_baseline_calls_hardly_any_flip_of_repeats_real(builds: Builds, baseline: int, most: float) -> None:
    found = count(builds, H100, 1.0, baseline)

    assert found["real"] <= most * found.total()


@pytest.mark.parametrize(("baseline", "least"), [(0, 0.8), (2, 1.0), (4, 1.0)])
def test_a_tactic_of_some_length_that_became_slower_by_a_third_is_real(
    builds: Builds, baseline: int, least: float
) -> None:
    found = count(builds, H100, 1.33, baseline, LONG_MS)

    assert found.total() >= 60
    assert found["real"] >= least * found.total()


def test_the_shortest_kernels_need_more_than_a_spike(builds: Builds) -> None:
    twice, fourfold = (count(builds, H100, factor, 4) for factor in (2.0, 4.0))

    assert twice["noise"] > twice["real"]
    assert fourfold["real"] > 0.95 * fourfold.total()
