"""Blocks of layers that stand several times one after the other: encoder layers, residual blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tacticlens.analysis.engine_view import Layer
from tacticlens.report.contract import Repeat

_MOST_LAYERS = 4_000
_LONGEST = 120
"""Layers of one block."""
_LEAST = {1: 4, 2: 3}
"""How often a block of so few layers must stand to be one; of more, twice is enough."""
_DIGITS = re.compile(r"\d+")


def repeats(layers: Sequence[Layer]) -> list[Repeat]:
    """Return the blocks that repeat, in the order of the engine; none overlaps another.

    Two layers are alike if their names differ in numbers only, and family, output types and shapes are equal.
    """
    if len(layers) > _MOST_LAYERS:
        return []
    kinds = [_kind(layer) for layer in layers]
    alike = {size: _alike(kinds, size) for size in range(1, min(_LONGEST, len(kinds) // 2) + 1)}
    found: list[Repeat] = []
    at = 0
    while at < len(kinds):
        best = size = 0
        for one, runs in alike.items():
            times = runs[at] // one + 1
            if times >= _LEAST.get(one, 2) and times * one > best:
                best, size = times * one, one
        if best:
            times_ms = [layer.time_ms for layer in layers[at : at + best] if layer.time_ms is not None]
            found.append(
                Repeat(first=at, size=size, times=best // size, time_ms=sum(times_ms) if times_ms else None)
            )
        at += best or 1
    return found


def _kind(layer: Layer) -> tuple[object, ...]:
    outputs = tuple((tensor.dtype, tensor.dims) for tensor in layer.outputs)
    return _DIGITS.sub("#", layer.name), layer.family, outputs


def _alike(kinds: Sequence[object], size: int) -> list[int]:
    """Return for each place how many layers from there on are like those that stand `size` further."""
    runs = [0] * (len(kinds) + 1)
    for at in range(len(kinds) - size - 1, -1, -1):
        runs[at] = runs[at + 1] + 1 if kinds[at] == kinds[at + size] else 0
    return runs
