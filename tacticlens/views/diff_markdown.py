"""A comparison as Markdown, for a pull request; names are in code spans."""

from __future__ import annotations

from tacticlens.diff.model import Diff
from tacticlens.views import diff_words as words
from tacticlens.views.markdown import inline, table_row
from tacticlens.views.words import count


def diff_markdown(found: Diff, *, top: int) -> str:
    """Return the comparison as Markdown with the first changes."""
    sources = f"{found.old.source or '–'} → {found.new.source or '–'}"
    said = words.basis(found)
    parts = [
        f"## {inline(sources)}",
        "",
        *([f"**{inline(said)}**", ""] if said else []),
        "| | old | new | change |",
        "|---|---|---|---|",
    ]
    parts += [
        table_row(fact.name, fact.old, fact.new, fact.change or ("changed" if fact.different else ""))
        for fact in words.facts(found)
    ]
    parts.append("")
    parts += [f"- {inline(note)}" for note in words.notes(found)]
    changes = words.shown(found)
    parts += ["", f"### {count(len(changes), 'change') if changes else 'No changes'}", ""]
    quiet = words.quiet(found)
    if not changes:
        return "\n".join([*parts, *([inline(quiet), ""] if quiet is not None else [])])
    parts += ["| cause | changes | time | verdicts |", "|---|---:|---:|---|"]
    parts += [
        table_row(row.cause, str(row.changes) if row.changes else "", words.delta(row.delta_ms), row.verdicts)
        for row in words.totals(found)
    ]
    parts.append("")
    for change in changes[:top]:
        parts.append(f"- **{inline(words.cost(change))}** {inline(words.title(change))}")
        parts += [f"  - {inline(line)}" for line in words.details(change)]
    rest = [f"… and {count(len(changes) - top, 'more change')}"] if len(changes) > top else []
    rest += [inline(quiet)] if quiet is not None else []
    return "\n".join([*parts, "", *rest, ""])
