"""How the time of an engine divides: by family, matrix work, Tensor Cores, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tacticlens.tables.table_set import TableSet

REFORMAT_FAMILIES = ("reformat", "copy", "permute", "shuffle")
IDLE_FAMILIES = frozenset({"noop", "fill_constant"})
"""Families that cost nothing while the engine runs."""
MAYBE_MATRIX_FAMILIES = frozenset({"myelin", "plugin", "unknown", "direct_conv"})
"""Families whose time may be matrix work, as far as is known."""


@dataclass(frozen=True)
class Shares:
    """Shares of an engine's time, 0 to 1; None where no layer has a time.

    Attributes:
        engine: number of the engine; None for an engine that no build of the log made.
        time_ms: sum over the layers whose time is known.
        time_source: where the times come from: `profile`, `tactic`, `mixed` or `none`.
        layers: number of engine layers.
        working_layers: engine layers that do work: no constants, no no-ops.
        untimed_layers: those of them whose time the log does not tell.
        gemm: time in matrix products.
        tensor_core: time on Tensor Cores, proven by a kernel name.
        tensor_core_unknown: time of matrix work, or of what may be, without a name that decides.
        reformat: time in reformats, copies, permutations and shuffles.
        untold: time in fused regions whose kernels the log does not print.
        reformat_layers: engine layers that are reformats, copies, permutations or shuffles.
        untimed_reformats: those of them whose time the log does not tell.
    """

    engine: int | None
    time_ms: float
    time_source: str
    layers: int
    working_layers: int
    untimed_layers: int
    gemm: float | None
    tensor_core: float | None
    tensor_core_unknown: float | None
    reformat: float | None
    untold: float | None
    reformat_layers: int = 0
    untimed_reformats: int = 0


def engines(tables: TableSet) -> list[int | None]:
    """Return the engines whose layers the log prints, in order."""
    numbers: list[int | None] = tables.engine_layers["engine"].unique(maintain_order=True).to_list()
    return numbers


def profiles(tables: TableSet, engine: int | None) -> list[int | None]:
    """Return the builds that an engine is made of: one per optimization profile, of which one runs at a time."""
    layers = tables.engine_layers.filter(pl.col("engine").eq_missing(engine))
    builds: list[int | None] = layers["build"].unique().sort().to_list()
    return builds


def of_engine(frame: pl.DataFrame, engine: int | None, build: int | None) -> pl.DataFrame:
    """Return the rows of an engine; with a build only those of that optimization profile."""
    chosen = frame.filter(pl.col("engine").eq_missing(engine))
    return chosen if build is None else chosen.filter(pl.col("build") == build)


def work(tables: TableSet, engine: int | None, build: int | None = None) -> pl.DataFrame:
    """Return the parts of an engine's time: one row per layer, fused regions divided by their operations.

    Args:
        tables: the tables.
        engine: number of the engine.
        build: only the layers of this build, which is one optimization profile; None = all.

    A region's time is measured as a whole; its operations' costs are measured one by one. Operations
    take their cost (scaled down if they exceed the region), the rest stays `myelin`, unknown.

    Columns: position, name, family, gemm, tensor_core, time_ms (null = not known), time_source.
    """
    return divided(
        of_engine(tables.engine_layers, engine, build), of_engine(tables.engine_ops, engine, build)
    )


_PLACE = ["engine", "position"]


def divided(layers: pl.DataFrame, ops: pl.DataFrame) -> pl.DataFrame:
    """Return what `work` returns, with the number of the engine, of rows of `engine_layers` and `engine_ops`."""
    columns = [*_PLACE, "name", "family", "gemm", "tensor_core", "time_ms", "time_source"]
    if ops.is_empty():
        return layers.select(columns)
    regions = layers.select(*_PLACE, "name", "time_source", pl.col("time_ms").alias("_region"))
    costs = ops.group_by(_PLACE, maintain_order=True).agg(pl.col("time_ms").sum().alias("_costs"))
    parts = (
        ops.select(*_PLACE, "family", "gemm", "tensor_core", "time_ms")
        .join(regions, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
        .join(costs, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            (pl.col("time_ms") * pl.min_horizontal(pl.lit(1.0), pl.col("_region") / pl.col("_costs"))).alias(
                "time_ms"
            )
        )
        .select(columns)
    )
    is_divided = pl.col("_costs").is_not_null()
    rest = layers.join(costs, on=_PLACE, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.when(is_divided)
        .then((pl.col("time_ms") - pl.col("_costs")).clip(lower_bound=0.0))
        .otherwise("time_ms")
        .alias("time_ms"),
        pl.when(is_divided).then(False).otherwise("gemm").alias("gemm"),
        pl.when(is_divided).then(pl.lit("unknown")).otherwise("tensor_core").alias("tensor_core"),
    )
    return pl.concat([rest.select(columns), parts]).sort(_PLACE, maintain_order=True)


def by_family(tables: TableSet, engine: int | None, build: int | None = None) -> pl.DataFrame:
    """Return layers, time and share per family of one engine, or of one of its profiles, longest first.

    Columns: family, layers (a region counts under each of its families), time_ms, share, tensor_core_ms.
    """
    return families_of(work(tables, engine, build))


def families_of(parts: pl.DataFrame) -> pl.DataFrame:
    """Return what `by_family` returns, of the parts of an engine's time."""
    total = parts["time_ms"].sum()
    return (
        parts.group_by("family", maintain_order=True)
        .agg(
            pl.col("position").n_unique().alias("layers"),
            pl.col("time_ms").sum(),
            pl.col("time_ms").filter(pl.col("tensor_core") == "yes").sum().alias("tensor_core_ms"),
        )
        .with_columns((pl.col("time_ms") / total if total else pl.lit(None, dtype=pl.Float64)).alias("share"))
        .sort("time_ms", descending=True, maintain_order=True)
    )


def shares(tables: TableSet, engine: int | None, build: int | None = None) -> Shares:
    """Return the shares of one engine, or of one of its optimization profiles."""
    layers = of_engine(tables.engine_layers, engine, build)
    parts = divided(layers, of_engine(tables.engine_ops, engine, build))
    return shares_of_each(layers, parts, ["engine"]).get((engine,), _none_of(engine))


def shares_of_each(
    layers: pl.DataFrame, parts: pl.DataFrame, by: list[str]
) -> dict[tuple[int | None, ...], Shares]:
    """Return the shares of several engines at once.

    Args:
        layers: their rows of `engine_layers`.
        parts: the parts of their time, as `divided` gives them.
        by: columns of both that tell them apart; the first is the number of the engine.

    Returns:
        The values of those columns -> shares.
    """
    # in order, so that sums are the same to the last digit however many engines there are
    sums = parts.group_by(by, maintain_order=True).agg(_SUMS)
    working = pl.col("family").is_in(IDLE_FAMILIES).not_()
    moving = pl.col("family").is_in(REFORMAT_FAMILIES)
    counts = layers.group_by(by, maintain_order=True).agg(
        pl.len().alias("layers"),
        working.sum().alias("working_layers"),
        (working & pl.col("time_ms").is_null()).sum().alias("untimed_layers"),
        moving.sum().alias("reformat_layers"),
        (moving & pl.col("time_ms").is_null()).sum().alias("untimed_reformats"),
        pl.col("time_source").filter(working).unique().alias("sources"),
    )
    found = {}
    for row in counts.join(sums, on=by, nulls_equal=True, maintain_order="left").iter_rows(named=True):
        total = row["total"]
        kinds = {"tactic" if source == "twin" else source for source in row["sources"]} - {"none"}
        found[tuple(row[name] for name in by)] = Shares(
            engine=row[by[0]],
            time_ms=total,
            time_source="none" if not kinds else kinds.pop() if len(kinds) == 1 else "mixed",
            layers=row["layers"],
            working_layers=row["working_layers"],
            untimed_layers=row["untimed_layers"],
            reformat_layers=row["reformat_layers"],
            untimed_reformats=row["untimed_reformats"],
            **{name: row[name] / total if total else None for name in _PARTS if name != "total"},
        )
    return found


def _none_of(engine: int | None) -> Shares:
    return Shares(engine, 0.0, "none", 0, 0, 0, None, None, None, None, None)


_MAYBE_MATRIX = pl.col("gemm") | pl.col("family").is_in(MAYBE_MATRIX_FAMILIES)
_PARTS = {
    "total": pl.lit(True),
    "gemm": pl.col("gemm"),
    "tensor_core": pl.col("tensor_core") == "yes",
    "tensor_core_unknown": (pl.col("tensor_core") == "unknown") & _MAYBE_MATRIX,
    "reformat": pl.col("family").is_in(REFORMAT_FAMILIES),
    "untold": pl.col("family") == "myelin",
}
_SUMS = [pl.col("time_ms").filter(condition).sum().alias(name) for name, condition in _PARTS.items()]
