"""A comparison: the two sides, totals by cause, and the changes that cost or save most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import polars as pl

from tacticlens.diff.model import BuildSummary
from tacticlens.diff.result import Diff
from tacticlens.views import diff_words as words
from tacticlens.views.blocks import Block, Cell, Gap, Heading, Style, Table, line, table
from tacticlens.views.diff_headline import headline, other_gpu
from tacticlens.views.result import Result
from tacticlens.words import count, delta, plain

TOP = 15
_STYLES: dict[str, Style] = {"real": "bad", "cannot_tell": "warn"}


class DiffResult(Result):
    """A comparison of two builds.

    Args:
        found: the comparison.
        top: changes to show; None = all as data, the first in text.
    """

    kind: ClassVar[str] = "diff"

    def __init__(self, found: Diff, *, top: int | None = None) -> None:
        self.found = found
        self.top = top

    def blocks(self) -> Iterator[Block]:
        """Yield the sides, the totals and the first changes."""
        return _parts(self.found, self.top or TOP)

    def document(self) -> dict[str, Any]:
        """Return `{old, new, summary, changes}`."""
        document = self.found.as_dict()
        document["changes"] = document["changes"][: self.top]
        return document

    def rows(self) -> pl.DataFrame:
        """Return one row per change."""
        return self.found.frame(self.top)


def _parts(found: Diff, top: int) -> Iterator[Block]:
    gpus = other_gpu(found)
    if gpus is not None:
        yield line(gpus, style="warn")
    answer = headline(found)
    yield Heading(answer.text, 1, answer.style)
    yield Gap()
    yield line(f"{_source(found.old)} → {_source(found.new)}")
    basis = words.basis(found)
    if basis is not None:
        yield line(basis, style="warn")
    grid = table("", "old", "new", "change")
    for fact in words.facts(found):
        grid.add(fact.name, fact.old, fact.new, fact.change or ("changed" if fact.different else ""))
    yield grid
    for note in words.notes(found):
        yield line(note, style="dim")
    yield Gap()
    changes = words.shown(found)
    quiet = words.quiet(found)
    if not changes:
        yield Heading(words.counted(found))
        if quiet is not None:
            yield line(quiet)
        return
    yield Heading(words.counted(found))
    yield _totals(found)
    for change in changes[:top]:
        yield Gap()
        yield line((words.cost(change), _mood(change.delta_ms)), f"  {words.title(change)}", hang=2)
        for text in words.details(change):
            style = _STYLES.get(change.verdict or "", "") if change.judgement else ""
            judged = change.judgement is not None and text == words.verdict(change.judgement)
            yield line(text, style=style if judged else "dim", indent=4)
    yield Gap()
    if len(changes) > top:
        yield line(f"… and {count(len(changes) - top, 'more change')}: --top {len(changes)}")
    if quiet is not None:
        yield line(quiet)


def _mood(delta_ms: float | None) -> Style:
    """Return red for slower and green for faster."""
    return "strong" if not delta_ms else "bad" if delta_ms > 0 else "good"


def _source(side: BuildSummary) -> str:
    """Return the log, and the build where the log has several."""
    name = plain(side.source or "–")
    return f"{name}:{side.build}" if side.engines > 1 and side.build is not None else name


def _totals(found: Diff) -> Table:
    grid = table("cause", "changes", "time", "verdicts", right=("changes", "time"))
    for row in words.totals(found):
        grid.add(
            row.cause, str(row.changes) if row.changes else "", Cell(delta(row.delta_ms), _mood(row.delta_ms)),
            row.verdicts,
        )  # fmt: skip
    return grid
