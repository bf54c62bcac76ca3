"""Combinations and tactics as the rows keep them, looked up by build and name.

Joins over all candidates of a long log would take memory for rows that no engine layer needs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

import polars as pl

from tacticlens.assemble.columns import NULL, Columns
from tacticlens.assemble.state import KeptRows
from tacticlens.tables.frames import kept

_COLUMNS: Final = (
    "build", "layer", "combination", "purpose", "subject", "formats", "runner", "tactic", "time_ms", "origin",
    "result",
)  # fmt: skip
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
        self._tactics, self._reformats = rows.tactics, rows.reformats
        self._combinations = pl.DataFrame([kept(rows.combinations, name) for name in _COLUMNS])
        self._name(rows.layers)
        self._builds = Runs(self._combinations["build"])
        self._added = Runs(kept(rows.reformats, "build"))
        # combinations are numbered in log order, so this ascends; a row without one goes to the one before it
        owners = kept(rows.tactics, "combination").cum_max()
        numbers = pl.concat([self._combinations["combination"], owners])
        last: Any = numbers.max() if len(numbers) else 0
        self._begins = owners.search_sorted(pl.int_range(last + 2, dtype=pl.Int32, eager=True))

    def _name(self, layers: Columns) -> None:
        """Give a combination without a subject the name of its layer."""
        combinations = self._combinations
        nameless = (combinations["subject"] < 0) & (combinations["layer"] >= 0)
        if nameless.any():
            numbers, names = kept(layers, "layer"), kept(layers, "name").alias("_name")
            named = pl.DataFrame([numbers, names]).unique("layer", keep="last")
            joined = combinations.join(named, on="layer", how="left", maintain_order="left")["_name"]
            subject = pl.when(nameless).then(joined.fill_null(NULL)).otherwise("subject")
            self._combinations = combinations.with_columns(subject=subject)

    def _rows_of(self, builds: Iterable[int]) -> pl.DataFrame:
        """Return the combinations of builds."""
        parts = [self._combinations[begin:end] for begin, end in self._builds.of(builds)]
        return pl.concat(parts) if parts else self._combinations.clear()

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
        names = set(wanted)
        among = (pl.col("purpose") != self._number("reformat")) | self._is_one_of("subject", reformats)
        if tactics is not None:
            among &= self._is_one_of("tactic", {*tactics, None})
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for build, choice in self._among(names, "subject", among):
            found[build, choice.subject or ""].append(self._as_measured(choice))
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
        row = self._combinations.row(choice.origin - 1, named=True)
        return choice._replace(
            runner=self.text(row["runner"]), tactic=self.text(row["tactic"]), time_ms=_known(row["time_ms"])
        )

    def reformats(self, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations tried for reformats, by build and formats.

        Args:
            wanted: builds and formats.
        """
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        reformat = pl.col("purpose") == self._number("reformat")
        for build, choice in self._among(set(wanted), "formats", reformat):
            found[build, choice.formats or ""].append(choice)
        return found

    def _among(
        self, wanted: set[tuple[int, str]], column: str, among: pl.Expr
    ) -> Iterator[tuple[int, Choice]]:
        """Yield (build, choice) of those rows whose build and text are among the wanted."""
        if not wanted:
            return
        rows = self._rows_of({build for build, _ in wanted})
        pairs = pl.col("build").cast(pl.Int64) * (1 << 32) + pl.col(column)
        rows = rows.filter(among, pairs.is_in([(build << 32) + self._number(text) for build, text in wanted]))
        yield from zip(rows["build"].to_list(), self._choices(rows), strict=True)

    def _is_one_of(self, column: str, texts: Iterable[str | None]) -> pl.Expr:
        """Tell for each number whether it is that of one of the texts; -1 stands for None."""
        return pl.col(column).is_in([self._number(text) for text in texts])

    def _choices(self, rows: pl.DataFrame) -> Iterator[Choice]:
        text = self.text
        names = ("combination", "subject", "formats", "runner", "tactic", "time_ms", "origin", "result")
        values = rows.select(names).iter_rows()
        for combination, subject, formats, runner, tactic, time, origin, result in values:
            yield Choice(
                combination, text(subject), text(formats), text(runner), text(tactic),
                _known(time), None if origin < 0 else origin, text(result),
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
