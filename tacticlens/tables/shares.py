"""How the time of an engine divides: by family, matrix products, Tensor Cores, and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tacticlens.kernels.family import UNPROVEN_TYPES
from tacticlens.tables.intervals import UNBOUNDED, Interval, share
from tacticlens.tables.table_set import TableSet

REFORMAT_FAMILIES = ("reformat", "copy", "permute", "shuffle")
IDLE_FAMILIES = frozenset({"noop", "fill_constant"})
"""Families that cost nothing at run time."""
MAYBE_MATRIX_FAMILIES = frozenset({"myelin", "plugin", "unknown", "direct_conv"})
"""Families whose time may be in matrix products."""


@dataclass(frozen=True)
class Shares:
    """Shares of an engine's time, 0 to 1; None where no layer has a time.

    The plain shares are of the known times. The bounds hold for the whole engine: a layer without a time
    contributes the bounds of its candidates, a layer without a proven family counts on both sides.

    Attributes:
        engine: number of the engine; None for an engine that no build of the log made.
        time_ms: sum over the layers whose time is known.
        time_source: where the times come from: `profile`, `tactic`, `mixed` or `none`.
        layers: number of engine layers.
        working_layers: engine layers that do work: no constants, no no-ops.
        untimed_layers: those of them whose time is not known.
        gemm: time in matrix products.
        tensor_core: time on Tensor Cores, proven by a kernel name.
        tensor_core_unknown: time in (possible) matrix products whose kernel name does not tell.
        reformat: time in reformats, copies, permutations and shuffles.
        untold: time in fused regions without printed kernels.
        total_bounds: sum over all layers, in ms.
        gemm_bounds: share in matrix products.
        tensor_core_bounds: share on Tensor Cores.
        reformat_bounds: share of reformats, copies, permutations and shuffles.
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
    total_bounds: Interval = UNBOUNDED
    gemm_bounds: Interval | None = None
    tensor_core_bounds: Interval | None = None
    reformat_bounds: Interval | None = None


def engines(tables: TableSet) -> list[int | None]:
    """Return the engines whose layers the log prints, in order."""
    numbers: list[int | None] = tables.engine_layers["engine"].unique(maintain_order=True).to_list()
    return numbers


def profiles(tables: TableSet, engine: int | None) -> list[int | None]:
    """Return the builds of an engine: one per optimization profile, of which one runs at a time."""
    layers = tables.engine_layers.filter(pl.col("engine").eq_missing(engine))
    builds: list[int | None] = layers["build"].unique().sort().to_list()
    return builds


def of_engine(frame: pl.DataFrame, engine: int | None, build: int | None) -> pl.DataFrame:
    """Return the rows of an engine; with a build only those of that optimization profile."""
    chosen = frame.filter(pl.col("engine").eq_missing(engine))
    return chosen if build is None else chosen.filter(pl.col("build") == build)


def work(tables: TableSet, engine: int | None, build: int | None = None) -> pl.DataFrame:
    """Return the parts of an engine's time: a row per layer, fused regions divided by their operations.

    Args:
        tables: the tables.
        engine: number of the engine.
        build: only the layers of this build, which is one optimization profile; None = all.

    A region's time is measured as a whole, the costs of its operations one by one. Operations get their cost
    (scaled down if they exceed the region), the rest stays `myelin`.

    Columns: position, name, family, gemm, tensor_core, time_ms (null = unknown), time_source, low_ms and high_ms
    (its bounds; high null = unbounded), proven (a name tells the family), layer_family (of the whole layer),
    computes (its layer type multiplies, whatever its family is).
    """
    return divided(
        of_engine(tables.engine_layers, engine, build), of_engine(tables.engine_ops, engine, build)
    )


_PLACE = ["engine", "position"]
MULTIPLYING_TYPES = "(?i)conv|gemm|matmul|matrix"
"""Pattern of layer types that multiply; such a layer without a known family is no reformat."""
_PROVEN = pl.col("kernel").is_not_null() | ~pl.col("layer_type").str.to_lowercase().is_in(
    UNPROVEN_TYPES
).fill_null(False)


def divided(layers: pl.DataFrame, ops: pl.DataFrame) -> pl.DataFrame:
    """Return what `work` returns, and the column `engine`, from rows of `engine_layers` and `engine_ops`."""
    columns = [
        *_PLACE,
        "name",
        "family",
        "gemm",
        "tensor_core",
        "time_ms",
        "time_source",
        "low_ms",
        "high_ms",
        "proven",
        "layer_family",
        "computes",
    ]
    layers = layers.with_columns(
        pl.col("family").alias("layer_family"),
        pl.coalesce("time_ms", "low_ms", 0.0).alias("low_ms"),
        pl.coalesce("time_ms", "high_ms").alias("high_ms"),
        _PROVEN.alias("proven"),
        pl.col("layer_type").str.contains(MULTIPLYING_TYPES).fill_null(False).alias("computes"),
    )
    if ops.is_empty():
        return layers.select(columns)
    regions = layers.select(
        *_PLACE, "name", "time_source", "layer_family", pl.col("^(time|low|high)_ms$").name.prefix("_")
    )
    costs = ops.group_by(_PLACE, maintain_order=True).agg(pl.col("time_ms").sum().alias("_costs"))

    def within(bound: str) -> pl.Expr:
        """Return the cost of an operation, scaled down where the costs exceed the region's."""
        scale = (pl.col(bound) / pl.col("_costs")).fill_nan(1.0)
        return pl.col("_cost") * pl.min_horizontal(pl.lit(1.0), scale)

    parts = (
        ops.select(*_PLACE, "family", "gemm", "tensor_core", pl.col("time_ms").alias("_cost"))
        .join(regions, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
        .join(costs, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            within("_time_ms").alias("time_ms"),
            # a region without a time or candidates may take nothing
            within("_low_ms").fill_null(0.0).alias("low_ms"),
            within("_high_ms").alias("high_ms"),
            pl.lit(value=True).alias("proven"),
            pl.lit(value=False).alias("computes"),
        )
        .select(columns)
    )
    is_divided = pl.col("_costs").is_not_null()
    rest = layers.join(costs, on=_PLACE, how="left", nulls_equal=True, maintain_order="left").with_columns(
        *(
            pl.when(is_divided)
            .then((pl.col(name) - pl.col("_costs")).clip(lower_bound=0.0))
            .otherwise(name)
            .alias(name)
            for name in ("time_ms", "low_ms", "high_ms")
        ),
        pl.when(is_divided).then(pl.lit("myelin")).otherwise("family").alias("family"),
        pl.when(is_divided).then(False).otherwise("gemm").alias("gemm"),
        pl.when(is_divided).then(pl.lit("unknown")).otherwise("tensor_core").alias("tensor_core"),
    )
    return pl.concat([rest.select(columns), parts]).sort(_PLACE, maintain_order=True)


def by_family(tables: TableSet, engine: int | None, build: int | None = None) -> pl.DataFrame:
    """Return layers and time per family of one engine, or of one of its profiles, longest first.

    A layer counts in the row of its own family only: the rows add up to the layers of the engine, and to its time.

    Columns: family, layers, untimed (those without a time), time_ms (of the others), low_ms and high_ms (of all; high
    null = unbounded), share (of the known time), gemm_ms (of time_ms in matrix products, also of operations
    inside of fused regions), tensor_core_ms (of time_ms on Tensor Cores).
    """
    return families_of(work(tables, engine, build))


def families_of(parts: pl.DataFrame) -> pl.DataFrame:
    """Return what `by_family` returns, from the parts of an engine's time."""
    total = parts["time_ms"].sum()
    bounded = pl.col("high_ms").is_not_null().all()
    return (
        parts.group_by(pl.col("layer_family").alias("family"), maintain_order=True)
        .agg(
            pl.col("position").n_unique().alias("layers"),
            pl.col("position").filter(pl.col("time_ms").is_null()).n_unique().alias("untimed"),
            pl.col("time_ms").sum(),
            pl.col("low_ms").sum(),
            pl.when(bounded).then(pl.col("high_ms").sum()).alias("high_ms"),
            pl.col("time_ms").filter(pl.col("gemm")).sum().alias("gemm_ms"),
            pl.col("time_ms").filter(pl.col("tensor_core") == "yes").sum().alias("tensor_core_ms"),
        )
        .with_columns((pl.col("time_ms") / total if total else pl.lit(None, dtype=pl.Float64)).alias("share"))
        .sort("time_ms", "layers", descending=True, maintain_order=True)
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
        by: columns of both to group by; the first is the number of the engine.

    Returns:
        The values of those columns -> shares.
    """
    # in order, so that sums are the same to the last digit for one engine or many
    sums = parts.group_by(by, maintain_order=True).agg(_SUMS)
    working = pl.col("family").is_in(IDLE_FAMILIES).not_()
    counts = layers.group_by(by, maintain_order=True).agg(
        pl.len().alias("layers"),
        working.sum().alias("working_layers"),
        (working & pl.col("time_ms").is_null()).sum().alias("untimed_layers"),
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
            gemm=row["gemm"] / total if total else None,
            tensor_core=row["tensor_core"] / total if total else None,
            tensor_core_unknown=row["tensor_core_unknown"] / total if total else None,
            reformat=row["reformat"] / total if total else None,
            untold=row["untold"] / total if total else None,
            total_bounds=_group(row, "all"),
            gemm_bounds=_share_within(row, "gemm"),
            tensor_core_bounds=_share_within(row, "tensor_core"),
            reformat_bounds=_share_within(row, "reformat"),
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
_SURE = {
    "gemm": pl.col("gemm") & pl.col("proven"),
    "tensor_core": pl.col("tensor_core") == "yes",
    "reformat": pl.col("family").is_in(REFORMAT_FAMILIES),
}
_MAYBE = {
    "gemm": (pl.col("gemm") & ~pl.col("proven"))
    | (~pl.col("gemm") & pl.col("family").is_in(["myelin", "plugin", "unknown"])),
    "tensor_core": _PARTS["tensor_core_unknown"],
    "reformat": (pl.col("family") == "myelin") | ((pl.col("family") == "unknown") & ~pl.col("computes")),
}
_GROUPS = {
    "all": pl.lit(True),
    **{
        f"{kind}_{name}": condition
        for name in _SURE
        for kind, condition in (
            ("sure", _SURE[name]),
            ("maybe", _MAYBE[name]),
            ("rest", ~(_SURE[name] | _MAYBE[name])),
        )
    },
}


def _bounds(name: str, condition: pl.Expr) -> list[pl.Expr]:
    rows = condition.fill_null(False)
    return [
        pl.col("low_ms").filter(rows).sum().alias(f"{name}_low"),
        pl.when((rows & pl.col("high_ms").is_null()).any())
        .then(None)
        .otherwise(pl.col("high_ms").filter(rows).sum())
        .alias(f"{name}_high"),
    ]


_SUMS = [
    *(pl.col("time_ms").filter(condition).sum().alias(name) for name, condition in _PARTS.items()),
    *(bound for name, condition in _GROUPS.items() for bound in _bounds(name, condition)),
]


def _group(row: dict[str, Any], name: str) -> Interval:
    return Interval(row[f"{name}_low"], row[f"{name}_high"])


def _share_within(row: dict[str, Any], name: str) -> Interval | None:
    """Return the bounds of a share from a row of sums."""
    return share(_group(row, f"sure_{name}"), _group(row, f"maybe_{name}"), _group(row, f"rest_{name}"))
