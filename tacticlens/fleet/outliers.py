"""Builds whose choice for a layer is not the one that the fleet mostly has for it, and what that costs."""

from __future__ import annotations

import polars as pl

from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.operations import KEYS, operations

LEAST_LOGS = 3
"""Fewer say nothing about what is usual."""
MOST = 0.6
"""Share of the logs whose choice is the usual one; where it is smaller the fleet has no habit."""
_SAME = (*KEYS, "name", "shape", "types", "source")


def outliers(dataset: Dataset) -> pl.DataFrame:
    """Return the layers that got another kernel or tactic than in most logs of their GPU and version.

    Compared are layers of one name, with the same shapes and types, and times of one source.

    Returns:
        Columns sha256, address, gpu, tensorrt_version, labels, name, shape, types, choice, time_ms, usual,
        usual_share, usual_logs, usual_ms, cost_ms (its time minus the median of those with the usual choice; null
        where a time is not known). What costs most first.
    """
    rows = operations(dataset).filter(pl.col("choice").is_not_null()).select(
        "sha256", "build", "position", *_SAME, "choice", "time_ms"
    ).unique(("sha256", *_SAME), keep="first")  # fmt: skip
    each = rows.collect(engine="streaming")
    counted = each.group_by(*_SAME, "choice").agg(
        pl.len().alias("_logs"), pl.col("time_ms").median().alias("usual_ms")
    )
    usual = (
        counted.with_columns(pl.col("_logs").sum().over(_SAME).alias("usual_logs"))
        .sort("_logs", "choice", descending=[True, False])
        .unique(_SAME, keep="first", maintain_order=True)
        .with_columns((pl.col("_logs") / pl.col("usual_logs")).alias("usual_share"))
        .filter(pl.col("usual_logs") >= LEAST_LOGS, pl.col("usual_share") >= MOST)
        .rename({"choice": "usual"})
        .drop("_logs")
    )
    others = each.join(usual, on=_SAME, nulls_equal=True).filter(pl.col("choice") != pl.col("usual"))
    known = dataset.logs.select("sha256", "address", *dataset.labels)
    return (
        others.join(known, on="sha256")
        .with_columns((pl.col("time_ms") - pl.col("usual_ms")).alias("cost_ms"))
        .select(
            "sha256", "address", *KEYS, *dataset.labels, "name", "shape", "types", "choice", "time_ms", "usual",
            "usual_share", "usual_logs", "usual_ms", "cost_ms",
        )
        .sort("cost_ms", "address", "name", descending=[True, False, False], nulls_last=True)
    )  # fmt: skip
