"""TL006: a Transpose, Shuffle or permutation takes a notable part of the engine.

What it finds: layers that only move data: permutation kernels, Transpose and Shuffle layers. Why it matters: they run
at the speed of memory, and they keep the layers on both sides from being fused and from agreeing on a layout. How to
act: take the Transpose out of the ONNX graph, or fold it into the weights of a neighbouring product. Example:
`Transpose_86 + Reshape_92` of a SegFormer, 0.559 ms.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.reformat_between_layers import neighbours
from tacticlens.analysis.rules.wording import NOTABLE, count, notable, percent, share_text, short, total

KIND = FindingKind(
    "TL006",
    "data-movement-hot-spot",
    "Transpose, Shuffle or permutation takes time",
    "Layers that only move data (families permute and shuffle) take 1 % of the engine's time and more, "
    "alone or "
    "together. Reshapes without work are no such layers.",
)
FAMILIES = frozenset({"permute", "shuffle"})


def find(context: Context) -> list[Finding]:
    """Return a finding per notable layer, and one for the others if they are notable together."""
    found = []
    for engine in context.engines:
        large, small = notable(engine, [layer for layer in engine.layers if layer.family in FAMILIES])
        found += [_single(engine, layer) for layer in large]
        if small and (
            (total(small) or 0.0) >= NOTABLE * engine.time_ms or any(x.time_ms is None for x in small)
        ):
            found.append(_together(engine, small, more=bool(large)))
    return found


def _single(engine: EngineView, layer: Layer) -> Finding:
    source, target = neighbours(engine, layer)
    before = ", ".join(tensor.text() for tensor in layer.inputs) or "a tensor"
    after = ", ".join(tensor.text() for tensor in layer.outputs) or "another form"
    nodes = ", ".join(layer.onnx_nodes) or short(layer.name)
    return KIND.found(
        title=f"{short(layer.name)}: {share_text(engine, layer.time_ms)} to move {before} to {after}",
        why=f"It computes nothing; it stands between {source} and {target}. {engine.source_note}",
        action=f"Take the Transpose of {nodes} out of the ONNX graph: cancel it against the opposite "
        "Transpose, fold it into the weights of the "
        "neighbouring MatMul or Conv, or export the model in the layout that the layers behind need.",
        stake_ms=layer.time_ms,
        engine=engine.number,
        build=layer.build,
        layers=[layer.name],
        lines=[layer.line],
        rows=[layer.row(family=layer.family)],
    )


def _together(engine: EngineView, layers: list[Layer], *, more: bool) -> Finding:
    untimed = sum(layer.time_ms is None for layer in layers)
    unknown = f", {untimed} of them without a known time" if untimed else ""
    return KIND.found(
        title=f"{count(len(layers), 'more layer' if more else 'layer')} for moving data only{unknown}: "
        f"{share_text(engine, total(layers))}",
        why=f"None is known to take {percent(NOTABLE)} alone; each is a launch and a round trip through "
        "memory. " + engine.source_note,
        action="Simplify the graph before the export (onnxsim, polygraphy surgeon sanitize "
        "--fold-constants), then look for "
        "Transposes that come in opposite pairs.",
        stake_ms=total(layers),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in layers],
        lines=[layer.line for layer in layers],
        rows=[layer.row(family=layer.family) for layer in layers],
    )
