"""Sums and orders of layers that the rules share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.tables.intervals import Interval

NOTABLE = 0.01
"""Share of an engine's time from which moving data or depthwise work is worth a finding."""


def total(layers: Iterable[Layer]) -> float | None:
    """Return the sum of the known times; None if none is known."""
    times = [layer.time_ms for layer in layers if layer.time_ms is not None]
    return sum(times) if times else None


def untimed(layers: Iterable[Layer]) -> int:
    """Return how many of the layers have no known time."""
    return sum(layer.time_ms is None for layer in layers)


def open_times(layers: Iterable[Layer]) -> Interval | None:
    """Return what layers without a time take together at least and at most; None where one has no bounds."""
    lows, highs = [], []
    for layer in layers:
        if layer.time_ms is None:
            if layer.low_ms is None or layer.high_ms is None:
                return None
            lows.append(layer.low_ms)
            highs.append(layer.high_ms)
    return Interval(sum(lows), sum(highs)) if lows else None


def longest_first(layers: Iterable[Layer]) -> list[Layer]:
    """Return the layers, the most expensive first, those without a time last."""
    return sorted(layers, key=lambda layer: (layer.time_ms is None, -(layer.time_ms or 0.0), layer.position))


def share(engine: EngineView, time: float | None) -> float | None:
    """Return a time as a share of the engine, None if either is unknown."""
    return None if time is None or not engine.time_ms else time / engine.time_ms


class Where(TypedDict):
    """What a finding about layers of an engine says of its place."""

    engine: int | None
    build: int | None
    layers: list[str]
    lines: list[int | None]


def where(engine: EngineView, layers: Sequence[Layer]) -> Where:
    """Return where a finding about layers stands: their engine and build, their names and lines."""
    names, lines = [layer.name for layer in layers], [layer.line for layer in layers]
    return {"engine": engine.number, "build": engine.build, "layers": names, "lines": lines}
