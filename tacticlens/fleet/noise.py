"""How far repeated measurements of one tactic stray from their median, by GPU, version and duration."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.operations import KEYS, networks

BANDS_MS = (0.016, 0.04)
"""Durations between which noise differs most: shorter times are the noisier."""


def noise(dataset: Dataset) -> pl.DataFrame:
    """Return the spread of repeated measurements.

    A measurement is repeated when several builds of one network, on one GPU and version, timed the same tactic of the
    same runner for the same layer and formats. By how much all tactics of a build were faster or slower is taken out
    and told apart, as ``pace``.

    Returns:
        Columns gpu, tensorrt_version, from_ms, to_ms (of duration), tactics, measurements, logs; p01, p10, p90, p99,
        least, most: measured over usual time, minus 1; pace: the most that a whole build was off, as a share.
    """
    each = _repeated(dataset).with_columns((pl.col("time_ms") / pl.col("usual_ms")).log().alias("_off"))
    each = each.collect(engine="streaming").lazy()  # numbers alone, 40 bytes a measurement
    pace = each.group_by("_build").agg(pl.col("_off").median().alias("_pace"))
    known = dataset.logs.lazy().select(pl.col("sha256").hash().alias("_log"), *KEYS)
    off = (
        each.join(pace, on="_build")
        .join(known, on="_log")
        .with_columns(
            (pl.col("_off") - pl.col("_pace")).alias("_own"),
            _band("from").alias("from_ms"),
            _band("to").alias("to_ms"),
        )
    )

    def share(expression: pl.Expr) -> pl.Expr:
        return expression.exp() - 1

    own = pl.col("_own")
    return (
        off.group_by(*KEYS, "from_ms", "to_ms")
        .agg(
            pl.col("_of").n_unique().alias("tactics"), pl.len().alias("measurements"),
            pl.col("_log").n_unique().alias("logs"),
            share(own.quantile(0.01)).alias("p01"), share(own.quantile(0.1)).alias("p10"),
            share(own.quantile(0.9)).alias("p90"), share(own.quantile(0.99)).alias("p99"),
            share(own.min()).alias("least"), share(own.max()).alias("most"),
            share(pl.col("_pace").abs().max()).alias("pace"),
        )
        .sort(*KEYS, "from_ms", nulls_last=True)
        .collect(engine="streaming")
    )  # fmt: skip


def _repeated(dataset: Dataset) -> pl.LazyFrame:
    """Return the times of tactics that were timed at least twice.

    There may be billions of them: all that says what was measured is one number, ``_of``, as are its build and log.
    Columns _of, _build, _log, time_ms, usual_ms (the median of all).
    """
    place = pl.struct("sha256", "combination").hash().alias("_place")
    what = pl.struct(*KEYS, "network", "profile", "name", "formats").hash().alias("_what")
    build = pl.struct("sha256", "build").hash().alias("_build")
    places = (
        dataset.table("combinations")
        .filter(pl.col("purpose") == "layer")
        .select("sha256", "build", "layer", "combination", "formats", *KEYS)
        .join(dataset.table("layers").select("sha256", "layer", "name"), on=["sha256", "layer"])
        .join(networks(dataset), on=["sha256", "build"])
        .select(place, what, build, pl.col("sha256").hash().alias("_log"))
    )
    timed = (
        dataset.table("tactics")
        .filter(pl.col("time_ms") > 0)
        .select(place, pl.struct("runner", "tactic").hash().alias("_tactic"), "time_ms")
        .join(places, on="_place")
        .select(pl.struct("_what", "_tactic").hash().alias("_of"), "_build", "_log", "time_ms")
    )
    usual = timed.group_by("_of").agg(pl.col("time_ms").median().alias("usual_ms"), pl.len().alias("_times"))
    return timed.join(usual.filter(pl.col("_times") > 1).drop("_times"), on="_of")


def _band(side: str) -> pl.Expr:
    edges = (0.0, *BANDS_MS, None)
    found = pl.lit(None, dtype=pl.Float64)
    for low, high in pairwise(edges):
        value = pl.lit(low if side == "from" else high, dtype=pl.Float64)
        found = pl.when(pl.col("usual_ms") >= low).then(value).otherwise(found)
    return found
