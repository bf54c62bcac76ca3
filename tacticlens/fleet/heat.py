"""Each layer's times against what is usual for it, point by point: the rows of a heat map."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from tacticlens.fleet.trends import Series, Step, Trends


@dataclass(frozen=True)
class HeatRow:
    """One series.

    Attributes:
        series: it.
        steps: its steps, the earliest first.
        usual_ms: median of its times, of those before its first step if it has one: what comes later is then slower or
            faster, and not what was before.
        ratios: time over that, minus 1, of each point of the trends; None where the series has none.
    """

    series: Series
    steps: tuple[Step, ...]
    usual_ms: float
    ratios: tuple[float | None, ...]

    @property
    def farthest(self) -> float:
        """Return how far its farthest time is from the usual one, as a share."""
        return max((abs(ratio) for ratio in self.ratios if ratio is not None), default=0.0)


def heat(found: Trends) -> list[HeatRow]:
    """Return a row per series: those with steps first, the largest step leading, then those that stray most."""
    order = {id(step.series): place for place, step in reversed(list(enumerate(found.steps)))}
    rows = [_row(series, found) for series in found.series if series.times_ms]
    return sorted(rows, key=lambda row: (order.get(id(row.series), len(order)), -row.farthest))


def _row(series: Series, found: Trends) -> HeatRow:
    times = dict(zip(series.points, series.times_ms, strict=True))
    places = {point: place for place, point in enumerate(found.points)}
    steps = sorted((step for step in found.steps if step.series is series), key=lambda step: places[step.at])
    usual = steps[0].before_ms if steps else median(series.times_ms)
    ratios = tuple(times[point] / usual - 1 if point in times and usual else None for point in found.points)
    return HeatRow(series, tuple(steps), usual, ratios)
