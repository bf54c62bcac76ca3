"""Whether a change is more than noise, by what repeats of the old build teach."""

from __future__ import annotations

import math

import polars as pl

from tacticlens.diff.measurements import key_of, log_ratio
from tacticlens.diff.model import Judgement, Layer, Reason, Verdict
from tacticlens.diff.noise import Yardstick
from tacticlens.diff.repeats import Repeats

MARGIN = 1.25
"""A movement counts from so many times (as a logarithm) the largest of the repeats: they have not seen all spikes."""


class RepeatJudge:
    """Judges changes of winner by what repeats of the old build teach.

    Args:
        repeats: what was learned.
        between: the yardstick of the two builds; it knows what each of them measured.
        new: frame of `measured` of the new build, with names of the old one.
    """

    def __init__(self, repeats: Repeats, between: Yardstick, new: pl.DataFrame) -> None:
        self._repeats = repeats
        self._between = between
        self._pace = repeats.pace(new)

    def judge_winner(self, old: Layer, new: Layer, names: tuple[str, str]) -> Judgement:
        """Judge a change of winner; `names` are what the candidates are called in the frames of both sides."""
        learned = self._repeats.times(names[0])
        usual = learned.of(old), learned.of(new)
        if self._pace is None or usual[0] is None:
            return self._between.judge_winner(old, new, names)
        before, after = self._between.times(0, names[0]), self._between.times(1, names[1])
        return self.verdict(
            (before.of(old), before.of(new)), (after.of(old), after.of(new)), (usual[0], usual[1]),
            (key_of(old), key_of(new)),
        )  # fmt: skip

    def verdict(
        self, before: tuple[float | None, float | None], after: tuple[float | None, float | None],
        usual: tuple[float, float | None], kernels: tuple[str | None, str | None] = (None, None),
    ) -> Judgement:  # fmt: skip
        """Judge by times of (old winner, new winner): in the old build, in the new build, and usually."""
        band, pace = self._repeats.band, self._pace or 0.0
        rise, fall = self._repeats.stray(usual[0], kernels)
        gap_new, gap_usual = log_ratio(after[0], after[1]), log_ratio(usual[1], usual[0])
        moved = [
            None if now is None or was is None else math.log(now / was) - pace
            for now, was in zip(after, usual, strict=True)
        ]
        # how far the new winner is below what the old one usually takes
        below = None if after[1] is None else math.log(usual[0] / after[1]) + pace
        fell = [one for one in (below, None if moved[1] is None else -moved[1]) if one is not None]
        verdict: Verdict
        reason: Reason
        if gap_new is None:
            verdict, reason = self._untried(gap_usual, rise)
        elif gap_new < -band:
            verdict = "cannot_tell"
            reason = "loser_faster"
        elif gap_new <= band:
            verdict = "tie"
            reason = "same_in_repeats"
        elif gap_usual is not None and gap_usual < -band:
            verdict = "noise"
            reason = "old_was_accident"
        elif moved[0] is not None and moved[0] > rise * MARGIN:
            verdict = "real"
            reason = "old_slower"
        elif below is not None and min(fell) > fall * MARGIN and below > band:
            verdict = "real"
            reason = "new_faster"
        else:
            verdict, reason = "noise", "repeats_stray"
        ratios = [
            None if value is None else math.expm1(value)
            for value in (log_ratio(before[1], before[0]), gap_new, band, rise, gap_usual, *moved)
        ]
        return Judgement(
            verdict, reason, ratios[0], ratios[1], ratios[2], ratios[3], self._repeats.measurements,
            yardstick="repeats", repeats=self._repeats.builds, largest_fall=-math.expm1(-fall), gap_usual=ratios[4],
            moved_old=ratios[5], moved_new=ratios[6],
        )  # fmt: skip

    def _untried(self, gap_usual: float | None, rise: float) -> tuple[Verdict, Reason]:
        """Judge where the new build did not time the old winner: only the repeats know both."""
        if gap_usual is None:
            return (
                "cannot_tell",
                "untimed_unknown",
            )
        if abs(gap_usual) <= self._repeats.band:
            return "tie", "untimed_same"
        if gap_usual > rise * MARGIN:
            return "real", ("untimed_slower")
        return "cannot_tell", "untimed"

    def judge_time(self, old_ms: float, new_ms: float, key: str | None) -> Judgement | None:
        """Judge the time of a tactic that stayed; None if it moved no more than is usual between repeats."""
        if self._pace is None:
            return self._between.judge_time(old_ms, new_ms, key)
        away = abs(math.log(new_ms / old_ms) - self._pace)
        if away <= self._repeats.band:
            return None
        rise, fall = self._repeats.stray(math.sqrt(old_ms * new_ms), (key,))
        # one of the two times may have strayed upwards and the other downwards
        real = away > (rise + fall) * MARGIN
        reason: Reason = "more_than_repeats" if real else "times_stray"
        return Judgement(
            "real" if real else "noise", reason, None, None, math.expm1(self._repeats.band), math.expm1(rise),
            self._repeats.measurements, yardstick="repeats", repeats=self._repeats.builds,
            largest_fall=-math.expm1(-fall),
        )  # fmt: skip
