"""Conditions under which a pipeline should stop: ``--fail-on slower:5%`` and others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tacticlens.diff.model import WINNER_KINDS
from tacticlens.diff.result import Diff
from tacticlens.errors import UsageError

_VERDICTS = ("real", "tie", "noise", "cannot_tell", "any")
_FORMS = "slower:5%, tensor-core-lost, tactic-changed[:real|tie|noise|cannot_tell|any], reformat-added"
_SHOWN = 3


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
    message = f"--fail-on {text!r} is no condition; the conditions are {_FORMS}"
    raise UsageError(message)


def failed(found: Diff, condition: Condition) -> str | None:
    """Return why a comparison fails a condition; None if it does not.

    Raises:
        UsageError: the logs do not tell.
    """
    if condition.name == "slower":
        return _slower(found, condition)
    if found.summary.basis != "engine":
        missing = found.old.source if "old" in found.summary.no_engine else found.new.source
        message = (
            f"--fail-on {condition.text} cannot be judged: it is about the engine, whose layers are not in {missing}; "
            "build with --verbose and keep the whole log"
        )
        raise UsageError(message)
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
    if not hits:
        return None
    names = [repr((change.match.new or change.match.old)[0].name[:80]) for change in hits[:_SHOWN]]
    more = f" and {len(hits) - _SHOWN} more" if len(hits) > _SHOWN else ""
    return f"{condition.text}: {', '.join(names)}{more}"


def _slower(found: Diff, condition: Condition) -> str | None:
    """Compare what trtexec measured if both logs have it, else the sums of the layers' times."""
    what, old, new = _measure(found)
    if old is None or new is None or not old:
        message = (
            f"--fail-on {condition.text} cannot be judged: the logs have no times that can be compared; measure both "
            "with trtexec (without --skipInference or --buildOnly) or with --dumpProfile"
        )
        raise UsageError(message)
    if new <= old * (1 + condition.share):
        return None
    return f"{condition.text}: {what} went from {old:.4g} ms to {new:.4g} ms ({new / old - 1:+.1%})"


def _measure(found: Diff) -> tuple[str, float | None, float | None]:
    old, new = found.old, found.new
    if old.gpu_compute_ms and new.gpu_compute_ms:
        return "the median GPU compute time", old.gpu_compute_ms, new.gpu_compute_ms
    if (
        old.time_source != new.time_source
        or not found.summary.untimed_alike  # a layer without a time on one side only would be a gain
        or old.untimed_layers * 2 > old.layers
        or new.untimed_layers * 2 > new.layers
    ):
        return "", None, None
    return "the sum of the layers' times", old.time_ms, new.time_ms
