"""What was measured, by number: combinations and tactics as plain arrays, looked up row by row.

Joins over all candidates of a long log would take memory for rows that no engine layer asks for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tacticlens.assemble.state import State
from tacticlens.tables.frames import numbers


@dataclass(frozen=True)
class Choice:
    """A combination that an engine layer may have taken."""

    combination: int
    subject: str | None
    formats: str | None
    runner: str | None
    tactic: str | None
    time_ms: float | None
    origin: int | None


class Measured:
    """Combinations and tactics of a log.

    Args:
        state: the filled columns.
    """

    def __init__(self, state: State) -> None:
        self._texts = state.texts.all()
        self._number = state.texts.number
        combinations, tactics = state.combinations, state.tactics
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
        )
        self._combinations = {name: numbers(combinations, name) for name in names}
        self._by_build = np.argsort(self._combinations["build"], kind="stable")
        self._builds = self._combinations["build"][self._by_build]
        self._tactics = {
            name: numbers(tactics, name) for name in ("combination", "runner", "tactic", "kernel", "time_ms")
        }
        owned = np.flatnonzero(self._tactics["combination"] >= 0)
        self._owned = owned
        self._owner = self._tactics["combination"][owned]  # ascending: combinations are numbered in log order

    def text(self, number: int) -> str | None:
        """Return the text with a number; None for -1."""
        return None if number < 0 else self._texts[number]

    def of_build(
        self, build: int, subjects: Iterable[str], tactics: Iterable[str | None], formats: Iterable[str]
    ) -> tuple[dict[str, list[Choice]], dict[str, list[Choice]]]:
        """Return combinations of a build that may be in its engine.

        Args:
            build: number of the build.
            subjects: names of the engine's layers.
            tactics: tactics of the engine's layers: combinations that were won by another are left out.
            formats: formats of its reformats.

        Returns:
            Those of layers by name, and those of reformats by formats.
        """
        columns = self._combinations
        first, last = np.searchsorted(self._builds, np.array([build, build + 1], dtype=self._builds.dtype))
        rows = self._by_build[first:last]
        reformat = columns["purpose"][rows] == self._number("reformat")
        named = rows[
            ~reformat
            & np.isin(columns["subject"][rows], self._numbers(subjects))
            & np.isin(columns["tactic"][rows], self._numbers(tactics))
        ]
        layers: dict[str, list[Choice]] = defaultdict(list)
        for choice in self._choices(named):
            layers[choice.subject or ""].append(choice)
        converting = rows[reformat & np.isin(columns["formats"][rows], self._numbers(formats))]
        reformats: dict[str, list[Choice]] = defaultdict(list)
        for choice in self._choices(converting):
            reformats[choice.formats or ""].append(choice)
        return layers, reformats

    def _numbers(self, texts: Iterable[str | None]) -> npt.NDArray[np.int32]:
        return np.array([self._number(text) for text in texts], dtype=np.int32)

    def _choices(self, rows: npt.NDArray[np.intp]) -> Iterator[Choice]:
        columns, text = self._combinations, self.text
        names = ("combination", "subject", "formats", "runner", "tactic", "time_ms", "origin")
        values = zip(*(columns[name][rows].tolist() for name in names), strict=True)
        for combination, subject, formats, runner, tactic, time, origin in values:
            yield Choice(
                combination, text(subject), text(formats), text(runner), text(tactic),
                None if math.isnan(time) else time, None if origin < 0 else origin,
            )  # fmt: skip

    def candidates(
        self, combination: int
    ) -> Iterator[tuple[str | None, str | None, str | None, float | None]]:
        """Yield (runner, tactic, kernel, ms) of the candidates of a combination."""
        wanted = np.array(
            [combination, combination + 1], dtype=self._owner.dtype
        )  # another type would copy the column
        first, last = np.searchsorted(self._owner, wanted)
        columns = self._tactics
        for row in self._owned[first:last].tolist():
            time = float(columns["time_ms"][row])
            yield (
                self.text(columns["runner"][row]), self.text(columns["tactic"][row]), self.text(columns["kernel"][row]),
                None if math.isnan(time) else time,
            )  # fmt: skip

    def kernels_by_id(self) -> dict[tuple[str | None, str], set[str]]:
        """Return the kernels that a runner printed for a tactic id, anywhere in the log."""
        keys = pl.DataFrame({name: self._tactics[name] for name in ("runner", "tactic", "kernel")})
        found: dict[tuple[str | None, str], set[str]] = defaultdict(set)
        for runner, tactic, kernel in keys.filter(pl.col("kernel") >= 0).unique().iter_rows():
            found[self.text(runner), self._texts[tactic]].add(self._texts[kernel])
        return found
