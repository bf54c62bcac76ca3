"""Printed times of candidates: the rows of one block, which get their layer, combination and runner by position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tacticlens.assemble.columns import NAN, NULL
from tacticlens.assemble.state import FLOAT_MAX, State, tactic_id
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
        kernels: number of the text of each row's kernel; -1 where its line does not name it.
        times: in ms; NaN where nothing was timed.
    """

    def __init__(self, state: State, first: int, chunk: ChunkEvents) -> None:
        self._state, self._lines = state, np.asarray(chunk.row_numbers, dtype=np.int32)
        self._first, self._table_length = first, len(state.tactics)
        self._tactics, self._printed, kernels = zip(*chunk.rows, strict=True) if chunk.rows else ((), (), ())
        self.kernels = list(map(state.kernel_numbers.__getitem__, kernels))
        self.times = np.array(list(map(float, self._printed)))
        self.times[~(np.abs(self.times) < FLOAT_MAX)] = NAN
        self._timed = ~np.isnan(self.times)
        self._timed_until = [0, *np.cumsum(self._timed).tolist()]
        self._owners: list[tuple[int, int, int, int, int]] = []

    def __len__(self) -> int:
        return len(self._tactics)

    def line(self, row: int) -> int:
        """Return the line of a row."""
        return self._first + int(self._lines[row])

    def tactic(self, row: int) -> str:
        """Return the id of a row's tactic, as tables show it."""
        return tactic_id(self._tactics[row])

    def before(self, numbers: Sequence[int]) -> list[int]:
        """Return how many rows stand before each of some lines of the block."""
        found: list[int] = np.searchsorted(self._lines, np.asarray(numbers, dtype=np.int32)).tolist()
        return found

    def any_timed(self, first: int, until: int) -> bool:
        """Tell whether something was timed in the rows from ``first``."""
        return self._timed_until[until] > self._timed_until[first]

    def own(self, rows: int, layer: int, runner: int) -> None:
        """Say where the next rows belong, beside the build and combination of the state."""
        self._owners.append((rows, self._state.build, layer, self._state.combination, runner))

    def add_to_table(self) -> None:
        """Add the rows to the table of candidates."""
        if not self._tactics:
            return
        text = self._state.texts.number
        rows, builds, layers, combinations, runners = np.array(self._owners, dtype=np.int32).T
        status, reasons = np.full(len(self), text("timed")), np.full(len(self), NULL)
        for row in np.flatnonzero(~self._timed).tolist():
            status[row], reasons[row] = text("failed"), text(f"time {self._printed[row]}: it did not run")
        self._state.tactics.put_many(
            len(self), self._table_length,
            build=np.repeat(builds, rows), layer=np.repeat(layers, rows), combination=np.repeat(combinations, rows),
            runner=np.repeat(runners, rows), tactic=np.array(list(map(self._state.tactic_numbers.__getitem__, self._tactics))), kernel=np.array(self.kernels),
            time_ms=self.times, status=status, reason=reasons, line=self._lines + np.int32(self._first),
        )  # fmt: skip
