"""TL005: a reformat or copy between two layers that want different formats.

What it finds: layers that only convert type or layout, or copy, with both formats and both neighbours. Why it
matters: it is pure memory traffic, and INT8 or FP16 often loses to it what the faster kernels win. How to act: make
the neighbours agree: one precision on both sides, Q/DQ on both inputs of an Add, the engine's own input and output in
the layout that the network uses. Example: Half(8294400,32400,180,1) -> Half(1036800,1:8,5760,32) on the network input.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, notable, share_text, short, total

KIND = FindingKind(
    "TL005",
    "reformat-between-layers",
    "Reformat or copy between two layers",
    "A layer of the engine does nothing but convert a tensor's type or layout, or copy it. Layers of 1 "
    "% of the "
    "engine's time and more are told one by one, smaller ones together.",
)
FAMILIES = frozenset({"reformat", "copy"})
Formats = dict[tuple[int | None, str], tuple[str, str, int]]


def find(context: Context) -> list[Finding]:
    """Return a finding per notable reformat and one for the others."""
    formats = added(context)
    found = []
    for engine in context.engines:
        layers = [layer for layer in engine.layers if layer.family in FAMILIES]
        large, small = notable(engine, layers)
        found += [_single(engine, layer, formats) for layer in large]
        if small:
            found.append(_together(engine, small, formats))
    return found


def added(context: Context) -> Formats:
    """Return (from, to, line) of the reformats that the builder added, by build and tensor."""
    rows = context.tables.reformats.select("build", "tensor", "source", "from_format", "to_format", "line")
    table: Formats = {}
    for build, tensor, source, before, after, line in rows.iter_rows():
        table[build, source] = (before, after, line)
        table[build, tensor] = (before, after, line)
    return table


def both_formats(layer: Layer, formats: Formats) -> tuple[str, str, int | None]:
    """Return (from, to, line of the log) of a reformat: as the builder printed it, else from its tensors."""
    # an output reformat is listed under the tensor it reads, an input reformat under the one it writes
    for tensor in (*layer.outputs, *layer.inputs):
        known = formats.get((layer.build, tensor.name))
        if known is not None and tensor.name.startswith("Reformatted"):
            return known
    before = ", ".join(tensor.text() for tensor in layer.inputs) or "not printed"
    after = ", ".join(tensor.text() for tensor in layer.outputs) or "not printed"
    return before, after, None


def neighbours(engine: EngineView, layer: Layer) -> tuple[str, str]:
    """Return the names of the layers on both sides."""
    before = [short(one.name, 50) for one in engine.fed_by(layer)]
    after = [short(one.name, 50) for one in engine.feeds(layer)]
    return " + ".join(before) or "the network's input", " + ".join(after) or "the network's output"


def _action(engine: EngineView, layer: Layer, before: str, after: str) -> str:
    if before == after:
        return (
            "Both sides have one format: the copy joins or splits tensors (Concat, Slice) or keeps an "
            "output apart. Let the "
            "layer in front write its part directly: no other consumer of the tensor, no network output "
            "in the middle."
        )
    types = before.partition("(")[0], after.partition("(")[0]
    if not engine.fed_by(layer):
        return f"Give the engine its input as the first layer wants it: {after}. Flag: --inputIOFormats=TYPE:LAYOUT."
    if not engine.feeds(layer):
        return f"Take the output as the last layer gives it: {before}. Flag: --outputIOFormats=TYPE:LAYOUT."
    if types[0] != types[1]:
        quantized = (
            " Put Q/DQ on every input of the layer behind, and allow --fp16 besides --int8."
            if "Int8" in types
            else ""
        )
        return (
            f"Let both neighbours work in one type instead of {types[0]} and {types[1]}, with "
            "--layerPrecisions or the types in "
            f"the ONNX graph.{quantized}"
        )
    return (
        "Both sides have one type and different layouts: pad channels to the vector width, and look at "
        "the neighbour that "
        "has no kernel for the other's layout (Shuffle, pooling, plugin)."
    )


def _single(engine: EngineView, layer: Layer, formats: Formats) -> Finding:
    before, after, line = both_formats(layer, formats)
    source, target = neighbours(engine, layer)
    return KIND.found(
        title=f"{short(layer.name)}: {before} -> {after}, {share_text(engine, layer.time_ms)}",
        why=f"It stands between {source} and {target} and computes nothing. {engine.source_note}",
        action=_action(engine, layer, before, after),
        stake_ms=layer.time_ms,
        engine=engine.number,
        build=layer.build,
        layers=[layer.name],
        lines=[layer.line, line],
        rows=[layer.row(from_format=before, to_format=after)],
    )


def _together(engine: EngineView, layers: list[Layer], formats: Formats) -> Finding:
    told = [(layer, both_formats(layer, formats)) for layer in layers]
    untimed = sum(layer.time_ms is None for layer in layers)
    unknown = f", {untimed} of them without a known time" if untimed else ""
    noun = "smaller reformat" if untimed < len(layers) else "reformat"
    return KIND.found(
        title=f"{count(len(layers), noun)}{unknown}: {share_text(engine, total(layers))}",
        why="None is known to take 1 % alone; each is a launch and a round trip through memory. "
        f"{engine.source_note}",
        action="Look for one cause behind many: mixed precisions, a layer type without a vectorized "
        "kernel, Q/DQ on one branch only.",
        stake_ms=total(layers),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in layers],
        lines=[layer.line for layer in layers],
        rows=[layer.row(from_format=before, to_format=after) for layer, (before, after, _) in told],
    )
