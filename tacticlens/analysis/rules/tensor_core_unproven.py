"""TL002: the log does not tell whether the engine reaches the goal.

What it finds: an engine whose proven Tensor Core time is under the goal, and which may still reach it, because
kernels of matrix work or of fused regions are not printed. Why it matters: a share that is not proven is neither
good nor bad, and a gate must not pass on it. How to act: build with detailed profiling verbosity, which prints the
kernels. Example: a transformer in which one Myelin region takes 80 % of the time.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.tensor_core_share import most, under
from tacticlens.analysis.rules.wording import count, longest_first, ms, percent, short
from tacticlens.tables.shares import MAYBE_MATRIX_FAMILIES

KIND = FindingKind(
    "TL002",
    "tensor-core-share-unproven",
    "Tensor Core share cannot be judged",
    "The proven Tensor Core time is under the goal, but with the time of kernels that the log does not "
    "name it may "
    "reach it. A fused region whose kernels are not printed is unknown, not bad.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine that may or may not reach the goal."""
    found = []
    for engine in context.engines:
        upper = most(context, engine)
        proven = engine.shares.tensor_core or 0.0
        if upper is not None and under(proven, context.goal) and not under(upper, context.goal):
            found.append(_finding(context, engine, upper))
    return found


def _finding(context: Context, engine: EngineView, upper: float) -> Finding:
    told = engine.shares
    unknown = longest_first(layer for layer in engine.layers if _unknown(layer))
    longest = f" Longest: {short(unknown[0].name)}." if unknown else ""
    return KIND.found(
        title=f"Tensor Core share between {percent(told.tensor_core or 0.0)} and {percent(upper)}, goal "
        f"{percent(context.goal)}: "
        f"{percent(told.tensor_core_unknown or 0.0)} is unknown",
        why=f"{count(len(unknown), 'layer')} of matrix work or fused operations have no kernel name "
        f"that decides.{longest} " + engine.source_note,
        action="Build again with --verbose --profilingVerbosity=detailed --dumpLayerInfo: the engine is "
        "then printed with its "
        "kernels. For regions that stay closed, measure with --dumpProfile or Nsight Systems. "
        f"{ms((told.tensor_core_unknown or 0.0) * engine.time_ms)} have to be told.",
        stake_ms=(told.tensor_core_unknown or 0.0) * engine.time_ms,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in unknown],
        lines=[layer.line for layer in unknown],
        rows=[layer.row(family=layer.family, kernel=layer.kernel) for layer in unknown],
    )


def _unknown(layer: Layer) -> bool:
    maybe = layer.gemm or layer.family in MAYBE_MATRIX_FAMILIES
    return maybe and (layer.tensor_core == "unknown" or layer.layer_type == "Myelin")
