"""TL007: Transposes on both sides of pointwise work."""

from __future__ import annotations

import re

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import share, total

KIND = FindingKind(
    "TL007",
    "transpose-pair-around-pointwise",
    "Transposes on both sides of pointwise work",
    what="A Transpose whose tensor goes only through pointwise layers and then only into Transposes. Recognised "
    "by layer types, names, ONNX nodes and the tensors of the engine. A Shuffle that is not known to "
    "transpose does not count; other operands must be constants or transposed too. Only the ONNX graph tells "
    "whether the two permutations cancel.",
    why="Pointwise work does not depend on the order of dimensions: the Transposes are needless, and they "
    "keep the pointwise work from being fused into the preceding product. A public course reports a FaceNet "
    "that became twice as fast without them.",
    action="Move the first Transpose after the pointwise nodes; drop both if they are opposite, else keep "
    "one. Transpose constant operands with it.",
    example="Composed, as no public log that we know has the pattern: `Transpose_1`, `PWN(Relu_1)` and "
    "`Transpose_2` after `conv1`, 1.2 ms for the two Transposes.",
)
_NAMED = re.compile(r"transpose|permute", re.IGNORECASE)
_LONGEST_CHAIN = 8


def find(context: Context) -> list[Finding]:
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
    before = engine.fed_by(first, _passes)
    product = next((layer for layer in before if layer.matrix or layer.gemm), None)
    time = total(moving)
    return KIND.found(
        title="{first:name} and {last:name} transpose around pointwise work",
        why=(
            "{moving:layer} that only move data: {time_ms}, {time_share} of the engine's time." if time else "",
            "Pointwise work ({pointwise:name}) does not depend on the order of dimensions.",
            "Without them it can be fused into {product:name}." if product else "",
        ),
        action="In the ONNX graph move the first Transpose after the pointwise nodes: if the permutations "
        "are opposite, drop both, else replace them by one. A constant operand has to be transposed with "
        "it.",
        facts={
            "first": first.name, "last": behind[-1].name, "pointwise": chain[0].name, "moving": len(moving),
            "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0,
            "product": product.name if product else None,
        },
        cause=f"{engine.number} {first.name}",
        stake_ms=time,
        engine=engine.number,
        build=first.build,
        layers=[layer.name for layer in (*moving, *chain)],
        lines=[layer.line for layer in (*moving, *chain)],
        rows=[layer.row(family=layer.family) for layer in (first, *chain, *behind)],
    )  # fmt: skip
