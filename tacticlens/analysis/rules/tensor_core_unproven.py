"""TL002: the log does not say whether the engine reaches the goal."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, where
from tacticlens.analysis.tensor_core_bounds import most, under
from tacticlens.tables.shares import MAYBE_MATRIX_FAMILIES

KIND = FindingKind(
    "TL002",
    "tensor-core-share-unproven",
    "Tensor Core share cannot be judged",
    what="The proven Tensor Core time is under the goal, and the time of kernels that the log does not "
    "name could lift it above the goal. A fused region whose kernels are not printed is unknown, not bad.",
    why="A share that is not proven is neither good nor bad, and a gate must not pass on it.",
    action="Build with `--profilingVerbosity=detailed --dumpLayerInfo` (TensorRT 8.2 and later), which "
    "prints the kernels of the engine. Nsight Systems shows the kernels of regions that stay unprinted.",
    example="An engine of two plugins (TensorRT 10.16): `0 % to 100 % of the time is on Tensor Cores; the "
    "goal is 90 %`.",
)


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        high = most(context, engine)
        low = engine.shares.tensor_core or 0.0
        if high is not None and under(low, context.goal) and not under(high, context.goal):
            found.append(_finding(context, engine, low, high))
    return found


def _finding(context: Context, engine: EngineView, low: float, high: float) -> Finding:
    unknown = longest_first(layer for layer in engine.layers if _unknown(layer))
    printed = context.advice.detailed()
    detailed = context.advice.value("--profilingVerbosity") == "detailed"
    return KIND.found(
        title="{low_share} to {high_share} of the time is on Tensor Cores; the goal is {goal_share}",
        why=(
            "{layers:layer} of matrix work or fused operations without a kernel name." if unknown else "",
            "{layers:=It is/The longest is} {longest:name}." if unknown else "",
        ),
        action=(
            "Nsight Systems shows the kernels of these layers: nsys profile --stats=true."
            if printed is None or detailed
            else "Build with {printed}: the engine is then printed with its kernels."
        ),
        facts={
            "low_share": low, "high_share": high, "goal_share": context.goal, "layers": len(unknown),
            "longest": unknown[0].name if unknown else "", "printed": printed,
        },
        stake_ms=(engine.shares.tensor_core_unknown or 0.0) * engine.time_ms,
        **where(engine, unknown),
        rows=[layer.row(family=layer.family, kernel=layer.kernel) for layer in unknown],
    )  # fmt: skip


def _unknown(layer: Layer) -> bool:
    maybe = layer.gemm or layer.family in MAYBE_MATRIX_FAMILIES
    return maybe and (layer.tensor_core == "unknown" or layer.layer_type == "Myelin")
