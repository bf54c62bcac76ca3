"""TL022: one layer takes a large part of the engine's time."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first
from tacticlens.tables.shares import REFORMAT_FAMILIES

KIND = FindingKind(
    "TL022",
    "dominating-layer",
    "One layer takes a large part of the time",
    what="A layer that takes at least 20 % of the engine's time and three times the average, or half of the time "
    "of an engine with at least three layers. Reformats and Shuffles are left out: TL005 and TL006 name them.",
    why="No other layer offers as much to gain.",
    action="Start there. On CUDA cores: the findings on precision and Tensor Cores say why. On Tensor Cores "
    "already: only fewer channels, a lower resolution or fewer bits help. Without a printed kernel: "
    "build with detailed verbosity.",
    example="A BERT (TensorRT 8.6.1): its last product, 0.383 ms, takes 23 % of the time of 174 layers.",
)
_SHARE, _TIMES_MEAN = 0.2, 3.0
_HALF, _FEW = 0.5, 3


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        timed = longest_first(layer for layer in engine.layers if layer.works and layer.time_ms)
        moving = not timed or timed[0].family in REFORMAT_FAMILIES
        if not moving and _dominates(timed[0].time_ms or 0.0, engine, len(timed)):
            found.append(_finding(context, engine, timed))
    return found


def _dominates(time: float, engine: EngineView, layers: int) -> bool:
    share = time / engine.time_ms if engine.time_ms else 0.0
    return layers >= _FEW and (share >= _HALF or (share >= _SHARE and share * layers >= _TIMES_MEAN))


def _action(context: Context, layer: Layer) -> str:
    printed = context.advice.detailed()
    if layer.family == "plugin":
        return "Profile the plugin's kernels with Nsight Compute: TensorRT does not tune them."
    if layer.tensor_core == "yes":
        return (
            "It is on Tensor Cores already: fewer channels, a lower resolution or fewer bits are what "
            "makes it faster."
        )
    if layer.kernel is None and (layer.matrix or layer.gemm or layer.family == "myelin"):
        if printed and context.advice.value("--profilingVerbosity") != "detailed":
            return "Its kernel is not printed: build with {printed}, then judge it."
        return "Its kernel is not printed: Nsight Systems (nsys profile --stats=true) shows it."
    if (layer.matrix or layer.gemm) and context.gpu_has_tensor_cores is False:
        return "This GPU has no Tensor Cores: only less work in this layer makes it faster."
    if layer.matrix or layer.gemm:
        return "It runs on CUDA cores ({evidence}): see what keeps it from Tensor Cores first."
    return "It is bound by memory: make its tensors smaller, or fuse it with its neighbours."


def _finding(context: Context, engine: EngineView, timed: list[Layer]) -> Finding:
    first = timed[0]
    merged = first.name.count(" || ") + 1
    return KIND.found(
        title="{layer:name} takes {time_share} of the time",
        why=(
            "{time_ms} of {engine_ms} in {layers:layer}; the next longest takes {next_share}.",
            "It merges {merged:layer} of the network." if merged > 1 else "",
            "Its kernel is {kernel}." if first.kernel else "",
        ),
        action=_action(context, first),
        facts={
            "layer": first.name, "time_ms": first.time_ms, "engine_ms": engine.time_ms, "layers": len(timed),
            "time_share": (first.time_ms or 0.0) / engine.time_ms, "merged": merged, "kernel": first.kernel,
            "next_share": (timed[1].time_ms or 0.0) / engine.time_ms, "evidence": first.evidence,
            "printed": context.advice.detailed(),
        },
        cause=first.name,
        stake_ms=first.time_ms,
        engine=engine.number,
        build=first.build,
        layers=[first.name],
        lines=[first.line],
        rows=[first.row(family=first.family, kernel=first.kernel)],
    )  # fmt: skip
