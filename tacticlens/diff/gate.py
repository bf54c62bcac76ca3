"""Conditions under which a pipeline should stop: ``--fail-on slower:5%`` and others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tacticlens.diff.model import WINNER_KINDS
from tacticlens.diff.result import Diff
from tacticlens.errors.comparing import condition_needs_engine, condition_needs_times, no_condition

Measure = Literal["gpu_compute", "layers"]
"""What is compared to see whether a build is slower: the median GPU compute time, or the sum of the layers' times."""
_VERDICTS = ("real", "tie", "noise", "cannot_tell", "any")
_FORMS = (
    "slower:5%",
    "tensor-core-lost",
    "tactic-changed[:real|tie|noise|cannot_tell|any]",
    "reformat-added",
)


@dataclass(frozen=True)
class Condition:
    """One condition: its name and its limit.

    Attributes:
        text: as it was written.
        name: slower, tensor-core-lost, tactic-changed or reformat-added.
        share: of slower, how much slower is too slow.
        verdict: of tactic-changed, which verdict counts.
    """

    text: str
    name: str
    share: float = 0.0
    verdict: str = "any"


def parse(text: str) -> Condition:
    """Return the condition that a text means.

    Raises:
        UsageError: it means none.
    """
    name, colon, limit = text.partition(":")
    if name == "slower":
        number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", limit or "0%")
        if number:
            return Condition(text, name, share=float(number[1]) / 100)
    elif name == "tactic-changed" and (limit or "any") in _VERDICTS:
        return Condition(text, name, verdict=limit or "any")
    elif name in {"tensor-core-lost", "reformat-added"} and not colon:
        return Condition(text, name)
    raise no_condition(text, _FORMS)


@dataclass(frozen=True)
class Failure:
    """Why a comparison fails a condition.

    Attributes:
        condition: the condition.
        layers: the layers that fail it.
        measure: of slower, what was compared.
        old_ms, new_ms: of slower, the two times.
    """

    condition: Condition
    layers: tuple[str, ...] = ()
    measure: Measure = "gpu_compute"
    old_ms: float = 0.0
    new_ms: float = 0.0


def failed(found: Diff, condition: Condition) -> Failure | None:
    """Return why a comparison fails a condition; None if it does not.

    Raises:
        UsageError: the logs lack what the condition is about.
    """
    if condition.name == "slower":
        return _slower(found, condition)
    if found.summary.basis != "engine":
        missing = found.old.source if "old" in found.summary.no_engine else found.new.source
        raise condition_needs_engine(condition.text, missing)
    kinds = {
        "tensor-core-lost": {"tensor_core_lost"},
        "reformat-added": {"reformat_added"},
        "tactic-changed": set(WINNER_KINDS),
    }[condition.name]
    hits = [
        change
        for change in found.changes
        if kinds & set(change.kinds) and condition.verdict in {"any", change.verdict}
    ]
    layers = tuple((change.match.new or change.match.old)[0].name for change in hits)
    return Failure(condition, layers) if layers else None


def _slower(found: Diff, condition: Condition) -> Failure | None:
    """Compare what trtexec measured if both logs have it, else the sums of the layers' times."""
    measure, old, new = _measured(found)
    if old is None or new is None or not old:
        raise condition_needs_times(condition.text)
    if new <= old * (1 + condition.share):
        return None
    return Failure(condition, (), measure, old, new)


def _measured(found: Diff) -> tuple[Measure, float | None, float | None]:
    old, new = found.old, found.new
    if old.gpu_compute_ms and new.gpu_compute_ms:
        return "gpu_compute", old.gpu_compute_ms, new.gpu_compute_ms
    if (
        old.time_source != new.time_source
        or not found.summary.untimed_alike  # a layer without a time on one side only would be a gain
        or old.untimed_layers * 2 > old.layers
        or new.untimed_layers * 2 > new.layers
    ):
        return "layers", None, None
    return "layers", old.time_ms, new.time_ms
