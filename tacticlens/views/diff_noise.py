"""How far times stray without a reason, as far as a comparison knows: the band that a change has to leave."""

from __future__ import annotations

from dataclasses import dataclass

from tacticlens.diff.result import Diff
from tacticlens.views.diff_headline import other_gpu
from tacticlens.words import change, count

_MORE = "Short layers scatter more; the verdict takes that into account."


@dataclass(frozen=True)
class Band:
    """Relative changes that noise explains.

    Attributes:
        low: new time over old, minus 1; high: the same.
        text: what the band is, in one sentence.
    """

    low: float
    high: float
    text: str


def band(found: Diff) -> Band | None:
    """Return the band of a comparison; None where no time was measured twice, or on two GPUs."""
    if other_gpu(found) is not None:
        return None
    learned, moved = found.summary.baseline, found.summary.movement
    if learned is not None and learned.measurements:
        low, high = -learned.fall, learned.rise
        return Band(low, high, (
            f"Band: {count(learned.measurements, 'tactic')} of the old build, timed again in its repeats, moved by "
            f"{change(low)} to {change(high)}, the extremes included. {_MORE}"
        ))  # fmt: skip
    if moved.median is None or moved.p90 is None:
        return None
    low, high = max(-0.99, moved.median - moved.p90), moved.median + moved.p90
    return Band(low, high, (
        f"Band: of {count(moved.measurements, 'tactic')} timed in both builds, 90 % moved by {change(low)} to "
        f"{change(high)}. {_MORE}"
    ))  # fmt: skip
