"""TL013: a layer had one candidate, or none that was timed.

What it finds: working layers for which all format combinations together offer one tactic at most. Why it matters: the
builder had no choice, so tuning cannot help: only another form of the layer can. How to act: see what rules the others
out (types, shapes, tactic sources), or write the layer differently. Example: `is the only option, timing skipped`.
"""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, share_text, short, total

KIND = FindingKind(
    "TL013",
    "single-candidate",
    "Layer with one candidate or none",
    "All format combinations of the layer together have one tactic at most. Fused regions, plugins, reformats and "
    "reshapes are left out: they have one by nature. Layers whose trials the log does not print are unknown and left "
    "out. Without a printed engine the costed layers are looked at, and the finding says so.",
)
_ONE_BY_NATURE = frozenset({"noop", "fill_constant", "myelin", "plugin", "reformat", "copy", "shuffle"})
_ACTION = (
    "If the layer matters: allow more tactic sources (--tacticSources=+CUDNN,+CUBLAS), raise --builderOptimizationLevel, allow "
    "--fp16 or --int8, or write the layer with operations that have more kernels."
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine, or one for the costed layers of a log without engine layers."""
    counts = _counts(context)
    found = []
    for engine in context.engines:
        layers = _alone(context, engine, counts)
        if layers:
            found.append(_finding(engine, layers))
    if not context.engines:
        found += _costed(context, counts)
    return found


def _counts(context: Context) -> pl.DataFrame:
    """Return the number of different tactics per costed layer whose every combination is told.

    Columns: layer, name, line, tactics, family.
    """
    tactics = context.tables.tactics.select(
        pl.col("combination").alias("measured"), pl.col("tactic"), pl.col("runner"), pl.col("family")
    )
    combinations = context.measured.select("layer", "name", "line", "measured", "result", "origin")
    tried = combinations.join(
        tactics.group_by("measured").agg(pl.struct("runner", "tactic").alias("_tried"), pl.col("family").first()),
        on="measured", how="left", maintain_order="left",
    )  # fmt: skip
    # A cached or repeated combination without an origin hides how many candidates there were.
    hidden = pl.col("result").is_in(["cached", "repeated", "unfinished"]) & pl.col("origin").is_null()
    return (
        tried.filter(pl.col("layer").is_not_null())
        .group_by("layer", maintain_order=True)
        .agg(
            pl.col("name").first(),
            pl.col("line").first(),
            hidden.any().alias("_hidden"),
            pl.col("_tried").explode().drop_nulls().n_unique().alias("tactics"),
            pl.col("family").drop_nulls().first(),
        )
        .filter(~pl.col("_hidden"), pl.col("tactics") <= 1)
    )


def _alone(context: Context, engine: EngineView, counts: pl.DataFrame) -> list[tuple[Layer, int]]:
    chosen = context.chosen.filter(pl.col("engine").eq_missing(engine.number)).select("position", "layer")
    few = dict(chosen.join(counts, on="layer").select("position", "tactics").iter_rows())
    return [
        (layer, few[layer.position])
        for layer in longest_first(engine.layers)
        if layer.position in few and layer.family not in _ONE_BY_NATURE
    ]


def _finding(engine: EngineView, layers: list[tuple[Layer, int]]) -> Finding:
    only = [layer for layer, _ in layers]
    return KIND.found(
        title=f"{count(len(only), 'layer')} without a choice of tactics: {share_text(engine, total(only))}",
        why=f"One tactic or none was offered over all format combinations. Longest: {short(only[0].name)} "
        f"({only[0].layer_type}). {engine.source_note}",
        action=_ACTION,
        engine=engine.number,
        layers=[layer.name for layer in only],
        lines=[layer.line for layer in only],
        rows=[layer.row(candidates=tactics) for layer, tactics in layers],
    )


def _costed(context: Context, counts: pl.DataFrame) -> list[Finding]:
    rows = counts.filter(pl.col("family").is_null() | ~pl.col("family").is_in(list(_ONE_BY_NATURE)))
    rows = rows.filter(pl.col("name").is_not_null())
    if rows.is_empty():
        return []
    names = [str(name) for name in rows["name"]]
    return [
        KIND.found(
            title=f"{count(len(names), 'costed layer')} without a choice of tactics",
            why=f"The log prints no engine: whether the layers are in it is unknown. First: {short(names[0])}.",
            action=_ACTION,
            layers=names,
            lines=rows["line"].to_list(),
            rows=[
                {"table": "layers", "layer": row["layer"], "name": row["name"], "candidates": row["tactics"], "line": row["line"]}
                for row in rows.iter_rows(named=True)
            ],
        )
    ]
