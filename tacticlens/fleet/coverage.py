"""What a fleet has seen: versions and GPUs, and the lines that the parser should learn next."""

from __future__ import annotations

import polars as pl

from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.operations import KEYS


def coverage(dataset: Dataset) -> pl.DataFrame:
    """Return three kinds of rows.

    logs: of a version and GPU, how many there are, their lines and how many of these are TensorRT's and were not read.
    unread: a shape of line that no rule reads, with the logs and lines that have it, most logs first.
    failed: a reason why logs are not in the dataset, with their number.

    Returns:
        Columns kind, tensorrt_version, gpu, logs, passed, lines, unread, share (unread of lines), text.
    """
    return pl.concat([_logs(dataset), _unread(dataset), _failed(dataset)], how="diagonal").select(
        "kind", "tensorrt_version", "gpu", "logs", "passed", "lines", "unread", "share", "text"
    )


def _logs(dataset: Dataset) -> pl.DataFrame:
    unread = (
        dataset.table("ledger")
        .filter(pl.col("outcome") == "unread")
        .group_by("sha256")
        .agg(pl.col("lines").sum().alias("unread"))
        .collect(engine="streaming")
    )
    return (
        dataset.logs.join(unread, on="sha256", how="left")
        .group_by(KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("logs"),
            (pl.col("outcome") == "passed").sum().cast(pl.Int64).alias("passed"),
            pl.col("lines").sum(),
            pl.col("unread").sum(),
        )
        .with_columns(pl.lit("logs").alias("kind"), (pl.col("unread") / pl.col("lines")).alias("share"))
        .sort(KEYS, nulls_last=True)
    )


def _unread(dataset: Dataset) -> pl.DataFrame:
    """Return the shapes of lines, those alike but for their numbers as one."""
    shape = pl.col("text").str.replace_all(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?", "#")
    return (
        dataset.table("unread")
        .group_by(shape.alias("_shape"))
        .agg(
            pl.col("text").sort().first(),
            pl.col("sha256").n_unique().cast(pl.Int64).alias("logs"),
            pl.col("lines").sum().alias("unread"),
            pl.col("tensorrt_version").drop_nulls().unique().sort().str.join(" ").alias("tensorrt_version"),
        )
        .sort("logs", "unread", "text", descending=[True, True, False])
        .with_columns(pl.lit("unread").alias("kind"), pl.col("tensorrt_version").replace("", None))
        .drop("_shape")
        .collect(engine="streaming")
    )


def _failed(dataset: Dataset) -> pl.DataFrame:
    reason = pl.col("reason").str.replace_all(r"\d[\d,]*", "#")
    return (
        dataset.failed.group_by(reason.alias("_reason"))
        .agg(pl.len().cast(pl.Int64).alias("logs"), pl.col("reason").first().alias("text"))
        .with_columns(pl.lit("failed").alias("kind"))
        .sort("logs", "text", descending=[True, False])
    )
