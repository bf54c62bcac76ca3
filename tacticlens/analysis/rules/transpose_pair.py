"""TL007: a Transpose in front of pointwise work and one behind it.

What it finds: a transposing layer whose tensor goes only through pointwise layers and then only into transposing
layers (the FaceNet case: Transpose -> Relu -> Transpose). Why it matters: pointwise work does not care for the
order of dimensions, so both Transposes are needless, and they keep the pointwise work from being fused into the
product in front. How to act: move the Transposes together in the ONNX graph; opposite ones cancel. Example: Conv ->
Transpose -> PWN(Relu) -> Transpose -> Conv.
"""

from __future__ import annotations

import re

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, share_text, short, total

KIND = FindingKind(
    "TL007",
    "transpose-pair-around-pointwise",
    "Transposes on both sides of pointwise work",
    "A Transpose feeds pointwise layers only, and these feed Transposes only. Seen from layer types, "
    "names, ONNX nodes and "
    "the tensors of the engine; whether the two permutations cancel stands only in the ONNX graph.",
)
_NAMED = re.compile(r"transpose|permute", re.IGNORECASE)
_LONGEST_CHAIN = 8


def find(context: Context) -> list[Finding]:
    """Return one finding per chain of pointwise layers between Transposes."""
    found = []
    for engine in context.engines:
        for layer in engine.layers:
            chain = _pointwise_behind(engine, layer) if transposes(layer) else None
            if chain:
                behind = [one for one in engine.feeds(chain[-1], _passes) if transposes(one)]
                found.append(_finding(engine, layer, chain, behind))
    return found


def transposes(layer: Layer) -> bool:
    """Tell whether the layer is known to change the order of dimensions: a Shuffle may be a reshape alone."""
    named = any(_NAMED.search(text) for text in (layer.name, *layer.onnx_nodes))
    return layer.family == "permute" or (layer.family == "shuffle" and named)


def _passes(layer: Layer) -> bool:
    return layer.family in {"noop", "reformat"}


def _pointwise_behind(engine: EngineView, first: Layer) -> list[Layer] | None:
    """Return the pointwise layers between `first` and the next Transposes; None if anything else is between."""
    chain: list[Layer] = []
    at = first
    while len(chain) <= _LONGEST_CHAIN:
        behind = engine.feeds(at, _passes)
        if not behind or engine.leaves(at):
            return None
        if all(transposes(layer) for layer in behind):
            return chain or None
        if len(behind) != 1 or behind[0].family != "pointwise" or not _only_takes(engine, behind[0], at):
            return None
        at = behind[0]
        chain.append(at)
    return None


def _only_takes(engine: EngineView, layer: Layer, source: Layer) -> bool:
    """Tell whether a pointwise layer's other operands are constants or transposed too."""
    return all(
        other is source or other.family == "fill_constant" or transposes(other)
        for other in engine.fed_by(layer, _passes)
    )


def _finding(engine: EngineView, first: Layer, chain: list[Layer], behind: list[Layer]) -> Finding:
    moving = [first, *behind]
    pointwise = " -> ".join(short(layer.name, 40) for layer in chain)
    before = engine.fed_by(first, _passes)
    product = next((layer for layer in before if layer.matrix or layer.gemm), None)
    fuse = f" Without them the pointwise work can be fused into {short(product.name, 50)}." if product else ""
    return KIND.found(
        title=f"{short(first.name, 40)} -> {pointwise} -> {' and '.join(short(x.name, 40) for x in behind)}: "
        f"{count(len(moving), 'layer')} that move data, {share_text(engine, total(moving))}",
        why=f"Pointwise work does not depend on the order of dimensions.{fuse} {engine.source_note}",
        action="In the ONNX graph move the first Transpose behind the pointwise nodes: if the "
        "permutations are opposite, drop "
        "both, else replace them by one. A constant operand has to be transposed with it.",
        stake_ms=total(moving),
        engine=engine.number,
        build=first.build,
        layers=[layer.name for layer in (*moving, *chain)],
        lines=[layer.line for layer in (*moving, *chain)],
        rows=[layer.row(family=layer.family) for layer in (first, *chain, *behind)],
    )
