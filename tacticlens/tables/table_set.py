"""Tables by name, from a log that was read or from an export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from tacticlens.grammar.memo import current
from tacticlens.schema.registry import TABLE_NAMES


class TableSet(ABC):
    """Tables as ``tables.tactics`` or ``tables["tactics"]``; iterate for (name, frame)."""

    @abstractmethod
    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table by name; raises KeyError for a name that the schema does not have."""

    def portions(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield a table for writing, portion by portion: repeated texts may be categories, which print the same."""
        yield self[name]

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table."""
        return self[name].select(columns)

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how many rows each combination of values has: the columns, and ``len``."""
        return self[name].group_by(columns).len()

    def forget(self, name: str) -> None:  # noqa: B027  stored tables have nothing to free
        """Free a table that is not needed for now; the next access makes it again."""

    def __iter__(self) -> Iterator[tuple[str, pl.DataFrame]]:
        for name in TABLE_NAMES:
            yield name, self[name]

    def __getattr__(self, name: str) -> pl.DataFrame:
        if name in TABLE_NAMES:
            return self[name]
        message = f"no table {name!r}; the tables are {', '.join(TABLE_NAMES)}"
        raise AttributeError(message)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *TABLE_NAMES]


class StoredTables(TableSet):
    """Tables held as frames."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = dict(frames)
        self._answers = current()  # parsed texts live as long as the tables

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._frames[name]
