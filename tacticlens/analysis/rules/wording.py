"""Words and sums that the rules share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tacticlens.analysis.engine_view import EngineView, Layer

NOTABLE = 0.01
"""Share of an engine's time from which a layer gets a finding of its own; smaller ones are told together."""


def ms(value: float) -> str:
    """Return a time to three significant digits."""
    return f"{value:.3g} ms" if value < 1000 else f"{value:.0f} ms"


def seconds(value: float) -> str:
    """Return a duration of a build to three significant digits, without an exponent."""
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as a percentage."""
    return f"{100 * share:.1f} %"


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the singular or plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size_text(size: int) -> str:
    """Return bytes as a person says them."""
    return f"{mib(size)} MiB" if size >= 1 << 20 else count(size, "byte")


def mib(size: int) -> int:
    """Return bytes in MiB, rounded up: what a flag has to say."""
    return -(-size // (1 << 20))


def short(name: str, room: int = 70) -> str:
    """Return a layer's name, cut in the middle if it is long."""
    if len(name) <= room:
        return name
    half = (room - 3) // 2
    return f"{name[:half]}...{name[-half:]}"


def total(layers: Iterable[Layer]) -> float | None:
    """Return the sum of the known times; None if none is known."""
    times = [layer.time_ms for layer in layers if layer.time_ms is not None]
    return sum(times) if times else None


def longest_first(layers: Iterable[Layer]) -> list[Layer]:
    """Return the layers, the most expensive first, those without a time last."""
    return sorted(layers, key=lambda layer: (layer.time_ms is None, -(layer.time_ms or 0.0), layer.position))


def notable(engine: EngineView, layers: Sequence[Layer]) -> tuple[list[Layer], list[Layer]]:
    """Divide layers into those worth a finding of their own and the rest, longest first."""
    ordered = longest_first(layers)
    large = [one for one in ordered if engine.time_ms and (one.time_ms or 0.0) >= NOTABLE * engine.time_ms]
    return large, ordered[len(large) :]


def share_text(engine: EngineView, time: float | None) -> str:
    """Return a time with its share of the engine."""
    if time is None:
        return "time not known"
    return f"{ms(time)}, {percent(time / engine.time_ms)} of the engine" if engine.time_ms else ms(time)
