"""What repeats of one build teach: how long a tactic usually takes, and how far single times stray from that.

Times of tactics spike: they rise far above what is usual much more often than they fall below it. With
three builds or more the two can be separated, which a comparison of two builds cannot do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import polars as pl

from tacticlens.diff.measurements import KEYS, Times, similar
from tacticlens.diff.noise import FLOOR, LEAST

ENOUGH = 3
"""Builds, the old one included, that are enough to tell what is usual from a spike."""

Key = tuple[str, str, str, str]
Measured = tuple[str | None, pl.DataFrame]
"""What identifies a log, and its frame of `measured` with names of the old build."""


@dataclass(frozen=True)
class _Usual:
    """A tactic's usual time (ms), how far it rose above and fell below (logarithms), and its kernel."""

    ms: float
    rise: float
    fall: float
    key: str


class Repeats:
    """Usual times and their spread, learned from builds of one network on one machine.

    Args:
        builds: the old build first, then its repeats; at least two, each with `LEAST` tactics of the first.
    """

    def __init__(self, builds: Sequence[Measured]) -> None:
        self.builds = len(builds)
        times: dict[Key, dict[tuple[str | None, int], float]] = {}
        kernels: dict[Key, str | None] = {}
        first = _times(builds[0][1])
        for log, frame in builds:
            pace = _pace(_times(frame), first)
            for *key, kernel, ms, combination in frame.select(
                *KEYS, "kernel", "time_ms", "combination"
            ).iter_rows():
                name: Key = tuple(key)
                # builds of one log may share a measurement: the same combination is one
                times.setdefault(name, {})[log, combination] = ms / math.exp(pace)
                kernels.setdefault(name, kernel)
        several = {key: sorted(found.values()) for key, found in times.items() if len(found) > 1}
        self.usual = {key: found[(len(found) - 1) // 2] for key, found in several.items()}
        self._kernels = {key: kernels[key] for key in several}
        # layers with equal parameters repeat one measurement: it counts once
        single = {(*times[key], key[2:]): key for key in several}.values()
        self._spread = [
            _Usual(
                self.usual[key],
                math.log(several[key][-1] / self.usual[key]),
                math.log(self.usual[key] / several[key][0]),
                kernels[key] or f"{key[2]} {key[3]}",
            )
            for key in single
        ]
        away = sorted(math.log(slow / fast) for key in single for fast, slow in combinations(several[key], 2))
        p90 = away[math.ceil(0.9 * len(away)) - 1] if away else 0.0
        self.band = max(p90, math.log1p(FLOOR))
        self._by_layer: dict[str, Times] | None = None

    @property
    def measurements(self) -> int:
        """Number of tactics that at least two builds measured."""
        return len(self._spread)

    @property
    def extremes(self) -> tuple[float, float]:
        """The largest rise and fall of all, as logarithms."""
        return max((one.rise for one in self._spread), default=0.0), max(
            (one.fall for one in self._spread), default=0.0
        )

    def stray(self, ms: float, but: Sequence[str | None]) -> tuple[float, float]:
        """Return how far another tactic of similar duration rose and fell at most, as logarithms."""
        others = similar([one for one in self._spread if one.key not in but], ms, lambda one: one.ms)
        return max((one.rise for one in others), default=0.0), max((one.fall for one in others), default=0.0)

    def times(self, name: str) -> Times:
        """Return the usual times of the candidates of a layer."""
        if self._by_layer is None:
            self._by_layer = {}
            for (layer, formats, runner, tactic), ms in self.usual.items():
                found = self._by_layer.setdefault(layer, Times({}, {}))
                found.by_id[formats, runner, tactic] = ms
                kernel = self._kernels[layer, formats, runner, tactic]
                if kernel is not None:
                    found.by_kernel[formats, runner, kernel] = ms
        return self._by_layer.get(name, Times({}, {}))

    def pace(self, frame: pl.DataFrame) -> float | None:
        """Return how much slower than usual all tactics of a build are, as a logarithm; None = too few in common."""
        times = _times(frame)
        return _pace(times, self.usual) if sum(key in self.usual for key in times) >= LEAST else None


def _times(frame: pl.DataFrame) -> dict[Key, float]:
    return {tuple(key): ms for *key, ms in frame.select(*KEYS, "time_ms").iter_rows()}


def _pace(times: dict[Key, float], usual: dict[Key, float]) -> float:
    return median([math.log(ms / usual[key]) for key, ms in times.items() if key in usual])
