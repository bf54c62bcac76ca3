"""The layers of the engines of a fleet, with what says that two of them do the same: operation, shapes and types."""

from __future__ import annotations

import polars as pl

from tacticlens.fleet.dataset import Dataset

KEYS = ("gpu", "tensorrt_version")


def operations(dataset: Dataset, logs: pl.DataFrame | None = None) -> pl.LazyFrame:
    """Return the layers of the last engine of each log.

    Columns: those of ``engine_layers``, and ``shape`` (dimensions of inputs -> outputs), ``types`` (of the same),
    ``source`` (where the time is from: profile, nsys or tactic) and ``choice`` (the kernel, else the tactic).
    """
    return described(dataset.table("engine_layers", logs))


def described(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return rows of ``engine_layers`` with their ``sha256`` as `operations` does."""
    last = rows.group_by("sha256").agg(pl.col("engine").max().alias("_last"))
    tactic = pl.col("time_source").is_in(["tactic", "twin"])
    return (
        rows.join(last, on="sha256")
        .filter(pl.col("engine").eq_missing(pl.col("_last")), pl.col("name").is_not_null())
        .drop("_last")
        .with_columns(
            _sides(_dims).alias("shape"),
            _sides(pl.element().struct.field("dtype")).alias("types"),
            pl.when(tactic).then(pl.lit("tactic")).otherwise("time_source").alias("source"),
            pl.coalesce("kernel", "tactic").alias("choice"),
        )
    )  # fmt: skip


# `160:32` is 160 in vectors of 32, and versions print other negative numbers for what is dynamic
_dims = (
    pl.element().struct.field("dims").list.join("x").str.replace_all(r":\d+", "").str.replace_all(r"-\d+", "?")
)  # fmt: skip


def _sides(of_tensor: pl.Expr) -> pl.Expr:
    """Return `a, b -> c`; null where the log has no tensors."""
    inputs, outputs = (pl.col(side).list.eval(of_tensor).list.join(", ") for side in ("inputs", "outputs"))
    known = (pl.col("inputs").list.len() > 0) | (pl.col("outputs").list.len() > 0)
    return pl.when(known).then(pl.concat_str(inputs, pl.lit(" -> "), outputs))


def tried(dataset: Dataset, layers: pl.LazyFrame, logs: pl.DataFrame | None = None) -> pl.LazyFrame:
    """Return what was tried for some layers.

    Args:
        dataset: the logs.
        layers: ``sha256``, ``build``, ``name``, ``combination`` of layers, and whatever shall go with their candidates.
        logs: the logs in which they are; None = all.

    Returns:
        The columns of ``layers`` and runner, tactic, kernel, time_ms, status, won (it is the fastest of its format
        combination), one row per measurement.
    """
    named = dataset.table("layers", logs).select("sha256", "build", "layer", "name")
    combinations = dataset.table("combinations", logs).filter(pl.col("purpose") == "layer")
    own = combinations.select(
        "sha256", "layer", pl.coalesce("origin", "combination").alias("combination")
    )  # fmt: skip
    # a combination that repeats an earlier one has the candidates and the winner of that
    winners = dataset.table("combinations", logs).select(
        "sha256", "combination", pl.col("runner").alias("_runner"), pl.col("tactic").alias("_tactic")
    )  # fmt: skip
    tactics = dataset.table("tactics", logs).select(
        "sha256", "combination", "runner", "tactic", "kernel", "time_ms", "status"
    )
    won = pl.col("runner").eq_missing(pl.col("_runner")) & pl.col("tactic").eq_missing(pl.col("_tactic"))
    # a twin was measured under the name of another layer: its combination says which
    twins = combinations.select("sha256", "combination", "layer")
    has = pl.col("combination").is_not_null()
    costed = pl.concat([
        layers.filter(has).join(twins, on=["sha256", "combination"]).drop("combination"),
        layers.filter(~has).drop("combination").join(named, on=["sha256", "build", "name"]),
    ], how="diagonal")  # fmt: skip
    return (
        costed.join(own, on=["sha256", "layer"])
        .join(winners, on=["sha256", "combination"])
        .join(tactics, on=["sha256", "combination"])
        .with_columns(won.alias("won"))
        .drop("_runner", "_tactic", "layer")
    )


def networks(dataset: Dataset) -> pl.LazyFrame:
    """Return ``sha256``, ``build``, ``profile``, ``network``: equal where builds are of one network in the same shapes.

    Networks are told apart by the names, formats and shapes of all their layers that were costed: names alone, as
    ``Conv_0``, are those of many networks.
    """
    by = ["sha256", "build"]
    layers = dataset.table("layers").select(*by, "layer", "name")
    formats = (
        dataset.table("combinations")
        .filter(pl.col("purpose") == "layer")
        .select("sha256", "layer", "formats")
    )
    costed = (
        layers.join(formats, on=["sha256", "layer"])
        .group_by(by)
        .agg(_all_of("name", "formats").alias("_costed"))
    )
    shapes = operations(dataset).select("sha256", "name", "shape").drop_nulls()
    printed = shapes.join(layers, on=["sha256", "name"], how="semi").group_by("sha256")
    return (
        costed.join(printed.agg(_all_of("name", "shape").alias("_printed")), on="sha256", how="left")
        .join(dataset.table("builds").select(*by, "profile"), on=by)
        .select(*by, "profile", pl.struct("_costed", "_printed").hash().alias("network"))
    )


def _all_of(*columns: str) -> pl.Expr:
    """Return one number for all the values of some columns, whatever their order."""
    return pl.concat_str(*columns, separator="|").unique().sort().str.join("\n").hash()
