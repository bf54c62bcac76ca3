"""The ledger: every line of the log is counted once, under an outcome and a kind."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from tacticlens.events.chunk import ChunkEvents
from tacticlens.grammar.rules import Rule

Outcome = Literal["parsed", "known", "foreign", "unread"]
OUTCOMES: tuple[Outcome, ...] = ("parsed", "known", "foreign", "unread")

_NUMBER = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SHAPES = 500


@dataclass
class Unread:
    """An example of unread lines of one shape."""

    line: int
    origin: str
    text: str


@dataclass
class Ledger:
    """Counts of lines.

    Attributes:
        counts: (outcome, kind) -> lines.
        shapes: text with numbers masked -> (count, first example) of unread lines.
    """

    counts: Counter[tuple[Outcome, str]] = field(default_factory=Counter)
    shapes: dict[str, tuple[int, Unread]] = field(default_factory=dict)

    def add(
        self, chunk: ChunkEvents, first_line: int, rules: tuple[Rule, ...], parsed: frozenset[str]
    ) -> None:
        """Add the counts of one block; the caller counts continuations and leading lines."""
        for rule, count in zip(rules, chunk.counts, strict=True):
            self.count("parsed" if rule.kind in parsed else "known", rule.kind, count)
        self.count("known", "blank", chunk.blank)
        self.count("foreign", "text", chunk.foreign)
        self.count("unread", "glued", chunk.glued)
        for origin, count in chunk.unread_counts.items():
            self.count("unread", origin, count)
        for number, origin, text in chunk.unread:
            self.note(Unread(first_line + number, origin, text))

    def count(self, outcome: Outcome, kind: str, lines: int = 1) -> None:
        """Count lines."""
        if lines:
            self.counts[outcome, kind] += lines

    def note(self, unread: Unread) -> None:
        """Count an unread line under its shape; the first one is kept as the example."""
        shape = _NUMBER.sub("N", unread.text)[:120]
        count, first = self.shapes.get(shape, (0, unread))
        if count or len(self.shapes) < _SHAPES:
            self.shapes[shape] = (count + 1, first)

    def disown_letter_lines(self) -> None:
        """Count unread lines with a bare severity letter as foreign: the program of this log prints such lines, too."""
        lines = self.counts.pop(("unread", "letter"), 0)
        self.count("foreign", "text", lines)
        self.shapes = {shape: seen for shape, seen in self.shapes.items() if seen[1].origin != "letter"}

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the table `ledger`: outcomes in order, most lines first."""
        order = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}
        ranked = sorted(self.counts.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1]))
        return [
            {"outcome": outcome, "kind": kind, "lines": lines} for (outcome, kind), lines in ranked if lines
        ]

    def unread_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the table `unread`: shapes with most lines first."""
        ordered = sorted(self.shapes.values(), key=lambda shape: (-shape[0], shape[1].line))
        return [
            {"line": seen.line, "origin": seen.origin, "lines": lines, "text": seen.text}
            for lines, seen in ordered
        ]
