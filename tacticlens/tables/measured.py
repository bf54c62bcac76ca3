"""What was measured, by number: combinations and tactics as plain arrays, looked up row by row.

Joins over all candidates of a long log would take memory for rows that no engine layer asks for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from tacticlens.assemble.state import KeptRows


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


class Measured:
    """Combinations and tactics of a log.

    Args:
        rows: the rows of the log.
    """

    def __init__(self, rows: KeptRows) -> None:
        self._texts = rows.texts.all()
        self._number = rows.texts.number
        combinations, tactics = rows.combinations, rows.tactics
        names = (
            "build",
            "combination",
            "purpose",
            "subject",
            "formats",
            "runner",
            "tactic",
            "time_ms",
            "origin",
            "result",
        )
        self._combinations = {name: combinations.column(name) for name in names}
        self._combinations["subject"] = self._named(rows)
        self._tactics = {
            name: tactics.column(name) for name in ("combination", "runner", "tactic", "kernel", "time_ms")
        }
        owned = np.flatnonzero(self._tactics["combination"] >= 0)
        self._owned = owned
        owners = self._tactics["combination"][owned]  # ascending: combinations are numbered in log order
        last = int(max(self._combinations["combination"].max(initial=0), owners.max(initial=0)))
        # of the type of the column, which would be copied else
        self._begins = np.searchsorted(owners, np.arange(last + 2, dtype=owners.dtype))

    def _named(self, rows: KeptRows) -> npt.NDArray[np.int32]:
        """Return the subjects; a combination with nothing under it has its name from a later one of its layer."""
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
        asked: Iterable[tuple[int, str]],
        tactics: Iterable[str | None] | None,
        reformats: Iterable[str] = (),
    ) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations of layers that may be in an engine, by build and name.

        A combination that repeats a measurement has the runner and tactic of its origin, where that is in the log.

        Args:
            asked: builds and names of the engines' layers.
            tactics: tactics of the engines' layers: combinations that were won by another are left out; None = all.
            reformats: names of the engines' reformats: copies for concatenations and reshapes are costed by name.
        """
        columns = self._combinations
        among = columns["purpose"] != self._number("reformat")
        among |= self._is_one_of(columns["subject"], reformats)
        if tactics is not None:
            among &= self._is_one_of(columns["tactic"], {*tactics, None})
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for build, choice in self._of_builds(among, "subject", set(asked)):
            found[build, choice.subject or ""].append(self._as_measured(choice))
        return found

    def _as_measured(self, choice: Choice) -> Choice:
        if choice.tactic is not None or choice.origin is None:
            return choice
        row = choice.origin - 1  # combinations are numbered from 1, in the order of their rows
        runner, tactic = (self.text(int(self._combinations[name][row])) for name in ("runner", "tactic"))
        time = float(self._combinations["time_ms"][row])
        return choice._replace(runner=runner, tactic=tactic, time_ms=None if math.isnan(time) else time)

    def reformats(self, asked: Iterable[tuple[int, str]]) -> dict[tuple[int | None, str], list[Choice]]:
        """Return the combinations of reformats that may be in an engine, by build and formats.

        Args:
            asked: builds and formats.
        """
        reformat = self._combinations["purpose"] == self._number("reformat")
        found: dict[tuple[int | None, str], list[Choice]] = defaultdict(list)
        for build, choice in self._of_builds(reformat, "formats", set(asked)):
            found[build, choice.formats or ""].append(choice)
        return found

    def _of_builds(
        self, among: npt.NDArray[np.bool_], column: str, asked: set[tuple[int, str]]
    ) -> Iterator[tuple[int, Choice]]:
        """Yield the rows in which a build and a text stand that were asked for, with the build."""
        columns = self._combinations
        rows = np.flatnonzero(among & self._is_one_of(columns[column], {text for _, text in asked}))
        pairs = columns["build"][rows].astype(np.int64) << 32 | columns[column][rows]
        wanted = np.array([build << 32 | self._number(text) for build, text in asked], dtype=np.int64)
        rows = rows[np.isin(pairs, wanted)]
        yield from zip(columns["build"][rows].tolist(), self._choices(rows), strict=True)

    def _is_one_of(self, values: npt.NDArray[np.int32], texts: Iterable[str | None]) -> npt.NDArray[np.bool_]:
        """Tell of each number whether it is that of one of the texts; -1 stands for None."""
        numbered = [self._number(text) for text in texts]
        wanted = np.zeros(max([*numbered, len(self._texts)]) + 2, dtype=np.bool_)
        wanted[numbered] = True  # -1 is the last place
        found: npt.NDArray[np.bool_] = wanted[values]
        return found

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
        """Yield (runner, kernel, ms) of the candidates of a combination that are this tactic."""
        number = self._number(tactic)
        columns = self._tactics
        for row in self._owned[self._begins[combination] : self._begins[combination + 1]].tolist():
            if columns["tactic"][row] == number:
                time = float(columns["time_ms"][row])
                yield (
                    self.text(columns["runner"][row]), self.text(columns["kernel"][row]),
                    None if math.isnan(time) else time,
                )  # fmt: skip

    def kernels_by_id(self) -> dict[tuple[str | None, str], set[str]]:
        """Return the kernels that a runner printed for a tactic id, anywhere in the log."""
        keys = pl.DataFrame({name: self._tactics[name] for name in ("runner", "tactic", "kernel")})
        found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for runner, tactic, kernel in keys.filter(pl.col("kernel") >= 0).unique().iter_rows():
            found[self.text(runner), self._texts[tactic]].add(self._texts[kernel])
        return found
