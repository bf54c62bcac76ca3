"""What an engine's time is made of, for a sentence: shares with their bounds, and the clock they are measured with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tacticlens.tables.intervals import Interval
from tacticlens.tables.profiles import statistic_of
from tacticlens.tables.shares import shares
from tacticlens.tables.table_set import TableSet

Clock = Literal["profile_median", "profile_average", "nsys", "framework", "tactic", "mixed", "none"]
"""What the times are: layers of a profiled inference (median or average of the iterations), kernels seen by a
profiler, tactics that the builder timed one by one, several of these, or no times at all."""


@dataclass(frozen=True)
class EngineTime:
    """How the time of an engine divides.

    Attributes:
        engine: number of the engine.
        build: the optimization profile's build, if one was asked for.
        clock: what the times are.
        layers: number of layers of the engine.
        untimed_layers: layers that do work and have no time in the log.
        total_ms: sum of the layers' times; the high bound is None where a layer has no bound.
        gemm: share of the time in matrix products, 0 to 1; None where no time is known.
        tensor_core: share of the time on Tensor Cores.
        reformat: share of reformats, copies, permutations and shuffles.
    """

    engine: int | None
    build: int | None
    clock: Clock
    layers: int
    untimed_layers: int
    total_ms: Interval
    gemm: Interval | None
    tensor_core: Interval | None
    reformat: Interval | None


def engine_time(tables: TableSet, engine: int | None, build: int | None = None) -> EngineTime:
    """Return how the time of an engine, or of one of its optimization profiles, divides.

    Args:
        tables: the tables of the log.
        engine: number of the engine, as `tables.shares.engines` gives them.
        build: only this optimization profile's build, as `tables.shares.profiles` gives them; None = all.
    """
    parts = shares(tables, engine, build)
    known = parts.time_source != "none"
    return EngineTime(
        engine=engine,
        build=build,
        clock=clock_of(tables, parts.time_source),
        layers=parts.layers,
        untimed_layers=parts.untimed_layers,
        total_ms=parts.total_bounds,
        gemm=parts.gemm_bounds if known else None,
        tensor_core=parts.tensor_core_bounds if known else None,
        reformat=parts.reformat_bounds if known else None,
    )


def clock_of(tables: TableSet, source: str) -> Clock:
    """Return the clock of times of a source, as `Shares.time_source` has it."""
    if source == "profile":
        return "profile_median" if statistic_of(tables.profile) == "median" else "profile_average"
    clocks: dict[str, Clock] = {
        "nsys": "nsys",
        "framework": "framework",
        "tactic": "tactic",
        "mixed": "mixed",
    }
    return clocks.get(source, "none")
