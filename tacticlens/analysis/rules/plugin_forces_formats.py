"""TL016: a plugin takes or gives a format that its neighbours do not have."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.edges import Formats, added, both_formats
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total

KIND = FindingKind(
    "TL016",
    "plugin-forces-formats",
    "Reformats around plugins",
    what="Plugin layers of the engine that read from, or write to, layers that only convert formats.",
    why="A plugin lists the formats that it supports, often Float and linear only, and every neighbour in "
    "another format pays.",
    action="Let `supportsFormatCombination` accept what the neighbours have, or use operations that TensorRT knows.",
    example="A LayerNorm plugin between FP16 tensors (TensorRT 8.5.1): `1 plugin needs 3 reformats around "
    "it`, 42 % of the engine's time.",
)


def find(context: Context) -> list[Finding]:
    formats = added(context)
    found = []
    for engine in context.engines:
        plugins = [layer for layer in engine.layers if layer.family == "plugin"]
        around = {
            one.position: one
            for layer in plugins
            for one in (*engine.fed_by(layer), *engine.feeds(layer))
            if one.family == "reformat"
        }
        forcing = [layer for layer in plugins if _reformats(engine, layer)]
        if around:
            found.append(_finding(engine, forcing, longest_first(around.values()), formats))
    return found


def _reformats(engine: EngineView, layer: Layer) -> bool:
    return any(one.family == "reformat" for one in (*engine.fed_by(layer), *engine.feeds(layer)))


def _finding(engine: EngineView, plugins: list[Layer], around: list[Layer], formats: Formats) -> Finding:
    pairs = [both_formats(layer, formats)[:2] for layer in around]
    time = total(around)
    outside = pairs[0][0] if any(one is around[0] for one in engine.fed_by(plugins[0])) else pairs[0][1]
    return KIND.found(
        title="{plugins:plugin needs/plugins need} {reformats:reformat} around "
        + ("it" if len(plugins) == 1 else "them")
        + (" ({time_share})" if time is not None else ""),
        why=(
            "The reformats take {time_ms}, {time_share} of the engine's time." if time is not None else "",
            "The longest converts {before} to {after}; the plugin is {plugin:name}.",
        ),
        action="Let supportsFormatCombination of {plugin:name} accept {outside}, which its neighbour has.",
        facts={
            "plugins": len(plugins), "reformats": len(around), "time_ms": time or 0.0,
            "time_share": share(engine, time) or 0.0, "before": pairs[0][0], "after": pairs[0][1],
            "plugin": plugins[0].name, "outside": outside,
        },
        stake_ms=time,
        engine=engine.number,
        build=plugins[0].build,
        layers=[*(layer.name for layer in plugins), *(layer.name for layer in around)],
        lines=[layer.line for layer in (*plugins, *around)],
        rows=[
            *(layer.row() for layer in plugins),
            *(
                layer.row(from_format=before, to_format=after)
                for layer, (before, after) in zip(around, pairs, strict=True)
            ),
        ],
    )  # fmt: skip
