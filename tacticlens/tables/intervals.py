"""Intervals: sums of times of which some are unknown, and shares of such sums."""

from __future__ import annotations

from dataclasses import dataclass

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Interval:
    """A number known within bounds.

    Attributes:
        low: lower bound.
        high: upper bound; None = unbounded.
    """

    low: float
    high: float | None

    @property
    def known(self) -> bool:
        """Tell whether both bounds are the same number."""
        return self.high is not None and self.high - self.low <= _ROUNDING * max(1.0, abs(self.high))

    def __add__(self, other: Interval) -> Interval:
        high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(self.low + other.low, high)


UNBOUNDED = Interval(0.0, None)
"""An unknown time."""


def share(part: Interval, maybe: Interval, rest: Interval) -> Interval | None:
    """Return the share of a part in a whole, 0 to 1; None where the whole is 0.

    Args:
        part: what is known to belong to the part.
        maybe: what may belong to it.
        rest: what is known not to.
    """
    most, others = part + maybe, maybe + rest
    if most.high == 0:
        return None if rest.high == 0 else Interval(0.0, 0.0)
    if others.high == 0:
        return Interval(1.0, 1.0)
    low = 0.0 if others.high is None or not part.low else part.low / (part.low + others.high)
    if most.high is None:
        return Interval(low, 1.0)
    return Interval(low, most.high / (most.high + rest.low))
