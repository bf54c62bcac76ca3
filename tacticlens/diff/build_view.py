"""A build that is compared: its tables, its layers, and what it measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tacticlens.diff.measurements import measured
from tacticlens.diff.model import BuildSummary, Layer
from tacticlens.diff.side import Chosen, choose, layers_of
from tacticlens.diff.totals import side_of, winners_side_of
from tacticlens.diff.winners import choose_build, winners_of
from tacticlens.tables.table_set import TableSet


@dataclass(frozen=True)
class BuildView:
    """One build of a log, ready to be compared."""

    tables: TableSet
    chosen: Chosen
    layers: list[Layer]
    side: BuildSummary
    engine: bool = True
    """The layers are those of an engine; else they are winners of format combinations."""

    @classmethod
    def of(cls, tables: TableSet, build: int | None) -> BuildView:
        """Return the build that is meant; None = the last engine's, its first optimization profile.

        Raises:
            UsageError: there is no such build, or it has no engine layers.
        """
        return cls.at(tables, choose(tables, build))

    @classmethod
    def at(cls, tables: TableSet, chosen: Chosen) -> BuildView:
        """Return the build of an engine whose numbers are known."""
        layers = layers_of(tables, chosen)
        return cls(tables, chosen, layers, side_of(tables, chosen, layers))

    @classmethod
    def of_winners(cls, tables: TableSet, build: int | None) -> BuildView:
        """Return what is known of a build whose engine is not compared: the winners of its format combinations.

        Raises:
            UsageError: there is no such build, or it has no winners.
        """
        number = choose_build(tables, build)
        units = winners_of(tables, number)
        return cls(tables, (None, number), units, winners_side_of(tables, number, units), engine=False)

    def in_log_of(self, other: BuildView) -> bool:
        """Tell whether both are builds of one log."""
        return self.tables is other.tables or self.tables.log.equals(other.tables.log)

    @cached_property
    def measured(self) -> pl.DataFrame:
        """What was timed for it: name, formats, runner, tactic, kernel, time_ms, combination."""
        return measured(self.tables, self.chosen[1])

    @property
    def identity(self) -> tuple[str | None, int | None]:
        """What tells an engine from others: two copies of a log hold the same one."""
        log = self.tables.log.row(0, named=True)
        return log["sha256"] or log["source"], self.chosen[0]

    @property
    def named(self) -> tuple[str | None, int | None]:
        """Its log, and its number where the log has several engines."""
        return self.side.source, self.chosen[1] if self.side.engines > 1 else None
