"""Whether a change is more than noise: what both builds measured, and how much it moved elsewhere.

Tactics are timed a few times each, and single times spike: two builds of one network on one machine
choose other winners. A margin in one build therefore proves nothing. What counts is whether the old
winner was measured again in the new build and lost there by more than tactics of similar duration
moved against each other between the two builds for no reason.

The limits below were set on repeated builds of one network (three sets on two GPUs, 308 changes of winner
that mean nothing): docs/noise.md has the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import polars as pl

from tacticlens.diff.measurements import KEYS, Moved, Times, key_of, log_of, log_ratio, similar
from tacticlens.diff.model import Judgement, Layer, Movement, Reason, Source, Verdict

LEAST = 10
"""Fewer common measurements are no yardstick."""
FLOOR = 0.01
"""A gap below this is a tie even where the builds agree to the digit: times are printed so coarsely."""


class Yardstick:
    """What both builds measured of the same tactics.

    Args:
        old: frame of `measured` of the old build.
        new: the same of the new build; its names are those of the old build where layers are aligned.
        other_gpu: the GPUs are not the same, so that what moved is no noise.
        one_log: both are builds of one log, whose combinations have numbers of their own.
        also: what moved between two repeats of the old build; the larger movement counts.
    """

    def __init__(
        self, old: pl.DataFrame, new: pl.DataFrame, *, other_gpu: bool = False, one_log: bool = False,
        also: Yardstick | None = None,
    ) -> None:  # fmt: skip
        self._other_gpu = other_gpu
        self._also = also
        # layers with equal parameters repeat one measurement: it counts once
        both = old.join(new, on=KEYS, how="inner", suffix="_new", maintain_order="left").unique(
            ["combination", "combination_new", "runner", "tactic"], maintain_order=True
        )
        if (
            one_log
        ):  # a build that repeats a measurement of the other from the timing cache did not measure again
            both = both.filter(pl.col("combination") != pl.col("combination_new"))
        self._moved = [
            Moved(math.sqrt(before * after), log_of(after, before), kernel or f"{runner} {tactic}")
            for before, after, kernel, runner, tactic in both.select(
                "time_ms", "time_ms_new", "kernel", "runner", "tactic"
            ).iter_rows()
        ]
        self._set()
        self._frames = (old, new)
        self._cache: tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]] | None = None

    @classmethod
    def from_moved(cls, moved: Sequence[Moved], *, other_gpu: bool = False) -> Yardstick:
        """Return one of measurements that are not tactics, the profiles of layers for example."""
        texts = dict.fromkeys([*KEYS, "kernel"], pl.String)
        empty = pl.DataFrame(schema={**texts, "time_ms": pl.Float64, "combination": pl.Int64})
        made = cls(empty, empty, other_gpu=other_gpu)
        made._moved = list(moved)
        made._set()
        return made

    def _set(self) -> None:
        logs = [one.log_ratio for one in self._moved]
        self.shift = median(logs) if logs else 0.0
        self._away = sorted(abs(value - self.shift) for value in logs)

    @property
    def other_gpu(self) -> bool:
        """The GPUs are not the same, so that what moved is no noise."""
        return self._other_gpu

    @property
    def measurements(self) -> int:
        """Number of tactics that both measured."""
        return len(self._moved)

    @property
    def movement(self) -> Movement:
        """The movement in numbers."""
        if not self._moved:
            return Movement(0, None, None, None)
        return Movement(
            len(self._moved), math.expm1(self.shift), math.expm1(median(self._away)), math.expm1(self._p90())
        )

    def _p90(self) -> float:
        return self._away[min(len(self._away) - 1, math.ceil(0.9 * len(self._away)) - 1)]

    @property
    def band(self) -> float:
        """Logarithm of what 90 % of the tactics moved by at most; never less than the floor."""
        own = max(self._p90() if self._away else 0.0, math.log1p(FLOOR))
        return max(own, self._also.band) if self._also else own

    def largest(self, ms: float, but: Sequence[str | None]) -> float:
        """Return the largest movement of another kernel of similar duration, as a logarithm."""
        own = max((abs(one - self.shift) for one in self._similar(ms, but)), default=0.0)
        return max(own, self._also.largest(ms, but)) if self._also else own

    def apart(self, ms: float, but: Sequence[str | None]) -> float:
        """Return the most that two other kernels of similar duration moved against each other, as a logarithm.

        That is what a change of winner is held against: there too, two tactics moved against each other.
        """
        moved = self._similar(ms, but)
        own = max(moved) - min(moved) if moved else 0.0
        return max(own, self._also.apart(ms, but)) if self._also else own

    def _similar(self, ms: float, but: Sequence[str | None]) -> list[float]:
        others = [one for one in self._moved if one.key not in but]
        return [one.log_ratio for one in similar(others, ms, lambda one: one.ms)]

    def times(self, side: int, name: str) -> Times:
        """Return the times of the candidates of a layer on a side (0 = old), by its old name."""
        if self._cache is None:
            # dictionaries once: a filter per layer would read the frames again and again
            self._cache = tuple(  # type: ignore[assignment]
                {str(key[0]): part for key, part in frame.partition_by("name", as_dict=True).items()}
                for frame in self._frames
            )
        assert self._cache is not None
        part = self._cache[side].get(name)
        by_id: dict[tuple[str, str, str], float] = {}
        kernels: dict[tuple[str, str, str], list[float]] = {}
        columns = ["formats", "runner", "tactic", "kernel", "time_ms"]
        for formats, runner, tactic, kernel, time in (
            part.select(columns).iter_rows() if part is not None else ()
        ):
            by_id[formats, runner, tactic] = time
            if kernel is not None:
                kernels.setdefault((formats, runner, kernel), []).append(time)
        return Times(by_id, {key: times[0] for key, times in kernels.items() if len(times) == 1})

    def judge_winner(self, old: Layer, new: Layer, names: tuple[str, str]) -> Judgement:
        """Judge a change of winner; `names` are what the candidates are called in the frames of both sides."""
        before, after = self.times(0, names[0]), self.times(1, names[1])
        return self.verdict(
            (before.of(old), before.of(new)), (after.of(old), after.of(new)), (key_of(old), key_of(new))
        )

    def verdict(
        self, before: tuple[float | None, float | None], after: tuple[float | None, float | None],
        kernels: tuple[str | None, str | None] = (None, None),
    ) -> Judgement:  # fmt: skip
        """Judge by times: (old winner, new winner) in the old build, and the same in the new build."""
        gap_old = log_ratio(before[1], before[0])
        gap_new = log_ratio(after[0], after[1])
        if gap_old is None and gap_new is None:
            return self._judged("cannot_tell", "not_both_timed")
        if self.measurements < LEAST:
            return self._judged("cannot_tell", "few_measurements", gap_old, gap_new)
        known = [gap for gap in (gap_old, gap_new) if gap is not None]
        if min(known) < -self.band:
            return self._judged("cannot_tell", "loser_faster", gap_old, gap_new)
        if max(known) <= self.band:
            return self._judged("tie", "same", gap_old, gap_new)
        times = [time for time in (*before, *after) if time is not None]
        largest = self.apart(math.exp(math.fsum(math.log(time) for time in times) / len(times)), kernels)
        if sum(known) <= largest:
            return self._judged("noise", "others_apart", gap_old, gap_new, largest)
        if gap_new is not None and gap_new <= self.band:
            return self._judged("tie", "same_now", gap_old, gap_new, largest)
        reason: Reason = "most_apart"
        if gap_old is None or gap_new is None:
            reason = "only_old_timed_both" if gap_new is None else "only_new_timed_both"
        return self._judged("real", reason, gap_old, gap_new, largest)

    def judge_time(self, old_ms: float, new_ms: float, key: str | None) -> Judgement | None:
        """Judge a time that moved while the tactic stayed; None if it moved no more than is usual."""
        away = abs(log_of(new_ms, old_ms) - self.shift)
        if self.measurements < LEAST:
            return self._judged("cannot_tell", "few_measurements") if away > math.log1p(5 * FLOOR) else None
        if away <= self.band:
            return None
        largest = self.largest(math.sqrt(old_ms * new_ms), (key,))
        if away <= largest:
            return self._judged("noise", "others_moved", largest=largest)
        return self._judged("real", "moved_most", largest=largest)

    def _judged(
        self, verdict: Verdict, reason: Reason, gap_old: float | None = None, gap_new: float | None = None,
        largest: float | None = None,
    ) -> Judgement:  # fmt: skip
        if self._other_gpu and verdict in {"tie", "noise"}:
            verdict, reason = (
                "cannot_tell",
                "other_gpu",
            )
        gaps = [None if gap is None else math.expm1(gap) for gap in (gap_old, gap_new, largest)]
        typical = math.expm1(self.band) if self._moved else None
        source: Source = "builds_and_repeats" if self._also else "builds"
        repeats = 2 if self._also else 0
        return Judgement(
            verdict, reason, gaps[0], gaps[1], typical, gaps[2], self.measurements,
            yardstick=source, repeats=repeats,
        )  # fmt: skip
