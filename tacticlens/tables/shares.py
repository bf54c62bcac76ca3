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


def divided(layers: pl.DataFrame, ops: pl.DataFrame) -> pl.DataFrame:
    """Return what `work` returns, of the rows of `engine_layers` and `engine_ops` of one engine."""
    columns = ["position", "name", "family", "gemm", "tensor_core", "time_ms", "time_source"]
    if ops.is_empty():
        return layers.select(columns)
    regions = layers.select("position", "name", "time_source", pl.col("time_ms").alias("_region"))
    costs = ops.group_by("position").agg(pl.col("time_ms").sum().alias("_costs"))
    parts = (
        ops.select("position", "family", "gemm", "tensor_core", "time_ms")
        .join(regions, on="position", how="left", maintain_order="left")
        .join(costs, on="position", how="left", maintain_order="left")
        .with_columns(
            (pl.col("time_ms") * pl.min_horizontal(pl.lit(1.0), pl.col("_region") / pl.col("_costs"))).alias(
                "time_ms"
            )
        )
        .select(columns)
    )
    rest = layers.join(costs, on="position", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("_costs").is_not_null())
        .then((pl.col("time_ms") - pl.col("_costs")).clip(lower_bound=0.0))
        .otherwise("time_ms")
        .alias("time_ms"),
        pl.when(pl.col("_costs").is_not_null()).then(False).otherwise("gemm").alias("gemm"),
        pl.when(pl.col("_costs").is_not_null())
        .then(pl.lit("unknown"))
        .otherwise("tensor_core")
        .alias("tensor_core"),
    )
    return pl.concat([rest.select(columns), parts]).sort("position", maintain_order=True)


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
    return shares_of(engine, layers, divided(layers, of_engine(tables.engine_ops, engine, build)))


def shares_of(engine: int | None, layers: pl.DataFrame, parts: pl.DataFrame) -> Shares:
    """Return the shares of an engine, of its layers and the parts of its time."""
    times = parts.select(_SUMS).row(0, named=True)
    total = float(times.pop("total"))
    told = {name: float(time) / total if total else None for name, time in times.items()}
    counts = layers.filter(_WORKING).select(
        pl.len().alias("working"),
        pl.col("time_ms").is_null().sum().alias("untimed"),
        pl.col("time_source").unique().implode().alias("sources"),
    )
    working, untimed, sources = counts.row(0)
    kinds = {"tactic" if source == "twin" else source for source in sources or ()} - {"none"}
    return Shares(
        engine=engine,
        time_ms=total,
        time_source="none" if not kinds else kinds.pop() if len(kinds) == 1 else "mixed",
        layers=len(layers),
        working_layers=working,
        untimed_layers=untimed,
        **told,
    )


_WORKING = ~pl.col("family").is_in(IDLE_FAMILIES)
_MAYBE_MATRIX = pl.col("gemm") | pl.col("family").is_in(MAYBE_MATRIX_FAMILIES)
_PARTS = {
    "total": pl.lit(True),
    "gemm": pl.col("gemm"),
    "tensor_core": pl.col("tensor_core") == "yes",
    "tensor_core_unknown": (pl.col("tensor_core") == "unknown") & _MAYBE_MATRIX,
    "reformat": pl.col("family").is_in(REFORMAT_FAMILIES),
    "untold": pl.col("family") == "myelin",
}
_SUMS = [
    pl.when(condition).then("time_ms").sum().fill_null(0.0).alias(name) for name, condition in _PARTS.items()
]
