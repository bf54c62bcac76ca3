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
        f"## {escape(sources)}",
        "",
        *([f"**{escape(said)}**", ""] if said else []),
        "| | old | new | change |",
        "|---|---|---|---|",
    ]
    parts += [
        table_row(fact.name, fact.old, fact.new, fact.change or ("changed" if fact.different else ""))
        for fact in words.facts(found)
    ]
    parts.append("")
    parts += [f"- {escape(note)}" for note in words.notes(found)]
    changes = words.shown(found)
    parts += ["", f"### {count(len(changes), 'change') if changes else 'No changes'}", ""]
    quiet = words.quiet(found)
    if not changes:
        return "\n".join([*parts, *([escape(quiet), ""] if quiet is not None else [])])
    parts += ["| cause | changes | time | verdicts |", "|---|---:|---:|---|"]
    parts += [
        table_row(row.cause, str(row.changes) if row.changes else "", words.delta(row.delta_ms), row.verdicts)
        for row in words.totals(found)
    ]
    parts.append("")
    for change in changes[:top]:
        parts.append(f"- **{escape(words.cost(change))}** {escape(words.title(change))}")
        parts += [f"  - {escape(line)}" for line in words.details(change)]
    rest = [f"… and {count(len(changes) - top, 'more change')}"] if len(changes) > top else []
    rest += [escape(quiet)] if quiet is not None else []
    return "\n".join([*parts, "", *rest, ""])


def table_row(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(escape(cell) for cell in cells)} |"


def escape(text: str) -> str:
    """Return a text in which nothing means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", plain(text))
