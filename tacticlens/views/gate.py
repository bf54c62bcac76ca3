"""A condition that failed, as one line."""

from __future__ import annotations

from tacticlens.diff.gate import Failure, Measure
from tacticlens.words import change, listed, milliseconds, quoted

_NAMED = 3
_MEASURES: dict[Measure, str] = {
    "gpu_compute": "the median GPU compute time",
    "layers": "the sum of the layers' times",
}


def sentence(failure: Failure) -> str:
    """Say which condition failed, and the layers or the times that fail it."""
    condition = failure.condition.text
    if failure.layers:
        return f"{condition}: {listed([quoted(name) for name in failure.layers], _NAMED)}"
    moved = change(failure.new_ms / failure.old_ms - 1)
    times = f"from {milliseconds(failure.old_ms)} to {milliseconds(failure.new_ms)}"
    return f"{condition}: {_MEASURES[failure.measure]} went {times} ({moved})"
