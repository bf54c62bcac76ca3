"""Engines of a log -> their layers in order, with times, kernels, margins and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.explanation import Explainer
from tacticlens.analysis.explanation_model import Candidate, Explanation
from tacticlens.analysis.naming import Place
from tacticlens.analysis.overview import engine_overview
from tacticlens.report import contract
from tacticlens.report.facts import Facts
from tacticlens.report.packing import steps, text_lists, texts
from tacticlens.report.repeats import repeats
from tacticlens.tables.intervals import Interval
from tacticlens.tables.shares import REFORMAT_FAMILIES
from tacticlens.tables.table_set import TableSet
from tacticlens.views.decision import decision_words
from tacticlens.views.explain import next_best_words
from tacticlens.views.headline import engine_headline
from tacticlens.views.page_words import clock, engine_label, winners_headline, winners_label
from tacticlens.views.time_relation import relation_text

MOST_PLACES = 1_500
"""Layers with details that a page holds at most."""


class Places:
    """The layers whose details are in the page, each once."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._numbers: dict[tuple[str, int | None], int] = {}
        self.explained: list[Explanation] = []
        self.left_out = 0

    def of(self, name: str, build: int | None) -> int | None:
        """Return the place of a layer's details; None where the page is full."""
        key = name, build
        if key not in self._numbers:
            if len(self.explained) >= MOST_PLACES:
                self.left_out += 1
                return None
            self._numbers[key] = len(self.explained)
            self.explained.append(self._explainer.of(Place(name, build, ())))
        return self._numbers[key]


def engine(
    view: EngineView,
    context: Context,
    places: Places,
    facts: Facts,
    *,
    engines: int,
    found: dict[str, list[int]],
) -> contract.Engine:
    """Return an engine, or one optimization profile of it.

    Args:
        view: the engine.
        context: its log.
        places: takes the layers whose details are wanted.
        facts: what is known of the runs of the log.
        engines: number of engines of the log.
        found: places of findings by name of layer.
    """
    tables, shares = context.tables, view.shares
    summary = engine_overview(context, view.number, view.build, several=view.build is not None)
    relation = relation_text(summary.relation)
    profile = tables.builds.filter(pl.col("build").eq_missing(view.build))["profile"].to_list()
    known = shares.time_source != "none"
    return contract.Engine(
        label=engine_label(view, engines, profile[0] if profile else None),
        basis="engine",
        engine=view.number,
        build=view.build if view.build is not None else view.layers[0].build,
        headline=engine_headline(summary),
        facts=facts.at(
            min((layer.line for layer in view.layers if layer.line is not None), default=None),
            summary.relation.inference.run if summary.relation.inference else None,
        ),
        clock=clock(view),
        time_ms=shares.time_ms if known else None,
        all=_sum(view, pl.lit(value=True)),
        gemm=_share(view, shares.gemm, shares.gemm_bounds, pl.col("gemm")),
        tensor_core=_share(
            view, shares.tensor_core, shares.tensor_core_bounds, pl.col("tensor_core") == "yes"
        ),
        tensor_core_unknown=shares.tensor_core_unknown,
        reformat=_share(
            view, shares.reformat, shares.reformat_bounds, pl.col("family").is_in(REFORMAT_FAMILIES)
        ),
        notes=[relation] if relation else [],
        families=_families(view),
        layers=_layers(view, tables, places, found),
        repeats=repeats(view.layers),
    )


def _share(view: EngineView, known: float | None, bounds: Interval | None, of: pl.Expr) -> contract.Share:
    added = _sum(view, of)
    return contract.Share(
        known=known, low=bounds.low if bounds else None, high=bounds.high if bounds else None,
        time_ms=sum(added.time_ms) if known is not None else None, of=added,
    )  # fmt: skip


def _sum(view: EngineView, of: pl.Expr) -> contract.Sum:
    """Return the layers that have parts of a kind, with the time of these parts."""
    row_of = {layer.position: row for row, layer in enumerate(view.layers)}
    added = (
        view.parts.filter(of.fill_null(value=False), pl.col("time_ms") > 0)
        .group_by("position", maintain_order=True)
        .agg(pl.col("time_ms").sum())
        .sort("time_ms", descending=True, maintain_order=True)
    )
    return contract.Sum(
        rows=[row_of[position] for position in added["position"]], time_ms=added["time_ms"].to_list()
    )


def _families(view: EngineView) -> contract.FamilyTimes:
    rows = view.families
    return contract.FamilyTimes(
        family=texts(row["family"] for row in rows),
        **{name: [row[name] for row in rows] for name in ("layers", "untimed", "time_ms", "share")},
        tensor_core=[row["tensor_core_ms"] / row["time_ms"] if row["time_ms"] else None for row in rows],
        of=[_sum(view, pl.col("layer_family") == row["family"]) for row in rows],
    )


def _layers(
    view: EngineView, tables: TableSet, places: Places, found: dict[str, list[int]]
) -> contract.Layers:
    layers = view.layers
    row_of = {(layer.build, layer.position): row for row, layer in enumerate(layers)}

    def rows(of: list[Layer]) -> list[int]:
        return [
            row_of[layer.build, layer.position] for layer in of if (layer.build, layer.position) in row_of
        ]

    moves = [layer.family in REFORMAT_FAMILIES for layer in layers]
    numbers = [places.of(layer.name, layer.build) for layer in layers]
    explanations = [None if number is None else places.explained[number] for number in numbers]
    next_ = [_runner_up(one) for one in explanations]
    bounds = _bounds(view, tables)
    total = view.shares.time_ms
    return contract.Layers(
        place=list(numbers),
        **_of_layers(layers),
        low_ms=[bounds.get((one.build, one.position), (None, None))[0] for one in layers],
        high_ms=[bounds.get((one.build, one.position), (None, None))[1] for one in layers],
        share=[one.time_ms / total if one.time_ms is not None and total else None for one in layers],
        margin=[one.margin if one else None for one in next_],
        margin_line=steps(one.line if one else None for one in next_),
        feeds=[rows(view.feeds(layer, lambda _: False)) for layer in layers],
        serves_before=[
            rows(view.fed_by(layer)) if moved else [] for layer, moved in zip(layers, moves, strict=True)
        ],
        serves_after=[
            rows(view.feeds(layer)) if moved else [] for layer, moved in zip(layers, moves, strict=True)
        ],
        findings=[found.get(layer.name, []) for layer in layers],
        decision=texts(decision_words(one.decision) if one else None for one in explanations),
        next_best=texts(next_best_words(one) if one else None for one in explanations),
        line=steps(layer.line for layer in layers),
    )


def _of_layers(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the columns that are fields of the layers."""

    def column(value: Callable[[Layer], str | None]) -> contract.Texts:
        return texts(value(layer) for layer in layers)

    return {
        "position": [layer.position for layer in layers],
        "name": column(lambda one: one.name),
        "layer_type": column(lambda one: one.layer_type),
        "family": column(lambda one: one.family),
        "gemm": [layer.gemm for layer in layers],
        "tensor_core": column(lambda one: one.tensor_core),
        "evidence": column(lambda one: one.evidence),
        "kernel": column(lambda one: one.kernel),
        "tactic": column(lambda one: one.tactic),
        "time_ms": [layer.time_ms for layer in layers],
        "time_source": column(lambda one: one.time_source),
        "combination": [layer.combination for layer in layers],
        "types": column(_types),
        "nodes": text_lists(layer.onnx_nodes for layer in layers),
        "inputs": text_lists([f"{one.name}: {one.text()}" for one in layer.inputs] for layer in layers),
        "outputs": text_lists([f"{one.name}: {one.text()}" for one in layer.outputs] for layer in layers),
    }


def _types(layer: Layer) -> str | None:
    """Return the types of a layer's inputs and outputs, each once."""
    sides = [dict.fromkeys(one.dtype for one in side if one.dtype) for side in (layer.inputs, layer.outputs)]
    return f"{', '.join(sides[0]) or '–'} → {', '.join(sides[1]) or '–'}" if any(sides) else None


def _bounds(
    view: EngineView, tables: TableSet
) -> dict[tuple[int | None, int], tuple[float | None, float | None]]:
    rows = tables.engine_layers.filter(pl.col("engine").eq_missing(view.number))
    wanted = rows.select("build", "position", "low_ms", "high_ms").iter_rows()
    return {(build, position): (low, high) for build, position, low, high in wanted}


def _runner_up(explanation: Explanation | None) -> Candidate | None:
    """Return the runner-up of the combination that the engine took."""
    if explanation is None:
        return None
    taken = next((one for one in explanation.combinations if one.combination == explanation.taken), None)
    return taken.runner_up if taken is not None else None


def winners(
    tables: TableSet, explainer: Explainer, places: Places, facts: Facts, build: int
) -> contract.Engine:
    """Return the layers of a build of which the log prints no engine, each with its fastest winner."""
    layers = tables.layers.filter(pl.col("build") == build)
    best = (
        explainer.candidates.filter(pl.col("build") == build, pl.col("won"), pl.col("purpose") == "layer")
        .sort("time_ms", nulls_last=True, maintain_order=True)
        .unique("layer", keep="first", maintain_order=True)
    )
    rows = layers.join(
        best.drop("build", "name", "line"), on="layer", how="left", maintain_order="left"
    ).to_dicts()
    numbers = [places.of(row["name"], build) for row in rows]
    explained = [None if number is None else places.explained[number] for number in numbers]
    of = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    fate = tables.builds.filter(pl.col("build") == build).select("in_engine", "first_line").rows()
    taken, begin = fate[0] if fate else (None, None)
    nothing: list[Any] = [None] * len(rows)
    unknown = contract.Share(
        known=None, low=None, high=None, time_ms=None, of=contract.Sum(rows=[], time_ms=[])
    )
    return contract.Engine(
        label=winners_label(build, taken=taken), basis="winners", engine=None, build=build,
        headline=winners_headline(len(rows), build, taken=taken), facts=facts.at(begin),
        clock="fastest winner of each layer, measured alone",
        time_ms=None, all=unknown.of, repeats=[], gemm=unknown, tensor_core=unknown, tensor_core_unknown=None,
        reformat=unknown, notes=[],
        families=contract.FamilyTimes(
            family=texts([]), layers=[], untimed=[], time_ms=[], share=[], tensor_core=[], of=[]
        ),
        layers=contract.Layers(
            place=list(numbers), position=of.get("layer", []), name=texts(of.get("name", [])),
            layer_type=texts(of.get("runner", [])), family=texts(one or "unknown" for one in of.get("family", [])),
            gemm=nothing, tensor_core=texts(one or "unknown" for one in of.get("tensor_core", [])),
            evidence=texts(nothing), kernel=texts(of.get("kernel", [])),
            tactic=texts(of.get("tactic", [])), time_ms=of.get("time_ms", []), time_source=texts(nothing),
            low_ms=nothing, high_ms=nothing, share=nothing,
            margin=nothing, margin_line=steps(nothing), combination=of.get("combination", []), types=texts(nothing),
            nodes=text_lists(of.get("onnx_nodes", [])), inputs=text_lists(nothing), outputs=text_lists(nothing),
            feeds=[[] for _ in rows], serves_before=[[] for _ in rows], serves_after=[[] for _ in rows],
            findings=[[] for _ in rows],
            decision=texts(decision_words(one.decision) if one else None for one in explained),
            next_best=texts(nothing),
            line=steps(of.get("line", [])),
        ),
    )  # fmt: skip
