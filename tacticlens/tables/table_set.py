"""The tables by name, wherever they come from: a log that was read, or an export read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from tacticlens.tables.schema import TABLE_NAMES


class TableSet(ABC):
    """Tables as ``tables.tactics`` or ``tables["tactics"]``; iterate for (name, frame)."""

    @abstractmethod
    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table by name; raises KeyError for a name that the schema does not have."""

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table."""
        return self[name].select(columns)

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how often each combination of values stands in a table: the columns, and ``len``."""
        return self[name].group_by(columns).len()

    def forget(self, name: str) -> None:  # noqa: B027  tables that were stored have nothing to let go of
        """Let go of a table that will not be asked for again; it can be made anew."""

    def __iter__(self) -> Iterator[tuple[str, pl.DataFrame]]:
        for name in TABLE_NAMES:
            yield name, self[name]

    @property
    def log(self) -> pl.DataFrame:
        """One row: what the log is."""
        return self["log"]

    @property
    def builds(self) -> pl.DataFrame:
        """One row per pass of the builder."""
        return self["builds"]

    @property
    def layers(self) -> pl.DataFrame:
        """One row per layer that was costed."""
        return self["layers"]

    @property
    def combinations(self) -> pl.DataFrame:
        """One row per format combination and reformat, with its winner."""
        return self["combinations"]

    @property
    def runners(self) -> pl.DataFrame:
        """One row per runner tried on a combination."""
        return self["runners"]

    @property
    def tactics(self) -> pl.DataFrame:
        """One row per candidate."""
        return self["tactics"]

    @property
    def op_tactics(self) -> pl.DataFrame:
        """One row per row of a Myelin table."""
        return self["op_tactics"]

    @property
    def reformats(self) -> pl.DataFrame:
        """One row per reformat layer that the builder added to the network."""
        return self["reformats"]

    @property
    def engine_layers(self) -> pl.DataFrame:
        """One row per layer of the finished engines, with its kernel and time."""
        return self["engine_layers"]

    @property
    def choices(self) -> pl.DataFrame:
        """One row per format combination that an engine layer may have by its tactic."""
        return self["choices"]

    @property
    def engine_ops(self) -> pl.DataFrame:
        """One row per operation of a fused region in the engine."""
        return self["engine_ops"]

    @property
    def options(self) -> pl.DataFrame:
        """trtexec's echo of its options, and the device block."""
        return self["options"]

    @property
    def performance(self) -> pl.DataFrame:
        """trtexec's measurements of the engine."""
        return self["performance"]

    @property
    def profile(self) -> pl.DataFrame:
        """Rows of ``--dumpProfile``."""
        return self["profile"]

    @property
    def memory(self) -> pl.DataFrame:
        """Memory that the builder prints, in bytes."""
        return self["memory"]

    @property
    def timing_cache(self) -> pl.DataFrame:
        """What was said about the timing cache."""
        return self["timing_cache"]

    @property
    def build_times(self) -> pl.DataFrame:
        """Where the seconds of the builds went; the rows add up."""
        return self["build_times"]

    @property
    def joined(self) -> pl.DataFrame:
        """What files beside the log filled in, and where they disagree with it."""
        return self["joined"]

    @property
    def messages(self) -> pl.DataFrame:
        """Warnings and errors."""
        return self["messages"]

    @property
    def unread(self) -> pl.DataFrame:
        """One row per shape of line that no rule reads."""
        return self["unread"]

    @property
    def ledger(self) -> pl.DataFrame:
        """Every line of the log, counted once."""
        return self["ledger"]


class StoredTables(TableSet):
    """Tables that were made before."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = dict(frames)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._frames[name]
