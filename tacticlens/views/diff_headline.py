"""The first line of a comparison: the answer in one sentence."""

from __future__ import annotations

from typing import NamedTuple

from tacticlens.diff.model import BuildSummary
from tacticlens.diff.result import Diff
from tacticlens.views import diff_words as words
from tacticlens.views.blocks import Style
from tacticlens.words import change, count, delta, milliseconds, plain

_NOTHING = 0.01
"""A change of the whole time by less is said to be almost none."""
_FIRST_WITH_TENSOR_CORES = 7.0


class Answer(NamedTuple):
    """A sentence, and whether it is good news."""

    text: str
    style: Style


class _Measure(NamedTuple):
    name: str
    old: float
    new: float

    @property
    def ratio(self) -> float:
        return self.new / self.old - 1


def other_gpu(found: Diff) -> str | None:
    """Say that the builds are of two GPUs, which comes before everything else."""
    old, new = found.old.gpu, found.new.gpu
    if old is None or new is None or old == new:
        return None
    return f"Different GPUs: {plain(old)} → {plain(new)}. Times differ for that reason alone."


def headline(found: Diff) -> Answer:
    """Return what changed: the whole time if both sides have it, and the cause that moved most."""
    if not found.changes:
        return Answer(
            "Nothing changed: every layer has the same kernel and formats as before.", style="strong"
        )
    what = _what(found)
    measure = _measure(found)
    parts = [words.counted(found)] if not words.shown(found) else []
    style: Style = "strong"
    if measure is None:
        answer = f"{what}: {words.counted(found)}"
        if found.summary.basis == "engine":
            answer += "; the times of the two cannot be compared"
        return Answer(f"{answer}.", style)
    numbers = (
        f"{measure.name} {change(measure.ratio)} ({milliseconds(measure.old)} → {milliseconds(measure.new)})"
    )
    if abs(measure.ratio) < _NOTHING:
        answer = f"{what} changed almost nothing: {numbers}"
    else:
        slower = measure.ratio > 0
        answer = f"{what} is {'slower' if slower else 'faster'}: {numbers}"
        style = "bad" if slower else "good"
    parts += _why(found, measure)
    return Answer("; ".join([answer, *parts]) + ".", style)


def _what(found: Diff) -> str:
    old, new = found.old, found.new
    if old.precision and new.precision and old.precision != new.precision:
        return f"{plain(old.precision)} → {plain(new.precision)}"
    if old.tensorrt_version and new.tensorrt_version and old.tensorrt_version != new.tensorrt_version:
        return f"TensorRT {plain(old.tensorrt_version)} → {plain(new.tensorrt_version)}"
    return "The new build"


def _measure(found: Diff) -> _Measure | None:
    old, new = found.old, found.new
    pairs = [
        ("GPU time", old.gpu_compute_ms, new.gpu_compute_ms),
        ("latency", old.latency_ms, new.latency_ms),
    ]
    if found.summary.comparable_times and found.summary.untimed_alike:
        pairs.append(("sum of layers", old.time_ms, new.time_ms))
    return next((_Measure(name, a, b) for name, a, b in pairs if a and b), None)


def _why(found: Diff, measure: _Measure) -> list[str]:
    parts = []
    rows = [row for row in words.totals(found) if row.changes and row.delta_ms]
    if rows and abs(measure.ratio) >= _NOTHING:
        first = rows[0]
        parts.append(f"mostly {first.cause} in {count(first.changes, 'layer')} ({delta(first.delta_ms)})")
    if _without_tensor_cores(found.new) and found.old.precision != found.new.precision:
        parts.append("this GPU has no Tensor Cores")
    return parts


def _without_tensor_cores(side: BuildSummary) -> bool:
    try:
        return float(side.compute_capability or "nan") < _FIRST_WITH_TENSOR_CORES
    except ValueError:
        return False
