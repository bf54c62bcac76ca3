"""A comparison as Markdown, for a pull request; what a log named is escaped."""

from __future__ import annotations

import re

from tacticlens.diff.model import Diff
from tacticlens.views import diff_words as words
from tacticlens.views.words import count, plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+|!~&$^-])")


def diff_markdown(found: Diff, *, top: int) -> str:
    """Return the comparison as Markdown with the first changes."""
    sources = f"{plain(found.old.source or '–')} → {plain(found.new.source or '–')}"
    said = words.basis(found)
    parts = [
        f"## {_escape(sources)}",
        "",
        *([f"**{_escape(said)}**", ""] if said else []),
        "| | old | new | change |",
        "|---|---|---|---|",
    ]
    parts += [
        _row(fact.name, fact.old, fact.new, fact.change or ("changed" if fact.different else ""))
        for fact in words.facts(found)
    ]
    parts.append("")
    parts += [f"- {_escape(note)}" for note in words.notes(found)]
    changes = words.shown(found)
    parts += ["", f"### {count(len(changes), 'change') if changes else 'No changes'}", ""]
    quiet = words.quiet(found)
    if not changes:
        return "\n".join([*parts, *([_escape(quiet), ""] if quiet is not None else [])])
    parts += ["| cause | changes | time | verdicts |", "|---|---:|---:|---|"]
    parts += [
        _row(row.cause, str(row.changes) if row.changes else "", words.delta(row.delta_ms), row.verdicts)
        for row in words.totals(found)
    ]
    parts.append("")
    for change in changes[:top]:
        parts.append(f"- **{_escape(words.cost(change))}** {_escape(words.title(change))}")
        parts += [f"  - {_escape(line)}" for line in words.details(change)]
    rest = [f"… and {count(len(changes) - top, 'more change')}"] if len(changes) > top else []
    rest += [_escape(quiet)] if quiet is not None else []
    return "\n".join([*parts, "", *rest, ""])


def _row(*cells: str) -> str:
    return f"| {' | '.join(_escape(cell) for cell in cells)} |"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", plain(text))
