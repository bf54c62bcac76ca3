"""TL013: a layer had one candidate, or none that was timed."""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total, where
from tacticlens.kernels import family_of_type

KIND = FindingKind(
    "TL013",
    "single-candidate",
    "Layer with one candidate or none",
    what="Layers with at most one tactic in all their format combinations together. Fused regions, plugins, "
    "reformats and reshapes are left out: they never have more. So are layers whose candidates an older "
    "timing cache hides. Without a printed engine the costed layers count, and the finding says so.",
    why="The builder had no choice, so tuning cannot help.",
    action="If the layer matters: write it with operations that have more kernels; build without a "
    "`--tacticSources` that leaves some out.",
    example="`5 layers have one candidate or none`: the unfused `Scale` layers of the network of TL008.",
)
_ONE_BY_NATURE = frozenset({"noop", "fill_constant", "myelin", "plugin", "reformat", "copy", "shuffle"})


def find(context: Context) -> list[Finding]:
    counts = _counts(context)
    found = []
    for engine in context.engines:
        layers = _alone(context, engine, counts)
        if layers:
            found.append(_finding(context, engine, layers))
    if not context.engines:
        found += _costed(context, counts)
    return found


def _counts(context: Context) -> pl.DataFrame:
    """Return the costed layers with one tactic at most, of those whose every combination is printed.

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


def _action(context: Context) -> str:
    """Return the advice; sources that the user switched off are the first suspects."""
    if "-" in (context.advice.value("--tacticSources") or ""):
        return "Your --tacticSources={sources} leaves tactics out: build without it."
    return "If the layer matters, write it with operations that have more kernels."


def _finding(context: Context, engine: EngineView, layers: list[tuple[Layer, int]]) -> Finding:
    only = [layer for layer, _ in layers]
    time = total(only)
    return KIND.found(
        title="{layers:layer has/layers have} one candidate or none",
        why=(
            "{layers:=It takes/They take} {time_ms}, {time_share} of the engine's time." if time is not None else "",
            "{layers:=It is/The longest is} {longest:name} ({kind}).",
        ),
        action=_action(context),
        facts={
            "layers": len(only), "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0,
            "longest": only[0].name, "kind": only[0].layer_type,
            "sources": context.advice.value("--tacticSources"),
        },
        **where(engine, only),
        rows=[layer.row(candidates=tactics) for layer, tactics in layers],
    )  # fmt: skip


def _costed(context: Context, counts: pl.DataFrame) -> list[Finding]:
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
            title="{layers:costed layer has/costed layers have} one candidate or none",
            why=(
                "The log prints no engine: whether the layers are in it is unknown.",
                "The first is {first:name}.",
            ),
            action=_action(context),
            facts={
                "layers": len(names), "first": names[0], "sources": context.advice.value("--tacticSources"),
            },
            layers=names,
            lines=[row["line"] for row in rows],
            rows=[
                {
                    "table": "layers", "layer": row["layer"], "name": row["name"], "candidates": row["tactics"],
                    "line": row["line"],
                }
                for row in rows
            ],
        )
    ]  # fmt: skip
