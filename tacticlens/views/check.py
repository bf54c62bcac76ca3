"""The verdicts of a gate as text: one line per rule and place."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tacticlens.analysis.check import Verdict
from tacticlens.views.text import render
from tacticlens.views.words import count, plain

_WORDS = {True: ("ok", "green"), False: ("BROKEN", "bold red"), None: ("NOT JUDGED", "yellow")}


def check_text(verdicts: Sequence[Verdict], *, width: int = 110, color: bool = False) -> str:
    """Return one line per verdict, and a line that counts."""
    parts = [Text.assemble((f"{_WORDS[v.ok][0]:<10}", _WORDS[v.ok][1]), f" {sentence(v)}") for v in verdicts]
    broken, unjudged = (sum(v.ok is state for v in verdicts) for state in (False, None))
    parts.append(Text(f"Rules: {len(verdicts)} applied, {broken} broken, {unjudged} not judged"))
    return render(parts, width=max(width, *(len(part.plain) for part in parts)), color=color)


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
    return f"{verdict.value:.1%}, {least} {verdict.limit:.1%} asked"
