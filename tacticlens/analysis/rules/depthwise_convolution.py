"""TL014: depthwise convolutions take a notable share, and never run on Tensor Cores.

What it finds: layers of the depthwise family. Why it matters: one filter per channel leaves no matrix product to
multiply: the goal of 90 % on Tensor Cores is out of reach for MobileNets, whatever the builder does. How to act: judge
such a network by another goal, or replace early depthwise blocks by full convolutions. Example: a MobileNetV2 in INT8
with 17 depthwise layers.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import NOTABLE, count, longest_first, share_text, short, total

KIND = FindingKind(
    "TL014",
    "depthwise-convolution",
    "Depthwise convolutions, which have no matrix product",
    "Depthwise layers together take 1 % of the engine's time and more. Kernels that are proven to run "
    "on Tensor Cores "
    "are left out.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine with depthwise work."""
    found = []
    for engine in context.engines:
        layers = [
            layer for layer in engine.layers if layer.family == "depthwise" and layer.tensor_core != "yes"
        ]
        if layers and (total(layers) or 0.0) >= NOTABLE * engine.time_ms > 0:
            found.append(_finding(engine, layers))
    return found


def _finding(engine: EngineView, layers: list[Layer]) -> Finding:
    ordered = longest_first(layers)
    return KIND.found(
        title=f"{count(len(layers), 'depthwise layer')}: {share_text(engine, total(layers))}, none of "
        "it on Tensor Cores",
        why=f"One filter per channel is no matrix product. Longest: {short(ordered[0].name)} "
        f"({ordered[0].kernel or ordered[0].layer_type}). " + engine.source_note,
        action="Ask for a goal that such a network can reach, or replace the first depthwise blocks by "
        "full convolutions (fused "
        "MBConv), which are more arithmetic and often less time on Tensor Cores.",
        stake_ms=total(layers),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[layer.line for layer in ordered],
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )
