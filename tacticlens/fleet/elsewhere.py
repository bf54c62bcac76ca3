"""What the fleet knows of one log: its repeats, faster kernels of its layers, tactics that usually win."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.diff.baseline import repeats_of
from tacticlens.diff.build_view import BuildView
from tacticlens.errors import UsageError
from tacticlens.errors.fleet import no_repeats
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.operations import described, operations
from tacticlens.tables.table_set import TableSet

LEAST_LOGS = 3
"""Fewer other logs are an anecdote."""
MOST_REPEATS = 12
"""Repeats beyond these teach nothing new about noise, and each takes time."""
_EXAMPLES = 3
_SAME = ["shape", "types", "source", "gemm"]


def repeats(
    dataset: Dataset, old: TableSet, new: TableSet, old_build: int | None, new_build: int | None
) -> list[TableSet]:
    """Return the logs of a dataset that repeat the old build: same network, GPU and version; the newest first.

    Raises:
        UsageError: there is none.
    """
    log = old.log.row(0, named=True)
    sides = BuildView.of(old, old_build), BuildView.of(new, new_build)
    names = old["layers"]["name"].drop_nulls().unique().to_list()
    known = dataset.logs.filter(
        pl.col("tensorrt_version").eq_missing(pl.lit(log["tensorrt_version"])),
        pl.col("gpu").eq_missing(pl.lit(log["gpu"])),
        ~pl.col("sha256").is_in([log["sha256"], new.log["sha256"][0]]),
    )
    common = (
        dataset.table("layers", known)
        .filter(pl.col("name").is_in(names))
        .group_by("sha256")
        .agg(pl.col("name").n_unique().alias("_common"))
        .filter(pl.col("_common") >= 0.9 * len(names))
        .collect(engine="streaming")
    )
    likely = known.join(common, on="sha256").sort("collected_at", descending=True)
    found: list[TableSet] = []
    for digest in likely["sha256"].to_list():
        tables = dataset.tables(digest)
        try:
            repeats_of(*sides, [(tables, None)])
        except UsageError:  # of another network, or with the timing cache of another build
            continue
        found.append(tables)
        if len(found) == MOST_REPEATS:
            break
    if not found:
        raise no_repeats(
            dataset.address, len(dataset.logs), log["source"], log["tensorrt_version"], log["gpu"]
        )
    return found


def elsewhere(dataset: Dataset, tables: TableSet) -> list[Elsewhere]:
    """Return the layers of a log for which most other logs of its GPU have another kernel, always faster."""
    log = tables.log.row(0, named=True)
    if log["gpu"] is None:
        return []
    digest = log["sha256"]
    mine = described(tables["engine_layers"].lazy().with_columns(pl.lit(digest).alias("sha256")))
    here = mine.filter(
        pl.col("time_ms") > 0, pl.col("shape").is_not_null(), pl.col("choice").is_not_null()
    ).collect()
    others = dataset.logs.filter(pl.col("gpu") == log["gpu"], pl.col("sha256") != digest)
    wanted = here.select(_SAME).unique().lazy()
    there = (
        operations(dataset, others)
        .filter(pl.col("time_ms") > 0, pl.col("choice").is_not_null())
        .join(wanted, on=_SAME, how="semi", nulls_equal=True)
        .select("sha256", *_SAME, "choice", "time_ms", "tensorrt_version")
        .collect(engine="streaming")
    )
    return list(_faster(here, there, dict(others.select("sha256", "address").iter_rows())))


def _faster(here: pl.DataFrame, there: pl.DataFrame, addresses: dict[str, str]) -> Iterator[Elsewhere]:
    counted = there.group_by(*_SAME, "choice").agg(
        pl.col("sha256").n_unique().alias("logs"), pl.col("time_ms").median().alias("ms"),
        pl.col("time_ms").min().alias("low"), pl.col("time_ms").max().alias("high"),
        pl.col("tensorrt_version").drop_nulls().unique().sort().alias("versions"),
        pl.col("sha256").unique().sort().head(_EXAMPLES).alias("examples"),
    )  # fmt: skip
    of = there.group_by(_SAME).agg(pl.col("sha256").n_unique().alias("of"))
    usual = (
        counted.join(of, on=_SAME, nulls_equal=True)
        .sort("logs", "ms", "choice", descending=[True, False, False])
        .unique(_SAME, keep="first", maintain_order=True)
        .filter(pl.col("of") >= LEAST_LOGS, pl.col("logs") * 2 > pl.col("of"))
        .rename({"choice": "_other"})
    )
    better = here.join(usual, on=_SAME, nulls_equal=True, maintain_order="left").filter(
        pl.col("_other") != pl.col("choice"), pl.col("high") < pl.col("time_ms")
    )
    for row in better.iter_rows(named=True):
        yield Elsewhere(
            row["engine"], row["position"], row["build"], row["name"], row["line"], row["choice"], row["time_ms"],
            row["_other"], row["ms"], row["low"], row["high"], row["logs"], row["of"], tuple(row["versions"]),
            tuple(addresses[digest] for digest in row["examples"]),
        )  # fmt: skip


def usual_tactics(dataset: Dataset, tables: TableSet) -> dict[str, str]:
    """Return the tactic that most logs of the GPU and version of a log took for each of its keys of a timing cache."""
    log = tables.log.row(0, named=True)
    keys = tables["op_tactics"]["key"].drop_nulls().unique().to_list()
    others = dataset.logs.filter(
        pl.col("tensorrt_version").eq_missing(pl.lit(log["tensorrt_version"])),
        pl.col("gpu").eq_missing(pl.lit(log["gpu"])),
        pl.col("sha256") != log["sha256"],
    )
    printed_choice = pl.col("chosen").fill_null(False)
    taken = (
        dataset.table("op_tactics", others)
        .filter(pl.col("key").is_in(keys), pl.col("tactic_hash").is_not_null())
        .sort(printed_choice, "time_ms", descending=[True, False], nulls_last=True)
        .unique(["sha256", "key"], keep="first", maintain_order=True)
        .group_by("key", "tactic_hash")
        .agg(pl.len().alias("logs"))
        .collect(engine="streaming")
    )
    usual = (
        taken.with_columns(pl.col("logs").sum().over("key").alias("of"))
        .filter(pl.col("of") >= LEAST_LOGS, pl.col("logs") * 2 > pl.col("of"))
        .sort("key")
    )
    return dict(usual.select("key", "tactic_hash").iter_rows())
