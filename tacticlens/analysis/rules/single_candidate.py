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
from tacticlens.kernels import family_of_type

KIND = FindingKind(
    "TL013",
    "single-candidate",
    "Layer with one candidate or none",
    "All format combinations of the layer together have one tactic at most. Fused regions, plugins, "
    "reformats and "
    "reshapes are left out: they have one by nature. Layers whose trials the log does not print are "
    "unknown and left "
    "out. Without a printed engine the costed layers are looked at, and the finding says so.",
)
_ONE_BY_NATURE = frozenset({"noop", "fill_constant", "myelin", "plugin", "reformat", "copy", "shuffle"})
_ACTION = (
    "If the layer matters: allow more tactic sources (--tacticSources=+CUDNN,+CUBLAS), raise "
    "--builderOptimizationLevel, allow "
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
        found += _costed(counts)
    return found


def _counts(context: Context) -> pl.DataFrame:
    """Return the costed layers with one tactic at most, of those whose every combination is told.

    Columns: layer, name, line, tactics, runner (the first that was tried).
    """
    tried = context.combinations.select("layer", "name", "line", "measured", "result", "origin").join(
        context.tactics.select("measured", "runner", "tactic").unique(maintain_order=True),
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
            pl.struct("runner", "tactic").filter(pl.col("tactic").is_not_null()).n_unique().alias("tactics"),
            pl.col("runner").drop_nulls().first(),
        )
        .filter(~pl.col("_hidden"), pl.col("tactics") <= 1)
    )


def _alone(context: Context, engine: EngineView, counts: pl.DataFrame) -> list[tuple[Layer, int]]:
    few = dict(counts.select("layer", "tactics").iter_rows())
    costed = context.costed(engine)
    return [
        (layer, few[costed[layer.position]])
        for layer in longest_first(engine.layers)
        if costed.get(layer.position) in few and layer.family not in _ONE_BY_NATURE
    ]


def _finding(engine: EngineView, layers: list[tuple[Layer, int]]) -> Finding:
    only = [layer for layer, _ in layers]
    return KIND.found(
        title=f"{count(len(only), 'layer')} without a choice of tactics: {share_text(engine, total(only))}",
        why=f"One tactic or none was offered over all format combinations. Longest: {short(only[0].name)} "
        f"({only[0].layer_type}). {engine.source_note}",
        action=_ACTION,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in only],
        lines=[layer.line for layer in only],
        rows=[layer.row(candidates=tactics) for layer, tactics in layers],
    )


def _costed(counts: pl.DataFrame) -> list[Finding]:
    rows = [
        row
        for row in counts.filter(pl.col("name").is_not_null()).iter_rows(named=True)
        if family_of_type(row["runner"]) not in _ONE_BY_NATURE
    ]
    if not rows:
        return []
    names = [str(row["name"]) for row in rows]
    return [
        KIND.found(
            title=f"{count(len(names), 'costed layer')} without a choice of tactics",
            why="The log prints no engine: whether the layers are in it is unknown. First: "
            f"{short(names[0])}.",
            action=_ACTION,
            layers=names,
            lines=[row["line"] for row in rows],
            rows=[
                {
                    "table": "layers",
                    "layer": row["layer"],
                    "name": row["name"],
                    "candidates": row["tactics"],
                    "line": row["line"],
                }
                for row in rows
            ],
        )
    ]
