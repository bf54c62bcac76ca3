"""Combinations and tactics as plain arrays, looked up row by row.

Joins over all candidates of a long log would take memory for rows that no engine layer needs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tacticlens.assemble.columns import NULL
from tacticlens.assemble.state import KeptRows

_ROWS: Final = 1 << 18
"""Rows that are made distinct at a time."""


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

    def __init__(self, numbers: npt.NDArray[Any]) -> None:
        self._runs: dict[int, list[range]] = defaultdict(list)
        borders = np.flatnonzero(np.diff(numbers)) + 1
        for begin, end in pairwise((0, *borders.tolist(), len(numbers))):
            if begin < end:
                self._runs[int(numbers[begin])].append(range(begin, end))

    def of(self, numbers: Iterable[int]) -> npt.NDArray[np.intp]:
        """Return the rows in which one of the numbers stands, ascending."""
        rows = sorted(
            (run for number in numbers for run in self._runs.get(number, ())), key=lambda run: run.start
        )
        return np.fromiter(chain.from_iterable(rows), dtype=np.intp)


class Measured:
    """Combinations and tactics of a log.

    Args:
        rows: the rows of the log.
    """

    def __init__(self, rows: KeptRows) -> None:
        self._texts = rows.texts.all()
        self._number = rows.texts.number
        combinations, tactics = rows.combinations, rows.tactics
        self._combinations = {name: combinations.column(name) for name in combinations.kinds}
        self._combinations["subject"] = self._named(rows)
        self._builds = Runs(self._combinations["build"])
        self._reformats = rows.reformats
        self._added = Runs(rows.reformats.column("build"))
        self._tactics = {name: tactics.column(name) for name in tactics.kinds}
        # combinations are numbered in log order, so this ascends; a row without one goes to the one before it
        owners = np.maximum.accumulate(self._tactics["combination"])
        last = int(max(self._combinations["combination"].max(initial=0), owners.max(initial=0)))
        # with the dtype of the column, else numpy copies it
        self._begins = np.searchsorted(owners, np.arange(last + 2, dtype=owners.dtype))

    def _named(self, rows: KeptRows) -> npt.NDArray[np.int32]:
        """Return the subjects; a combination without one has the name of its layer."""
        subjects: npt.NDArray[np.int32] = rows.combinations.column("subject")
        layers = rows.combinations.column("layer")
        names: npt.NDArray[np.int32] = np.full(
            int(max(layers.max(initial=0), rows.layers.column("layer").max(initial=0))) + 1,
            -1,
            dtype=np.int32,
        )
        names[rows.layers.column("layer")] = rows.layers.column("name")
        return np.where((subjects < 0) & (layers >= 0), names[np.maximum(layers, 0)], subjects)

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
        columns, names = self._combinations, set(wanted)
        rows = self._builds.of({build for build, _ in names})
        among = columns["purpose"][rows] != self._number("reformat")
        among |= self._is_one_of(columns["subject"][rows], reformats)
        if tactics is not None:
            among &= self._is_one_of(columns["tactic"][rows], {*tactics, None})
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for build, choice in self._among(rows[among], "subject", names):
            found[build, choice.subject or ""].append(self._as_measured(choice))
        return found

    def added(self, builds: Iterable[int | None]) -> Iterator[AddedReformat]:
        """Yield the reformat layers that the builder added in these builds, in log order."""
        rows, text = self._added.of(NULL if build is None else build for build in builds), self.text
        names = ("build", "tensor", "source", "from_format", "to_format", "line")
        values = zip(*(self._reformats.column(name)[rows].tolist() for name in names), strict=True)
        for build, tensor, source, before, after, line in values:
            yield AddedReformat(
                None if build == NULL else build, text(tensor) or "", text(source), text(before), text(after), line
            )  # fmt: skip

    def _as_measured(self, choice: Choice) -> Choice:
        if choice.tactic is not None or choice.origin is None:
            return choice
        row = choice.origin - 1  # combinations are numbered from 1, in the order of their rows
        runner, tactic = (self.text(int(self._combinations[name][row])) for name in ("runner", "tactic"))
        time = float(self._combinations["time_ms"][row])
        return choice._replace(runner=runner, tactic=tactic, time_ms=None if math.isnan(time) else time)

    def reformats(self, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations tried for reformats, by build and formats.

        Args:
            wanted: builds and formats.
        """
        columns, formats = self._combinations, set(wanted)
        rows = self._builds.of({build for build, _ in formats})
        rows = rows[columns["purpose"][rows] == self._number("reformat")]
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for build, choice in self._among(rows, "formats", formats):
            found[build, choice.formats or ""].append(choice)
        return found

    def _among(
        self, rows: npt.NDArray[np.intp], column: str, wanted: set[tuple[int, str]]
    ) -> Iterator[tuple[int, Choice]]:
        """Yield (build, choice) of those rows whose build and text are among the wanted."""
        columns = self._combinations
        pairs = columns["build"][rows].astype(np.int64) << 32 | columns[column][rows]
        keys = np.array([build << 32 | self._number(text) for build, text in wanted], dtype=np.int64)
        rows = rows[np.isin(pairs, keys)]
        yield from zip(columns["build"][rows].tolist(), self._choices(rows), strict=True)

    def _is_one_of(self, values: npt.NDArray[np.int32], texts: Iterable[str | None]) -> npt.NDArray[np.bool_]:
        """Tell for each number whether it is that of one of the texts; -1 stands for None."""
        return np.isin(values, [self._number(text) for text in texts])

    def _choices(self, rows: npt.NDArray[np.intp]) -> Iterator[Choice]:
        columns, text = self._combinations, self.text
        names = ("combination", "subject", "formats", "runner", "tactic", "time_ms", "origin", "result")
        values = zip(*(columns[name][rows].tolist() for name in names), strict=True)
        for combination, subject, formats, runner, tactic, time, origin, result in values:
            yield Choice(
                combination, text(subject), text(formats), text(runner), text(tactic),
                None if math.isnan(time) else time, None if origin < 0 else origin, text(result),
            )  # fmt: skip

    def tries(self, combination: int, tactic: str) -> Iterator[tuple[str | None, str | None, float | None]]:
        """Yield (runner, kernel, ms) of the candidates of a combination with this tactic id."""
        number = self._number(tactic)
        columns = self._tactics
        begin, end = self._begins[combination : combination + 2].tolist()
        for row, one in enumerate(columns["tactic"][begin:end].tolist(), begin):
            if one == number and columns["combination"][row] == combination:
                time = float(columns["time_ms"][row])
                yield (
                    self.text(columns["runner"][row]), self.text(columns["kernel"][row]),
                    None if math.isnan(time) else time,
                )  # fmt: skip

    def kernels(self, tactic: str) -> dict[str | None, set[str]]:
        """Return the kernels that each runner printed for a tactic id, anywhere in the log."""
        return self._kernels.get(tactic, {})

    @cached_property
    def _kernels(self) -> dict[str, dict[str | None, set[str]]]:
        columns = [self._tactics[name] for name in ("runner", "tactic", "kernel")]
        distinct: set[tuple[int, int, int]] = set()
        for begin in range(0, len(columns[0]), _ROWS):  # in slices: whole columns are large
            keys = pl.DataFrame(
                [column[begin : begin + _ROWS] for column in columns], schema=["runner", "tactic", "kernel"]
            )
            distinct.update(keys.filter(pl.col("kernel") >= 0).unique().iter_rows())
        found: dict[str, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
        for runner, tactic, kernel in distinct:
            found[self._texts[tactic]][self.text(runner)].add(self._texts[kernel])
        return found
