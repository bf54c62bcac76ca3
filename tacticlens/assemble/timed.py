"""Printed times of candidates: the rows of one block, which get their layer, combination and runner by position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tacticlens.assemble.columns import NULL
from tacticlens.assemble.state import State, milliseconds, tactic_id
from tacticlens.events.chunk import ChunkEvents

TIMED: dict[str, tuple[int | None, ...]] = {"tactic_timed": (0, 1, None), "tactic_named_timed": (4, 5, 0)}
"""Form -> which of its values are the tactic, the time and the kernel."""


class TimedRows:
    """The timed candidates of one block, in the order of their lines.

    Args:
        state: the tables.
        first: lines before the block.
        chunk: the block.

    Attributes:
        tactics, kernels: texts of each row; a kernel is None where its line does not name it.
        times: in ms; NaN where nothing was timed.
    """

    def __init__(self, state: State, first: int, chunk: ChunkEvents) -> None:
        self._state, self._lines = state, np.asarray(chunk.row_numbers, dtype=np.int32)
        self._first, self._table_length = first, len(state.tactics)
        tactics, times, kernels = zip(*chunk.rows, strict=True) if chunk.rows else ((), (), ())
        self.kernels: list[str | None] = list(kernels)
        self.tactics = [tactic_id(tactic or "0") for tactic in tactics]
        self._printed: Sequence[str | None] = times
        self.times = [milliseconds(time) for time in times]
        self._timed = ~np.isnan(self.times)
        self._timed_until = [0, *np.cumsum(self._timed).tolist()]
        self._owners: list[tuple[int, int, int, int, int]] = []

    def __len__(self) -> int:
        return len(self.tactics)

    def line(self, row: int) -> int:
        """Return the line of a row."""
        return self._first + int(self._lines[row])

    def before(self, numbers: Sequence[int]) -> list[int]:
        """Return how many rows stand before each of some lines of the block."""
        return np.searchsorted(self._lines, np.asarray(numbers, dtype=np.int32)).tolist()

    def any_timed(self, first: int, until: int) -> bool:
        """Tell whether something was timed in the rows from ``first``."""
        return self._timed_until[until] > self._timed_until[first]

    def own(self, rows: int, layer: int, runner: int) -> None:
        """Say where the next rows belong, beside the build and combination of the state."""
        self._owners.append((rows, self._state.build, layer, self._state.combination, runner))

    def add_to_table(self) -> None:
        """Add the rows to the table of candidates."""
        if not self.tactics:
            return
        texts, table = self._state.texts.number, self._state.tactics
        counts, builds, layers, combinations, runners = np.array(self._owners, dtype=np.int32).T
        failed = np.flatnonzero(~self._timed).tolist()
        reasons = np.full(len(self), NULL, dtype=np.int32)
        reasons[failed] = [texts(f"time {self._printed[row]}: it did not run") for row in failed]
        table.put_many(
            len(self), self._table_length,
            build=np.repeat(builds, counts), layer=np.repeat(layers, counts),
            combination=np.repeat(combinations, counts), runner=np.repeat(runners, counts),
            tactic=list(map(texts, self.tactics)), kernel=list(map(texts, self.kernels)), time_ms=self.times,
            status=np.where(self._timed, texts("timed"), texts("failed")), reason=reasons,
            line=self._lines + np.int32(self._first),
        )  # fmt: skip
