"""The operations inside fused regions of the engine.

Myelin prints one table per operation and format combination, and no kernel in the region's line of the
engine. The kernels are those of the combination that the engine took: in each table the row that the log
prints as selected (only with an editable timing cache), else the first row, which is the fastest. Kernels
that Myelin generates itself are in no table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from tacticlens.grammar.layer_name import without_profile
from tacticlens.tables.engine_row import EngineRow

_COPIED = [
    "op",
    "onnx_nodes",
    "key",
    "tactic_hash",
    "kernel",
    "time_ms",
    "family",
    "gemm",
    "tensor_core",
    "evidence",
    "line",
]


def _used(op_tactics: pl.DataFrame) -> pl.DataFrame:
    """Return the row of each operation's table that the engine uses."""
    return (
        op_tactics.sort("combination", "op", ~pl.col("chosen").fill_null(False), "time_ms", "line")
        .group_by("combination", "op", maintain_order=True)
        .first()
    )


def with_op_kernels(rows: Sequence[EngineRow], op_tactics: pl.DataFrame) -> list[EngineRow]:
    """Return the rows; a region with a single operation gets that operation's kernel."""
    if op_tactics.is_empty():
        return list(rows)
    kernels: dict[int, list[str]] = defaultdict(list)
    for combination, kernel in _used(op_tactics).select("combination", "kernel").iter_rows():
        if combination is not None and kernel is not None:
            kernels[combination].append(kernel)
    only = {combination: found[0] for combination, found in kernels.items() if len(found) == 1}
    return [
        row._replace(kernel=only[row.combination], kernel_source="table")
        if row.layer_type == "Myelin" and row.kernel is None and row.combination in only
        else row
        for row in rows
    ]


def with_op_times(rows: Sequence[EngineRow], op_tactics: pl.DataFrame) -> list[EngineRow]:
    """Return the rows; a kernel of an opened region gets the time of the operation that its name repeats.

    The detailed form prints ``node_linear_myl7_1`` with the kernel of the operation ``node_linear``.
    """
    if op_tactics.is_empty():
        return list(rows)
    times: dict[tuple[int | None, str, str], float] = {}
    timed = op_tactics.drop_nulls(["op", "kernel", "time_ms"]).group_by("build", "op", "kernel")
    for build, op, kernel, time in timed.agg(pl.col("time_ms").min()).iter_rows():
        key = (build, without_profile(op), kernel)
        times[key] = min(time, times.get(key, time))
    return [_with_op_time(row, times) for row in rows]


def _with_op_time(row: EngineRow, times: Mapping[tuple[int | None, str, str], float]) -> EngineRow:
    op, inside, _ = row.name.rpartition("_myl")
    time = times.get((row.build, op, row.kernel or "")) if inside and row.time_source == "none" else None
    return row if time is None else row._replace(time_ms=time, time_source="tactic")


def engine_ops(layers: pl.DataFrame, op_tactics: pl.DataFrame) -> pl.DataFrame:
    """Return the table `engine_ops`: the operations of every fused region whose combination is known."""
    regions = layers.filter(pl.col("layer_type") == "Myelin", pl.col("combination").is_not_null())
    return (
        regions.select("engine", "position", "combination", pl.col("build"))
        .join(
            _used(op_tactics).select(pl.col("combination").cast(pl.Int64), *_COPIED),
            on="combination",
            how="inner",
            maintain_order="left",
        )
        .drop("combination")
    )


def judge_regions(layers: pl.DataFrame, ops: pl.DataFrame) -> pl.DataFrame:
    """Return the layers; fused regions with matrix products get `gemm`, `tensor_core` and `evidence` from these.

    A region's `tensor_core` is `yes` if one of its matrix operations runs on Tensor Cores, `no` if all are known
    not to, else `unknown`.
    """
    answers = (
        ops.filter(pl.col("gemm"))
        .group_by("engine", "position")
        .agg(
            pl.len().alias("_ops"),
            (pl.col("tensor_core") == "yes").any().alias("_yes"),
            (pl.col("tensor_core") == "no").all().alias("_no"),
            pl.col("evidence").unique(maintain_order=True).str.join(", ").alias("_evidence"),
        )
    )
    known = pl.col("_ops").is_not_null()
    verdict = (
        pl.when(pl.col("_yes"))
        .then(pl.lit("yes"))
        .when(pl.col("_no"))
        .then(pl.lit("no"))
        .otherwise(pl.lit("unknown"))
    )
    return (
        layers.join(answers, on=["engine", "position"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.when(known).then(pl.lit("myelin")).otherwise("family").alias("family"),
            pl.when(known).then(True).otherwise("gemm").alias("gemm"),
            pl.when(known).then(verdict).otherwise("tensor_core").alias("tensor_core"),
            pl.when(known).then("_evidence").otherwise("evidence").alias("evidence"),
        )
        .drop("_ops", "_yes", "_no", "_evidence")
    )
