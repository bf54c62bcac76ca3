"""Each layer's times against its own median, point by point: the rows of a heat map."""

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
        usual_ms: median of its times.
        ratios: time over the median, minus 1, of each point of the trends; None where the series has none.
    """

    series: Series
    steps: tuple[Step, ...]
    usual_ms: float
    ratios: tuple[float | None, ...]

    @property
    def farthest(self) -> float:
        """Return how far its farthest time is from the median, as a share."""
        return max((abs(ratio) for ratio in self.ratios if ratio is not None), default=0.0)


def heat(found: Trends) -> list[HeatRow]:
    """Return a row per series: those with steps first, the largest step leading, then those that stray most."""
    order = {id(step.series): place for place, step in reversed(list(enumerate(found.steps)))}
    rows = [_row(series, found) for series in found.series if series.times_ms]
    return sorted(rows, key=lambda row: (order.get(id(row.series), len(order)), -row.farthest))


def _row(series: Series, found: Trends) -> HeatRow:
    times = dict(zip(series.points, series.times_ms, strict=True))
    usual = median(series.times_ms)
    ratios = tuple(times[point] / usual - 1 if point in times and usual else None for point in found.points)
    places = {point: place for place, point in enumerate(found.points)}
    steps = [step for step in found.steps if step.series is series]
    return HeatRow(series, tuple(sorted(steps, key=lambda step: places[step.at])), usual, ratios)
