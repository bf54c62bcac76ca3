"""The verdicts of a gate: the answer in one sentence, then one line per rule and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.check import Verdict
from tacticlens.views.blocks import Block, Style, line
from tacticlens.views.result import Result, frame_of
from tacticlens.views.words import count, percent_exact, plain

_WORDS: dict[bool | None, tuple[str, Style]] = {
    True: ("ok", "good"), False: ("BROKEN", "bad"), None: ("UNDECIDED", "warn"),
}  # fmt: skip


class CheckResult(Result):
    """The verdicts of a gate."""

    kind: ClassVar[str] = "check"

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = verdicts

    def blocks(self) -> Iterator[Block]:
        """Yield the answer and one line per verdict."""
        yield line(*answer(self._verdicts))
        for verdict in self._verdicts:
            word, style = _WORDS[verdict.ok]
            yield line((f"{word:<10}", style), sentence(verdict), hang=10)

    def document(self) -> dict[str, Any]:
        """Return `{ok, verdicts}`."""
        states = {verdict.ok for verdict in self._verdicts}
        ok = False if False in states else None if None in states else True
        return {"ok": ok, "verdicts": [asdict(verdict) for verdict in self._verdicts]}

    def rows(self) -> pl.DataFrame:
        """Return one row per verdict."""
        return frame_of(asdict(verdict) for verdict in self._verdicts)


def answer(verdicts: Sequence[Verdict]) -> tuple[tuple[str, Style], ...]:
    """Return whether the build passes, in one sentence."""
    broken = [verdict for verdict in verdicts if verdict.ok is False]
    undecided = [verdict for verdict in verdicts if verdict.ok is None]
    if broken:
        of = f"{len(broken)} of {count(len(verdicts), 'check')}"
        return (("Fails", "bad"), (f": {of} broken", ""))
    if undecided:
        of = f"{len(undecided)} of {count(len(verdicts), 'check')}"
        return (("Not decided", "warn"), (f": the log does not settle {of}", ""))
    return (("Passes", "good"), (f": {count(len(verdicts), 'check')} kept", ""))


def sentence(verdict: Verdict) -> str:
    """Return a verdict in one line: the rule, the number against its limit, and what is not known."""
    said = f"{verdict.rule} {plain(verdict.where)}: {_number(verdict)}"
    if verdict.detail:
        said += f" ({plain(verdict.detail)})"
    if verdict.lines and not verdict.ok:
        said += f", line{'s' if len(verdict.lines) > 1 else ''} {', '.join(map(str, verdict.lines))}"
    return said


def _number(verdict: Verdict) -> str:
    if verdict.value is None or verdict.ok is None:
        return "not known"
    if verdict.rule == "forbid_family":
        return f"{count(int(verdict.value), 'layer')}, none allowed" if verdict.value else "no layer"
    if verdict.rule == "max_unread":
        return f"{count(int(verdict.value), 'line')} not read, at most {verdict.limit:.0f} allowed"
    least = "at least" if verdict.rule.startswith("min_") else "at most"
    return f"{percent_exact(verdict.value)}, {least} {percent_exact(verdict.limit)} required"
