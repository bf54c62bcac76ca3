"""Everything that was tried, with the three facts apart: tried, won its format combination, is in the engine.

A combination that the log only repeats (a timing-cache hit, a second optimization profile, a later
strategy) stands with the candidates of its origin, the combination where they were measured. What the
log knows of without candidates, a cached result or an implementation without rival, is a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from re import Pattern
from typing import Literal

import polars as pl

from tacticlens.tables.families import with_families
from tacticlens.tables.table_set import TableSet

Sort = Literal["layer", "time", "line", "margin"]

COLUMNS = (
    "build", "layer", "name", "combination", "purpose", "formats", "runner", "tactic", "kernel", "family",
    "tensor_core", "status", "reason", "needed_bytes", "available_bytes", "time_ms", "margin", "tried", "won",
    "in_engine", "measured", "line",
)  # fmt: skip
"""Columns of a candidate.

``status``: timed, skipped, failed; cached: known only as a cached result; untimed: taken without timing.
``margin``: time over the time of the combination's winner, minus 1. ``tried``: it ran or failed to run.
``in_engine``: null where the log does not say. ``measured``: the combination under which it was measured.
"""

_IDLE = ["NoOp", "Constant"]


def candidates(tables: TableSet) -> pl.DataFrame:
    """Return all candidates, in order of the log, and those of repeated combinations with these."""
    combinations = _combinations(tables)
    tactics = tables["tactics"].drop("build", "layer").rename({"combination": "measured"})
    rows = combinations.join(tactics, on="measured", how="inner", maintain_order="left_right")
    alone = _without_candidates(combinations, tactics)
    stray = tables["tactics"].filter(pl.col("combination").is_null()).join(
        tables["layers"].select("layer", "name"), on="layer", how="left", maintain_order="left"
    )  # fmt: skip
    found = pl.concat([rows, alone, stray], how="diagonal")
    # one tactic may stand twice in a combination, skipped at first and timed with less memory: the fastest won;
    # one that is the only option is skipped, for timing has nothing to decide, and wins
    winner = (
        pl.col("runner").eq_missing(pl.col("_runner"))
        & pl.col("tactic").eq_missing(pl.col("_tactic"))
        & (pl.col("status") != "failed")
        & pl.col("combination").is_not_null()
    )
    best = pl.when(winner).then("time_ms").min().over("combination")
    found = found.with_columns(
        (winner & pl.col("time_ms").eq_missing(best)).alias("won"),
        pl.col("status").is_in(["timed", "failed"]).alias("tried"),
        (pl.when(pl.col("_ms") > 0).then(pl.col("time_ms") / pl.col("_ms") - 1)).alias("margin"),
    )
    return (
        _with_engine(found, tables)
        .select(COLUMNS)
        .sort("combination", "line", nulls_last=True, maintain_order=True)
    )


def _combinations(tables: TableSet) -> pl.DataFrame:
    """Return the combinations with the name of their layer, where they were measured, and their winner.

    A repeated combination stands with the candidates of the equal one that the engine's lines lead to. A layer of the
    engine that was not timed under its own name has the combinations of the layer that is equal to it.
    """
    names = tables["layers"].select("layer", "name")
    choices = tables["choices"].filter(pl.col("verdict") != "excluded")
    printed = tables["engine_layers"].select("engine", "build", "position", "layer_type", "tactic")
    taken = pl.col("verdict") == "taken"
    equal = (
        choices.filter("own")
        .join(printed, on=["engine", "build", "position"], how="left", nulls_equal=True, maintain_order="left")
        .select(
            "combination", pl.col("measured").alias("_equal"), pl.when(taken).then("layer_type").alias("_printed_type"),
            pl.when(taken).then("tactic").alias("_printed_tactic"),
        )
        .unique("combination", keep="first", maintain_order=True)
    )  # fmt: skip
    data = (
        tables["combinations"]
        .drop("inputs", "outputs")
        .join(names, on="layer", how="left", maintain_order="left")
        .join(equal, on="combination", how="left", maintain_order="left")
    )
    of_equal = (
        choices.filter(~pl.col("own"))
        .join(tables["engine_layers"].select("engine", "build", "position", "name"),
              on=["engine", "build", "position"], how="inner", nulls_equal=True, maintain_order="left")
        .select("build", "combination", "name")
        .unique(maintain_order=True)
        .join(data.drop("build", "name", "layer", "subject"), on="combination", how="inner", maintain_order="left")
    )  # fmt: skip
    data = pl.concat([data, of_equal], how="diagonal")
    origin = tables["combinations"].select(
        pl.col("combination").alias("measured"), pl.col("runner").alias("_origin_runner"),
        pl.col("tactic").alias("_origin_tactic"), pl.col("time_ms").alias("_origin_ms"),
    )  # fmt: skip
    return (
        data.with_columns(pl.coalesce("origin", "_equal", "combination").alias("measured"))
        .join(origin, on="measured", how="left", maintain_order="left")
        .select(
            "build", "layer", pl.coalesce("name", "subject").alias("name"), "combination", "purpose", "formats",
            "result", "measured", pl.coalesce("runner", "_origin_runner", "_printed_type").alias("_runner"),
            pl.coalesce("tactic", "_origin_tactic", "_printed_tactic").alias("_tactic"),
            pl.coalesce("_origin_ms", "time_ms").alias("_ms"),
            pl.col("line").alias("_line"),
        )
    )  # fmt: skip


def _without_candidates(combinations: pl.DataFrame, tactics: pl.DataFrame) -> pl.DataFrame:
    """Return a row for the winner of each combination of which the log has a result and no candidate."""
    known = combinations.filter(pl.col("_tactic").is_not_null()).join(
        tactics.select("measured"), on="measured", how="anti"
    )
    known_time = pl.col("_ms").is_not_null() | (pl.col("result") == "cached")
    timed = pl.when(pl.col("result").is_in(["cached", "repeated"]) & known_time).then(pl.lit("cached"))
    rows = known.with_columns(
        pl.col("_runner").alias("runner"),
        pl.col("_tactic").alias("tactic"),
        pl.col("_ms").alias("time_ms"),
        pl.lit(None, dtype=pl.String).alias("kernel"),
        timed.when(pl.col("_ms").is_null())
        .then(pl.lit("untimed"))
        .otherwise(pl.lit("timed"))
        .alias("status"),
        pl.col("_line").alias("line"),
    )
    return with_families(rows, runner="runner")


def _with_engine(found: pl.DataFrame, tables: TableSet) -> pl.DataFrame:
    """Add ``in_engine``: true for what an engine layer took, null where the log does not say."""
    layers = tables["engine_layers"].select("build", "name", "layer_type", "tactic", "combination")
    builds = tables["builds"]
    taken = (
        layers.filter(pl.col("combination").is_not_null(), pl.col("tactic").is_not_null())
        .group_by("combination", "tactic")
        .agg(pl.col("layer_type").first().alias("_type"), pl.lit(1).first().alias("_hit"))
    )
    # engine layers whose combination is not known might be any candidate of their name with their tactic
    open_ = layers.filter(
        pl.col("combination").is_null(),
        pl.col("tactic").is_not_null(),
        ~pl.col("layer_type").is_in(_IDLE).fill_null(False),
    )
    maybe = open_.select("build", "name", "tactic").unique().with_columns(pl.lit(1).alias("_maybe"))
    reformats = (
        open_.filter(pl.col("layer_type") == "Reformat")
        .select("build", pl.lit("reformat").alias("purpose"), "tactic")
        .unique()
        .with_columns(pl.lit(1).alias("_maybe_reformat"))
    )
    # a detailed print has the kernels of a fused region in its place: the log does not say whether it is this region
    opened = (
        layers.filter(pl.col("name").str.contains("_myl", literal=True))["build"]
        .drop_nulls()
        .unique()
        .to_list()
    )
    region = (
        pl.col("name").str.contains("{ForeignNode[", literal=True)
        & pl.col("build").is_in(opened)
        & pl.col("won")
    )
    lost = builds.filter(~pl.col("in_engine"))["build"].to_list()
    printed = layers["build"].drop_nulls().unique().to_list()
    possible = pl.col("won") | pl.col("status").is_in(["timed", "cached", "untimed"])
    rank = (
        pl.when(pl.col("_hit").is_null() | ~possible)
        .then(None)
        .when((pl.col("runner") == pl.col("_type")) & pl.col("won"))
        .then(0)
        .when(pl.col("runner") == pl.col("_type"))
        .then(1)
        .when(pl.col("won"))
        .then(2)
        .otherwise(3)
    )
    joined = (
        found.join(taken, on=["combination", "tactic"], how="left", maintain_order="left")
        .join(maybe, on=["build", "name", "tactic"], how="left", maintain_order="left")
        .join(reformats, on=["build", "purpose", "tactic"], how="left", maintain_order="left")
        .with_columns(rank.alias("_rank"))
    )
    unknown = pl.col("_maybe").is_not_null() | pl.col("_maybe_reformat").is_not_null() | region
    hit = pl.col("_rank").is_not_null() & (
        pl.col("_rank") == pl.col("_rank").min().over("combination", "tactic")
    )
    return joined.with_columns(
        pl.when(hit)
        .then(True)
        .when(pl.col("build").is_in(lost))
        .then(False)
        .when(pl.col("build").is_in(printed) & ~(unknown & possible))
        .then(False)
        .otherwise(None)
        .alias("in_engine")
    )


@dataclass(frozen=True)
class Wanted:
    """Which candidates to show.

    Attributes:
        layer: searched in the layer's name and its ONNX nodes.
        family: family of the candidate.
        runner: its runner, upper and lower case alike.
        build: number of the build.
        in_engine: only what is in an engine.
    """

    layer: Pattern[str] | None = None
    family: str | None = None
    runner: str | None = None
    build: int | None = None
    in_engine: bool = False


def select(found: pl.DataFrame, tables: TableSet, wanted: Wanted) -> pl.DataFrame:
    """Return the candidates that are wanted."""
    if wanted.layer is not None:
        found = found.filter(pl.col("name").is_in(matching(tables, found, wanted.layer)))
    if wanted.family is not None:
        found = found.filter(pl.col("family") == wanted.family)
    if wanted.runner is not None:
        found = found.filter(pl.col("runner").str.to_lowercase() == wanted.runner.lower())
    if wanted.build is not None:
        found = found.filter(pl.col("build") == wanted.build)
    return found.filter(pl.col("in_engine").fill_null(False)) if wanted.in_engine else found


def matching(tables: TableSet, found: pl.DataFrame, pattern: Pattern[str]) -> list[str]:
    """Return the names in which, or in whose ONNX nodes, the pattern is found."""
    names = {name for name in found["name"].unique().to_list() if name is not None and pattern.search(name)}
    nodes = tables["layers"].select("name", "onnx_nodes").drop_nulls().unique(maintain_order=True)
    names |= {name for name, of in nodes.iter_rows() if any(pattern.search(node) for node in of)}
    return sorted(names)


def order(found: pl.DataFrame, sort: Sort, tables: TableSet) -> pl.DataFrame:
    """Return the candidates in another order.

    layer: builds that are in an engine first, then layer by layer, the fastest candidate first.
    time: the longest first. margin: the closest to its winner first, winners last. line: as in the log.
    """
    if sort == "line":
        return found.sort("line", "combination", nulls_last=True, maintain_order=True)
    if sort == "time":
        return found.sort("time_ms", descending=True, nulls_last=True, maintain_order=True)
    if sort == "margin":
        return found.sort("won", "margin", nulls_last=True, maintain_order=True)
    kept = tables["builds"].filter(pl.col("in_engine"))["build"].to_list()
    lost = ~pl.col("build").is_in(kept)
    reformat = pl.col("purpose").eq_missing(pl.lit("reformat"))
    return found.sort(
        lost,
        "build",
        reformat,
        "layer",
        "combination",
        ~pl.col("won"),
        "time_ms",
        "line",
        nulls_last=True,
        maintain_order=True,
    )
