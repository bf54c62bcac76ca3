"""What was timed in a build, by what it is called in both: layer, formats, runner and tactic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from tacticlens.diff.model import Layer
from tacticlens.tables.table_set import TableSet

KEYS = ["name", "formats", "runner", "tactic"]
_SHORTER, _LONGER = math.log(2), math.log(4)
"""How much shorter or longer a similar duration is: shorter kernels spike more, longer ones less."""
_ENOUGH_SIMILAR = 20
T = TypeVar("T")


def measured(tables: TableSet, build: int | None) -> pl.DataFrame:
    """Return what was timed for a build: name, formats, runner, tactic, kernel, time_ms, combination.

    Args:
        tables: the tables.
        build: number of the build; None = nothing is known of it.
    """
    layers = tables.slim("layers", ["layer", "name"]).rename({"name": "_layer"})
    combinations = (
        tables.slim("combinations", ["build", "layer", "combination", "origin", "subject", "formats"])
        .filter(pl.col("build") == (build if build is not None else -1))
        .join(layers, on="layer", how="left", maintain_order="left")
        .select(
            pl.coalesce("origin", "combination").alias("combination"),
            pl.coalesce("_layer", "subject").alias("name"),
            pl.col("formats").fill_null(""),
        )
        .filter(pl.col("name").is_not_null())
    )
    wanted = combinations["combination"].unique().to_list()
    tactics = (
        tables.slim("tactics", ["combination", "runner", "tactic", "kernel", "time_ms", "status"])
        .filter(pl.col("combination").is_in(wanted), pl.col("status") == "timed", pl.col("time_ms") > 0)
        .select("combination", pl.col("runner").fill_null(""), "tactic", "kernel", "time_ms")
    )
    # one id may be timed several times in a combination, with other numbers of splits: the fastest counts
    return (
        combinations.join(tactics, on="combination", how="inner", maintain_order="left_right")
        .group_by(KEYS, maintain_order=True)
        .agg(pl.col("kernel").first(), pl.col("time_ms").min(), pl.col("combination").first())
    )


@dataclass(frozen=True)
class Moved:
    """One measurement that both builds have: its duration (geometric mean, ms), log of new over old, kernel."""

    ms: float
    log_ratio: float
    key: str


@dataclass(frozen=True)
class Times:
    """Times of the candidates of a layer, by (formats, runner, tactic), and by kernel where one has it."""

    by_id: dict[tuple[str, str, str], float]
    by_kernel: dict[tuple[str, str, str], float]

    def of(self, layer: Layer) -> float | None:
        """Return the time of what a layer took, in the same formats; None if it was not timed here."""
        places = {key[0] for key in self.by_id}
        if layer.formats_source == "combination":
            places = {layer.formats or ""}
        found = {
            time
            for place in places
            for time in [
                self.by_id.get((place, layer.runner or "", layer.tactic or ""))
                # another version may give the same kernel another id
                or self.by_kernel.get((place, layer.runner or "", layer.kernel or "\0"))
            ]
            if time is not None
        }
        return found.pop() if len(found) == 1 else None


def similar(of: Sequence[T], ms: float, duration: Callable[[T], float]) -> list[T]:
    """Return those of similar duration; where they are few, those that come nearest."""
    near = [one for one in of if -_SHORTER <= math.log(duration(one) / ms) <= _LONGER]
    if len(near) >= _ENOUGH_SIMILAR:
        return near
    return sorted(of, key=lambda one: abs(math.log(duration(one) / ms)))[:_ENOUGH_SIMILAR]


def key_of(layer: Layer) -> str:
    """Return what a layer's tactic is called among the movements."""
    return layer.kernel or f"{layer.runner} {layer.tactic}"


def log_ratio(slow: float | None, fast: float | None) -> float | None:
    """Return the logarithm of a ratio; None if a time is not known."""
    return log_of(slow, fast) if slow and fast else None


def log_of(after: float, before: float) -> float:
    """Return the logarithm of after over before.

    A difference and not the logarithm of a quotient: with the times swapped it has the same digits, so that a
    movement at the very edge of a limit is judged alike from both sides.
    """
    return math.log(after) - math.log(before)
