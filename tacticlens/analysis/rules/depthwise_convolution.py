"""TL014: depthwise convolutions take a notable share, and not on Tensor Cores."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.layer_groups import NOTABLE, longest_first, share, total, where

KIND = FindingKind(
    "TL014",
    "depthwise-convolution",
    "Depthwise convolutions, which are no matrix products",
    what="Depthwise layers that together take at least 1 % of the engine's time. Kernels that are proven to run on "
    "Tensor Cores are left out.",
    why="One filter per channel is no matrix product; Tensor Cores have nothing to do. The goal of 90 % is "
    "out of reach for a MobileNet, whatever the builder does.",
    action="Judge the network by a goal that it can reach (`--goal`), or replace early depthwise blocks by "
    "full convolutions.",
    example="MobileNetV2 in INT8 (TensorRT 8.6.1, RTX 3080): `17 depthwise layers take 30 % of the time, "
    "off Tensor Cores`.",
)


def find(context: Context) -> list[Finding]:
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
    time = total(layers)
    return KIND.found(
        title="{layers:depthwise layer takes/depthwise layers take} {time_share} of the time, off Tensor Cores",
        why=(
            "One filter per channel is no matrix product.",
            "Together they take {time_ms}; {layers:=it is/the longest is} {longest:name} ({kernel}).",
        ),
        action="Judge the network by a goal that it can reach: --goal {reachable}. Or replace the first "
        "depthwise blocks by full convolutions (fused MBConv): more arithmetic, often less time on Tensor "
        "Cores.",
        facts={
            "layers": len(layers), "time_ms": time, "time_share": share(engine, time), "longest": ordered[0].name,
            "kernel": ordered[0].kernel or ordered[0].layer_type,
            "reachable": f"{max(0.0, (1 - (share(engine, time) or 0.0)) * GOAL):.2f}",
        },
        stake_ms=time,
        **where(engine, ordered),
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )  # fmt: skip
