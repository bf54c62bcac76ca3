"""Combinations and tactics as the rows keep them, looked up by build and name.

Joins over all candidates of a long log would take memory for rows that no engine layer needs.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, Literal, NamedTuple

import polars as pl

from tacticlens.assemble.columns import NULL
from tacticlens.assemble.state import KeptRows
from tacticlens.tables.frames import kept

_ROWS: Final = 1 << 16
"""Rows that are looked at in one go."""


class Choice(NamedTuple):
    """A combination that an engine layer may have taken."""

    combination: int
    subject: str | None
    formats: str | None
    runner: str | None
    tactic: str | None
    time_ms: float | None
    origin: int | None
    result: str | None = None


class _Kept(NamedTuple):
    """A combination as its row keeps it."""

    build: int
    layer: int
    combination: int
    purpose: int
    subject: int
    formats: int
    runner: int
    tactic: int
    time_ms: float
    origin: int
    result: int


class AddedReformat(NamedTuple):
    """A reformat layer that the builder added: the formats that it reads and writes, as printed."""

    build: int | None
    tensor: str
    source: str | None
    before: str | None
    after: str | None
    line: int


class Runs:
    """An index of a column: the runs of rows with each number. Rows of one build mostly follow each other.

    Args:
        numbers: the column.
    """

    def __init__(self, numbers: pl.Series) -> None:
        self._runs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        end = 0
        for length, number in numbers.rle().struct.unnest().iter_rows():
            begin, end = end, end + length
            self._runs[number].append((begin, end))

    def of(self, numbers: Iterable[int]) -> list[tuple[int, int]]:
        """Return (first row, row behind the last) of the runs of the numbers, ascending."""
        return sorted(run for number in numbers for run in self._runs.get(number, ()))


class Measured:
    """Combinations and tactics of a log.

    Args:
        rows: the rows of the log.
    """

    def __init__(self, rows: KeptRows) -> None:
        self._texts = rows.texts.all()
        self._number = rows.texts.number
        self._layers, self._combinations = rows.layers, rows.combinations
        self._tactics, self._reformats = rows.tactics, rows.reformats
        self._builds = Runs(kept(rows.combinations, "build"))
        self._added = Runs(kept(rows.reformats, "build"))
        # combinations are numbered in log order, so this ascends; a row without one goes to the one before it
        owners = kept(rows.tactics, "combination").cum_max()
        behind = pl.int_range(len(rows.combinations) + 2, dtype=pl.Int32, eager=True)
        # a list of a million would be ten times as large
        self._begins = array("I", owners.search_sorted(behind))

    @cached_property
    def _names(self) -> dict[int, int]:
        """Layer -> its name."""
        return dict(zip(self._layers.values("layer"), self._layers.values("name"), strict=True))

    def text(self, number: int) -> str | None:
        """Return the text with a number; None for -1."""
        return None if number < 0 else self._texts[number]

    def layers(
        self,
        wanted: Iterable[tuple[int, str]],
        tactics: Iterable[str | None] | None,
        reformats: Iterable[str] = (),
    ) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations tried for layers, by build and layer name.

        A combination that repeats a measurement gets runner, tactic and time of its origin, if the log has that.

        Args:
            wanted: builds and names of the engines' layers.
            tactics: tactics of the engines' layers; combinations won by another one are left out. None = all.
            reformats: names of the engines' reformats: copies for concatenations and reshapes are costed by name.
        """
        reformat, copies = self._number("reformat"), set(map(self._number, reformats))
        winners = None if tactics is None else {NULL, *map(self._number, tactics)}
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for row in self._among(wanted, "subject"):
            fits = row.purpose != reformat or row.subject in copies
            if fits and (winners is None or row.tactic in winners):
                choice = self._choice(row)
                found[row.build, choice.subject or ""].append(self._as_measured(choice))
        return found

    def added(self, builds: Iterable[int | None]) -> Iterator[AddedReformat]:
        """Yield the reformat layers that the builder added in these builds, in log order."""
        text, names = self.text, ("build", "tensor", "source", "from_format", "to_format", "line")
        for begin, end in self._added.of(NULL if build is None else build for build in builds):
            for build, tensor, source, before, after, line in self._reformats.rows(begin, end, *names):
                yield AddedReformat(
                    None if build == NULL else build, text(tensor) or "", text(source), text(before), text(after), line
                )  # fmt: skip

    def _as_measured(self, choice: Choice) -> Choice:
        if choice.tactic is not None or choice.origin is None:
            return choice
        # combinations are numbered from 1, in the order of their rows
        origin = self._choice(self._row(choice.origin - 1))
        return choice._replace(runner=origin.runner, tactic=origin.tactic, time_ms=origin.time_ms)

    def reformats(self, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations tried for reformats, by build and formats.

        Args:
            wanted: builds and formats.
        """
        reformat = self._number("reformat")
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for row in self._among(wanted, "formats"):
            if row.purpose == reformat:
                choice = self._choice(row)
                found[row.build, choice.formats or ""].append(choice)
        return found

    def _among(
        self, wanted: Iterable[tuple[int, str]], column: Literal["subject", "formats"]
    ) -> Iterator[_Kept]:
        """Yield the rows whose build and text are among the wanted."""
        pairs = {(build, self._number(text)) for build, text in wanted}
        texts = {text for _, text in pairs}
        for begin, end in self._builds.of({build for build, _ in pairs}):
            for first in range(begin, end, _ROWS):
                numbers = self._numbers(column, first, min(first + _ROWS, end))
                for at, number in enumerate(numbers, first):
                    if number in texts and ((row := self._row(at)).build, number) in pairs:
                        yield row

    def _numbers(self, column: Literal["subject", "formats"], begin: int, end: int) -> list[int]:
        """Return the texts of some rows by number; a combination without a subject has the name of its layer."""
        numbers = self._combinations.values(column, begin, end)
        if column == "formats" or NULL not in numbers:
            return numbers
        layers = self._combinations.values("layer", begin, end)
        return [
            self._names.get(layer, NULL) if number == NULL else number
            for number, layer in zip(numbers, layers, strict=True)
        ]

    def _row(self, at: int) -> _Kept:
        row = _Kept._make(self._combinations.row(at, *_Kept._fields))
        nameless = row.subject < 0 <= row.layer
        return row._replace(subject=self._names.get(row.layer, NULL)) if nameless else row

    def _choice(self, row: _Kept) -> Choice:
        text = self.text
        return Choice(
            row.combination, text(row.subject), text(row.formats), text(row.runner), text(row.tactic),
            _known(row.time_ms), None if row.origin < 0 else row.origin, text(row.result),
        )  # fmt: skip

    def tries(self, combination: int, tactic: str) -> Iterator[tuple[str | None, str | None, float | None]]:
        """Yield (runner, kernel, ms) of the candidates of a combination with this tactic id."""
        number = self._number(tactic)
        begin, end = self._begins[combination], self._begins[combination + 1]
        names = ("tactic", "combination", "runner", "kernel", "time_ms")
        for one, owner, runner, kernel, time in self._tactics.rows(begin, end, *names):
            if one == number and owner == combination:
                yield self.text(runner), self.text(kernel), _known(time)

    def kernels(self, tactic: str) -> dict[str | None, set[str]]:
        """Return the kernels that each runner printed for a tactic id, anywhere in the log."""
        return self._kernels.get(tactic, {})

    @cached_property
    def _kernels(self) -> dict[str, dict[str | None, set[str]]]:
        filled = self._tactics
        distinct: set[tuple[int, int, int]] = set()
        for begin in range(0, len(filled), _ROWS):  # in slices: whole columns are large
            keys = pl.DataFrame([
                kept(filled, name, begin, begin + _ROWS) for name in ("runner", "tactic", "kernel")
            ])  # fmt: skip
            distinct.update(keys.filter(pl.col("kernel") >= 0).unique().iter_rows())
        found: dict[str, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
        for runner, tactic, kernel in distinct:
            found[self._texts[tactic]][self.text(runner)].add(self._texts[kernel])
        return found


def _known(time: float) -> float | None:
    return None if math.isnan(time) else time
