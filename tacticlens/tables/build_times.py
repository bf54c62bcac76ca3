"""Where the build time went: by phase, build, layer and runner, from printed seconds only.

The rows add up: what the log itemises has a row per item and one row for the remainder.

graph: graph construction. selection: timing of candidates, one row per runner tried on a layer (since
TensorRT 8.6), the rest without a layer. subgraph: fused regions, compiled and timed. generation: what
is left of the engine's generation after the selection.
"""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import Any

import polars as pl

from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet

SCHEMA = TABLES["build_times"]
PHASES = ("graph", "selection", "subgraph", "generation")

_REGION = "Myelin"
"""Prefix of the runners that compile a fused region and time it."""


def build_times(tables: TableSet) -> pl.DataFrame:
    """Return the seconds that the builds took, as rows that add up.

    Columns: build, phase, layer (null = not printed, or no single one), runner, seconds, share (of all seconds
    that the log prints), line (the runner's, or the first of the build).
    """
    items = _items(tables)
    spent: dict[int | None, dict[str, float]] = defaultdict(dict)
    of_phase = items.group_by("build", "phase", maintain_order=True).agg("seconds")
    for build, phase, seconds in of_phase.iter_rows():
        # polars adds in the order of its threads, and the rounding would vary
        spent[build][phase] = fsum(seconds)
    rows = pl.DataFrame(
        _rest(tables, spent), schema={name: SCHEMA[name] for name in SCHEMA if name != "share"}
    )
    found = pl.concat([items, rows]).filter(pl.col("seconds") > 0)
    total = fsum(found["seconds"])
    return (
        found.with_columns(
            (pl.col("seconds") / total if total else pl.lit(None, dtype=pl.Float64)).alias("share")
        )
        .with_columns(pl.col("phase").cast(pl.Enum(PHASES)).alias("_phase"))
        .sort("build", "_phase", "line", nulls_last=True, maintain_order=True)
        .select(list(SCHEMA))
    )


def _items(tables: TableSet) -> pl.DataFrame:
    """Return the seconds of each runner tried on a layer."""
    profiled = (
        tables.slim("runners", ["build", "combination", "runner", "profiling_s", "line"])
        .filter(pl.col("profiling_s").is_not_null())
        .cast({"runner": pl.String, "line": pl.Int64, "build": pl.Int64})
    )
    wanted = profiled.select("combination").unique()
    named = (
        tables.slim("combinations", ["combination", "layer", "subject"])
        .join(wanted, on="combination", how="semi", maintain_order="left")
        .join(tables.slim("layers", ["layer", "name"]), on="layer", how="left", maintain_order="left")
        .select("combination", pl.coalesce("name", pl.col("subject").cast(pl.String)).alias("layer"))
    )
    return (
        profiled.join(named, on="combination", how="left", maintain_order="left")
        .select(
            "build",
            pl.when(pl.col("runner").str.starts_with(_REGION)).then(pl.lit("subgraph")).otherwise(pl.lit("selection")).alias("phase"),
            "layer", "runner", pl.col("profiling_s").alias("seconds"), "line",
        )
    )  # fmt: skip


def _rest(tables: TableSet, spent: dict[int | None, dict[str, float]]) -> list[dict[str, Any]]:
    """Return a row per build and phase with the seconds that its items leave over."""
    rows: list[dict[str, Any]] = []
    itemised: dict[tuple[int, int | None], float] = defaultdict(float)
    for build in tables["builds"].iter_rows(named=True):
        number, line = build["build"], build["first_line"]
        items = sum(spent[number].values())
        # where a runner's seconds are printed, they include the compilation
        regions = (build["subgraph_s"] or 0.0) if "subgraph" not in spent[number] else 0.0
        of_build = {"build": number, "line": line}
        rows += [
            {**of_build, "phase": "graph", "seconds": build["graph_s"]},
            {**of_build, "phase": "subgraph", "runner": _REGION, "seconds": regions},
        ]
        selection = build["selection_s"]
        if selection is not None:
            outside = regions > selection - items  # TensorRT-RTX compiles after the selection
            rest = selection - items - (0.0 if outside else regions)
            rows.append({**of_build, "phase": "selection", "seconds": rest})
        else:
            outside = True
        key = (build["engine"], build["strategy"])
        itemised[key] += (items if selection is None else selection) + (regions if outside else 0.0)
        generation = build["generation_s"]
        if generation is not None:
            # printed once per strategy, after its last profile; TensorRT 5 leaves the selection out of it
            apart = generation < itemised[key] and build["strategy"] is None and not regions
            rest = generation if apart else generation - itemised[key]
            rows.append({**of_build, "phase": "generation", "seconds": rest})
    return rows
