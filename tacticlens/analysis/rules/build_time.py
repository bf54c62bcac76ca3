"""TL017: one layer or one kind of runner takes most of the build time."""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL017",
    "build-time-dominated",
    "One layer or runner dominates the build time",
    what="One layer, or else one kind of runner, takes at least half of the seconds that the runners report "
    "(`profiling completed in`, TensorRT 8.6 and later). Builds that lost count as well: they took time, "
    "too. Builds with less than a second of profiling are left out.",
    why="Long builds are often one fused region that is compiled once for every format combination.",
    action="Keep a timing cache, lower `--builderOptimizationLevel` for quick builds, fix the types at the "
    "region's edge or split it.",
    example="`{ForeignNode[gemm1.weight...ONNXTRT_castHelper_9]}` takes 7.94 s of 13.6 s of profiling "
    "(TensorRT 10.16.2).",
)
DOMINANT = 0.5
WORTH_S = 1.0


def find(context: Context) -> list[Finding]:
    rows = _seconds(context)
    found = []
    for part in rows.partition_by("engine", maintain_order=True) if len(rows) else []:
        spent = float(part["profiling_s"].sum())
        if spent < WORTH_S:
            continue
        for column in ("name", "runner"):
            leader = _leader(part, column)
            if leader is not None:
                found.append(_finding(context, part, column, leader, spent))
                break
    return found


def _seconds(context: Context) -> pl.DataFrame:
    """Return engine, build, name (what was timed), runner, profiling_s and line of each runner that tells."""
    tables = context.tables
    names = tables.slim("combinations", ["combination", "layer", "subject"]).join(
        tables.layers.select("layer", "name"), on="layer", how="left"
    )
    return (
        tables.slim("runners", ["build", "combination", "runner", "profiling_s", "line"])
        .filter(pl.col("profiling_s").is_not_null())
        .join(names, on="combination", how="left", maintain_order="left")
        .join(tables.builds.select("build", "engine"), on="build", how="left", maintain_order="left")
        .select(
            "engine", "build", pl.coalesce("subject", "name").alias("name"), "runner", "profiling_s", "line"
        )
    )


def _leader(part: pl.DataFrame, column: str) -> str | None:
    sums = (
        part.filter(pl.col(column).is_not_null())
        .group_by(column, maintain_order=True)
        .agg(pl.col("profiling_s").sum())
    )
    sums = sums.sort("profiling_s", descending=True, maintain_order=True)
    if len(sums) < 2 or float(sums["profiling_s"][0]) < DOMINANT * float(part["profiling_s"].sum()):
        return None  # with one layer or one kind there is nothing to dominate
    return str(sums[column][0])


def _finding(context: Context, part: pl.DataFrame, column: str, leader: str, spent: float) -> Finding:
    own = part.filter(pl.col(column) == leader).sort(
        "profiling_s", "line", descending=[True, False], maintain_order=True
    )
    own_s = float(own["profiling_s"].sum())
    layer = column == "name"
    advice = context.advice
    cached = advice.given("--timingCacheFile")
    level = advice.value("--builderOptimizationLevel")
    lower = advice.setting("--builderOptimizationLevel", "1") if level not in {"0", "1"} else None
    myelin = "Myelin" in set(own["runner"].drop_nulls().to_list())
    return KIND.found(
        title="{leader:name} takes {time_share} of the build's profiling time"
        if layer
        else "{leader} runners take {time_share} of the build's profiling time",
        why=(
            "{own_s} of {spent_s}, in {trials:trial}; the longest took {longest_s}.",
            "This is time of the build, not of the engine.",
        ),
        action=(
            "{cache} lets the next build skip them." if advice.cache and not cached else "",
            "For a quick build: {lower}." if lower else "",
            "A fused region is compiled once per format combination: fix its input and output types, or split it."
            if myelin
            else "",
            "The timing cache of this build lets the next one skip them." if cached else "",
        ),
        facts={
            "leader": leader, "time_share": own_s / spent, "own_s": own_s, "spent_s": spent, "trials": len(own),
            "longest_s": float(own["profiling_s"][0]), "cache": advice.cache, "lower": lower,
        },
        cause=leader,
        engine=part["engine"][0],
        build=own["build"][0] if own["build"].n_unique() == 1 else None,
        layers=[leader] if layer else [],
        lines=own["line"].to_list(),
        rows=[
            {"table": "runners", **row}
            for row in own.select("build", "name", "runner", "profiling_s", "line").iter_rows(named=True)
        ],
    )  # fmt: skip
