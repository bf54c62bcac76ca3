"""TL016: a plugin takes or gives a format that its neighbours do not have.

What it finds: a plugin layer with reformats directly before or behind it. Why it matters: a plugin lists the types and
layouts that it supports, often Float and linear only; every neighbour in another format pays a conversion. How to act:
let the plugin support the neighbours' formats, or write it with operations that TensorRT fuses. Example: a LayerNorm
plugin in Float between FP16 layers: three reformats for one plugin.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.reformat_between_layers import Formats, added, both_formats
from tacticlens.analysis.rules.wording import count, share_text, short, total

KIND = FindingKind(
    "TL016",
    "plugin-forces-formats",
    "Reformats around a plugin",
    "A plugin layer of the engine reads from, or writes to, layers that only convert formats.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per plugin with reformats around it."""
    formats = added(context)
    found = []
    for engine in context.engines:
        for layer in engine.layers:
            if layer.family == "plugin":
                around = [
                    one for one in (*engine.fed_by(layer), *engine.feeds(layer)) if one.family == "reformat"
                ]
                if around:
                    found.append(_finding(engine, layer, around, formats))
    return found


def _finding(engine: EngineView, plugin: Layer, around: list[Layer], formats: Formats) -> Finding:
    pairs = [both_formats(layer, formats)[:2] for layer in around]
    wanted = ", ".join(f"{before} -> {after}" for before, after in dict.fromkeys(pairs))
    own = f"the plugin itself takes {share_text(engine, plugin.time_ms)}"
    return KIND.found(
        title=f"{short(plugin.name)}: {count(len(around), 'reformat')} around the plugin, "
        f"{share_text(engine, total(around))}",
        why=f"Conversions: {wanted}; {own}. {engine.source_note}",
        action="Let the plugin's supportsFormatCombination accept what the neighbours have (Half, "
        "channels-last), or replace it by "
        "operations that TensorRT has (INormalizationLayer, ONNX LayerNormalization from opset 17).",
        stake_ms=total(around),
        engine=engine.number,
        build=plugin.build,
        layers=[plugin.name, *(layer.name for layer in around)],
        lines=[plugin.line, *(layer.line for layer in around)],
        rows=[
            plugin.row(),
            *(
                layer.row(from_format=before, to_format=after)
                for layer, (before, after) in zip(around, pairs, strict=True)
            ),
        ],
    )
