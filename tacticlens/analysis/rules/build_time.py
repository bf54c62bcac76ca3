"""TL017: one layer or one kind of runner takes most of the build time.

What it finds: where the builder's profiling seconds go. Why it matters: builds of minutes and hours are often one
fused region that Myelin compiles for every format combination. How to act: keep a timing cache, lower the
optimization level, or cut the region. Example: one Myelin runner took 560 s of a build of 584.7 s.
"""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import percent, seconds, short

KIND = FindingKind(
    "TL017",
    "build-time-dominated",
    "One layer or runner dominates the build time",
    "Of the seconds that the runners report (`profiling completed in`, TensorRT 8.6 and later) one "
    "layer or one kind of "
    "runner takes half and more. Builds that lost count as well: they took the time. Builds of less "
    "than a second "
    "of profiling are left out. Works without engine layers.",
)
DOMINANT = 0.5
WORTH_S = 1.0


def find(context: Context) -> list[Finding]:
    """Return a finding per engine and dominating layer, and per engine and dominating kind of runner."""
    rows = _seconds(context)
    found = []
    for part in rows.partition_by("engine", maintain_order=True) if len(rows) else []:
        spent = float(part["profiling_s"].sum())
        if spent < WORTH_S:
            continue
        for column in ("name", "runner"):
            leader = _leader(part, column)
            if leader is not None:
                found.append(_finding(part, column, leader, spent))
    return found


def _seconds(context: Context) -> pl.DataFrame:
    """Return engine, build, name (what was timed), runner, profiling_s and line of each runner that tells."""
    tables = context.tables
    names = tables.slim("combinations", ["combination", "layer", "subject"]).join(
        tables.layers.select("layer", "name"), on="layer", how="left"
    )
    return (
        tables.runners.filter(pl.col("profiling_s").is_not_null())
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


def _finding(part: pl.DataFrame, column: str, leader: str, spent: float) -> Finding:
    own = part.filter(pl.col(column) == leader).sort(
        "profiling_s", "line", descending=[True, False], maintain_order=True
    )
    spent_own = float(own["profiling_s"].sum())
    layer = column == "name"
    myelin = "Myelin" in set(own["runner"].drop_nulls().to_list())
    advice = (
        " A fused region is compiled once per format combination: fix the input and output types, or "
        "split it with an output in the middle."
        if myelin
        else ""
    )
    return KIND.found(
        title=f"{'Layer' if layer else 'Runner'} {short(leader)} takes {seconds(spent_own)} of "
        f"{seconds(spent)} of profiling ({percent(spent_own / spent)})",
        why=f"{len(own)} of {len(part)} trials; the longest one took {seconds(float(own['profiling_s'][0]))}. "
        "This is time of the build, not of the engine.",
        action="Keep the results: --timingCacheFile=FILE makes the next build skip them. For a quick "
        "build lower "
        f"--builderOptimizationLevel.{advice}",
        engine=part["engine"][0],
        build=own["build"][0] if own["build"].n_unique() == 1 else None,
        layers=[leader] if layer else [],
        lines=own["line"].to_list(),
        rows=[
            {"table": "runners", **row}
            for row in own.select("build", "name", "runner", "profiling_s", "line").iter_rows(named=True)
        ],
    )
