"""A comparison as text: the two sides, totals by cause, and the changes that cost or save most."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from tacticlens.diff.model import Diff
from tacticlens.views import diff_words as words
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, plain

TOP = 15
_STYLES = {"real": "red", "cannot_tell": "yellow"}


def diff_text(found: Diff, *, top: int = TOP, width: int = 110, color: bool = False) -> str:
    """Return the comparison as text of at most ``width`` columns."""
    return render(_parts(found, top), width=width, color=color)


def _parts(found: Diff, top: int) -> Iterator[RenderableType]:
    yield heading(f"{plain(found.old.source or '–')} → {plain(found.new.source or '–')}")
    said = words.basis(found)
    if said is not None:
        yield Text(said, style="yellow")
    grid = table("", "old", "new", "change")
    for fact in words.facts(found):
        grid.add_row(fact.name, fact.old, fact.new, fact.change or ("changed" if fact.different else ""))
    yield grid
    for note in words.notes(found):
        yield Text(note, style="dim")
    yield Text()
    changes = words.shown(found)
    quiet = words.quiet(found)
    if not changes:
        yield heading("No changes")
        if quiet is not None:
            yield Text(quiet)
        return
    yield heading(count(len(changes), "change"))
    yield _totals(found)
    for change in changes[:top]:
        yield Text()
        yield Text.assemble((words.cost(change), "bold"), f"  {words.title(change)}")
        for line in words.details(change):
            style = _STYLES.get(change.verdict or "", "") if change.judgement else ""
            judged = change.judgement is not None and line == words.verdict(change.judgement)
            yield Padding(Text(line, style=style if judged else "dim"), (0, 0, 0, 4))
    yield Text()
    if len(changes) > top:
        yield Text(f"… and {count(len(changes) - top, 'more change')}: --top {len(changes)}")
    if quiet is not None:
        yield Text(quiet)


def _totals(found: Diff) -> RenderableType:
    grid = table("cause", "changes", "time", "verdicts", right=("changes", "time"))
    for row in words.totals(found):
        grid.add_row(
            row.cause, str(row.changes) if row.changes else "", words.delta(row.delta_ms), row.verdicts
        )
    return grid
