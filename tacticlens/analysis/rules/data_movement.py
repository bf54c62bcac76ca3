"""TL006: Transpose, Shuffle and permutation layers take a notable part of the engine."""

from __future__ import annotations

import re

from tacticlens.analysis.context import Context
from tacticlens.analysis.edges import neighbours
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import NOTABLE, longest_first, share, total, untimed, where

KIND = FindingKind(
    "TL006",
    "data-movement-hot-spot",
    "Transpose, Shuffle or permutation takes time",
    what="Layers that only move data (families permute and shuffle), if together they take at least 1 % of the "
    "engine's time or their times are unknown. Reshapes without work (`NoOp`) do not count.",
    why="They are bound by memory bandwidth, and keep the layers on both sides from being fused and from sharing "
    "a layout.",
    action="Take the Transpose out of the ONNX graph: cancel it against the opposite one, fold it into the "
    "weights of a neighbouring product, or export the model in the layout that it needs.",
    example="The attention block of TL001: `/Reshape_2 + /Transpose_1` takes 0.0238 ms, 13 % of the engine.",
)
_NAMED = re.compile(r"transpose|permute", re.IGNORECASE)
_SHOWN = 3
FAMILIES = frozenset({"permute", "shuffle"})


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        layers = longest_first(layer for layer in engine.layers if layer.family in FAMILIES)
        if layers and ((total(layers) or 0.0) >= NOTABLE * engine.time_ms > 0 or untimed(layers)):
            found.append(_finding(engine, layers))
    return found


def _finding(engine: EngineView, layers: list[Layer]) -> Finding:
    first, time = layers[0], total(layers)
    nodes = [node for layer in layers for node in layer.onnx_nodes if _NAMED.search(node)][:_SHOWN]
    before, after = neighbours(engine, first)
    facts = {
        "layers": len(layers), "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0,
        "longest": first.name, "longest_ms": first.time_ms, "untimed": untimed(layers),
        "nodes": ", ".join(nodes), "before": before[0] if before else "the network's input",
        "after": after[0] if after else "the network's output",
    }  # fmt: skip
    return KIND.found(
        title="{layers:layer only moves/layers only move} data"
        + (" ({time_share})" if time is not None else ""),
        why=(
            "{layers:=It takes/They take} {time_ms}, {time_share} of the engine's time."
            if time is not None
            else "The log has no time for {layers:=it/them}.",
            "{untimed:more layer has/more layers have} no known time."
            if time is not None and untimed(layers)
            else "",
            "{layers:=It is/The longest is} {longest:name}, {longest_ms}, between {before:name} and {after:name}."
            if first.time_ms is not None
            else "{layers:=It is/The first is} {longest:name}, between {before:name} and {after:name}.",
        ),
        action="Take {nodes} out of the ONNX graph: cancel a Transpose against the opposite one, fold it into "
        "the weights of the neighbouring MatMul or Conv, or export the model in the layout that the next layers "
        "need."
        if nodes
        else "See which reshape or slice of the ONNX graph {longest:name} is; without the operation before or "
        "after it, often no data has to move.",
        facts=facts,
        stake_ms=time,
        **where(engine, layers),
        rows=[layer.row(family=layer.family) for layer in layers],
    )
