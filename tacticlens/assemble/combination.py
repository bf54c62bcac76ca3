"""State of autotuning: the open combination and its runners, their results, and earlier measurements."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tacticlens.assemble.columns import NAN, NULL
from tacticlens.assemble.state import is_time

MEASURED = frozenset({"timed", "untimed", "no_tactic"})


class MeasuredAt:
    """Earlier measurements that cached and repeated combinations refer to.

    A timing-cache hit prints the result without candidates, and a repeated combination prints nothing at
    all. Both reuse a measurement of the same subject and formats from earlier in the log; a reformat one
    of the same formats on any tensor. If the log has none, the origin is unknown: the cache file is older
    than the log, or another layer with equal parameters was measured.
    """

    def __init__(self) -> None:
        self._subjects: dict[tuple[str, str], int] = {}
        self._reformats: dict[str, int] = {}

    def remember(self, combination: OpenCombination) -> None:
        """Remember a combination whose candidates are in the log."""
        if combination.formats is None:
            return
        if combination.subject is not None:
            self._subjects[combination.subject, combination.formats] = combination.combination
        if combination.purpose == "reformat":
            self._reformats[combination.formats] = combination.combination

    def of(self, combination: OpenCombination) -> int:
        """Return the number of the combination whose measurement this one reuses, or NULL."""
        if combination.formats is None:
            return NULL
        found = NULL
        if combination.subject is not None:
            found = self._subjects.get((combination.subject, combination.formats), NULL)
        if found == NULL and combination.purpose == "reformat":
            found = self._reformats.get(combination.formats, NULL)
        return found


@dataclass(slots=True)
class OpenRunner:
    """A runner whose tactics are being read."""

    name: str | None
    runner_id: str | None
    subject: str | None
    line: int
    result: str = "unfinished"
    profiling_s: float = NAN
    best: str | None = None
    best_ms: float = NAN
    timed: bool = False
    untimed: bool = False
    tried: bool = False
    numbered: bool = False
    number: int = NULL
    kernels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class OpenCombination:
    """A format combination whose runners are being read."""

    combination: int
    layer: int
    purpose: str
    formats: str | None
    line: int
    subject: str | None = None
    runners: list[OpenRunner] = field(default_factory=list)
    winner: tuple[str, str] | None = None
    announced: bool = False
    key: str | None = None


@dataclass(slots=True)
class InProgress:
    """What the builder is trying.

    Attributes:
        combination, runner: the open ones; None between two of them.
        pending_kernel: (kernel, tactic or None) of a line that names a kernel, until its time is printed.
    """

    combination: OpenCombination | None = None
    runner: OpenRunner | None = None
    pending_kernel: tuple[str, str | None] | None = None


def layer_key(text: str | None) -> str | None:
    """Return the key of a layer in an editable timing cache; the log prints ``None`` for no key."""
    return None if text is None or text == "None" else text.lower()


def is_reformat(subject: str | None) -> bool:
    """Tell whether the subject of a runner head is a reformat, not a layer."""
    return subject is not None and subject.startswith(
        ("Optimizer Reformat", "Reformatting CopyNode", "<reformat>")
    )


def numbered_result(runner: OpenRunner) -> str:
    """Return the result of a runner of TensorRT 5, which prints no line for it."""
    if runner.timed or runner.untimed:
        return "timed" if runner.timed else "untimed"
    return "failed" if runner.tried else "no_valid_tactic"


def outcome(
    combination: OpenCombination,
) -> tuple[str, str | None, str | None, str | None, float]:
    """Return (result, runner, runner id, tactic, ms) of a closed combination that has runners or a winner."""
    runners = combination.runners
    if combination.winner is not None:
        name, tactic = combination.winner
        owners = [r for r in runners if r.name == name and r.best == tactic]
        owner = min(owners, key=lambda r: r.best_ms if is_time(r.best_ms) else math.inf, default=None)
        owner = owner or next((r for r in runners if r.name == name), None)
        time = owner.best_ms if owner is not None and owner.best == tactic else NAN
        return "timed" if is_time(time) else "untimed", name, owner.runner_id if owner else None, tactic, time
    if len(runners) == 1 and runners[0].result == "timed" and is_time(runners[0].best_ms):
        only = runners[0]
        return "timed", only.name, only.runner_id, only.best, only.best_ms
    best = [runner for runner in runners if is_time(runner.best_ms)]
    if best and not any(runner.result == "unfinished" for runner in runners):
        fastest = min(best, key=lambda runner: runner.best_ms)
        return "timed", fastest.name, fastest.runner_id, fastest.best, fastest.best_ms
    if any(runner.result == "unfinished" for runner in runners):
        return "unfinished", None, None, None, NAN
    untimed = [runner for runner in runners if runner.result == "untimed"]
    if untimed:
        return "untimed", untimed[0].name, untimed[0].runner_id, untimed[0].best, NAN
    return "no_tactic", None, None, None, NAN
