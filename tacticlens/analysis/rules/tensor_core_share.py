"""TL001: less of the engine's time runs on Tensor Cores than the goal asks.

What it finds: an engine whose proven Tensor Core time, with everything that is unknown added to it, still
stays under the goal. Why it matters: Tensor Cores do the same products many times faster; time elsewhere is
copies, pointwise work, or products on CUDA cores. How to act: the other findings name the layers; start with
the longest family of the rest. Example: a ResNet in FP32 with 60 % on Tensor Cores and 29 % on CUDA cores.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import longest_first, ms, percent

KIND = FindingKind(
    "TL001",
    "tensor-core-share-under-goal",
    "Less time on Tensor Cores than the goal",
    "The time proven to run on Tensor Cores, plus all time of which the log does not tell, is less than "
    "the goal "
    "(90 % unless another is asked for).",
)
_SHOWN = 4


def find(context: Context) -> list[Finding]:
    """Return one finding per engine that is certainly under the goal."""
    return [_finding(context, engine) for engine in context.engines if _certain(context, engine)]


def under(share: float, goal: float) -> bool:
    """Tell whether a share is less than the goal; sums of times have rounding errors."""
    return share < goal - 1e-9


def most(context: Context, engine: EngineView) -> float | None:
    """Return the largest share of Tensor Cores that the log allows: proven plus unknown."""
    told = engine.shares
    if told.tensor_core is None or told.tensor_core_unknown is None:
        return None
    if context.gpu_has_tensor_cores is False:
        return told.tensor_core
    return min(1.0, told.tensor_core + told.tensor_core_unknown)


def rest_text(engine: EngineView) -> str:
    """Name the families off Tensor Cores, longest first."""
    times = [(row["time_ms"] - row["tensor_core_ms"], row["family"]) for row in engine.families]
    off = sorted(((time, family) for time, family in times if time > 0), key=lambda part: (-part[0], part[1]))
    parts = [f"{family} {percent(time / engine.time_ms)}" for time, family in off]
    return ", ".join(parts[:_SHOWN]) + (f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else "")


def _certain(context: Context, engine: EngineView) -> bool:
    share = most(context, engine)
    return share is not None and under(share, context.goal)


def _finding(context: Context, engine: EngineView) -> Finding:
    told = engine.shares
    proven, upper = told.tensor_core or 0.0, most(context, engine) or 0.0
    between = percent(proven) if upper - proven < 0.0005 else f"{percent(proven)} to {percent(upper)}"
    unknown = (
        f" {percent(upper - proven)} may be matrix work of which the log does not name the kernel."
        if upper > proven
        else ""
    )
    without = context.gpu_has_tensor_cores is False
    off = longest_first(x for x in engine.layers if x.works and x.tensor_core != "yes" and x.time_ms)
    action = (
        f"{context.gpu} (compute capability {context.compute_capability}) has no Tensor Cores: no edit "
        "of the network "
        "reaches the goal there. Build on a GPU that has them, or ask for another goal."
        if without
        else "Start with the largest family of the rest: the findings of its layers say which flag or "
        "edit helps. "
        "If the network cannot get there (depthwise layers, batch 1), ask for a lower goal."
    )
    return KIND.found(
        title=f"{between} of {ms(engine.time_ms)} on Tensor Cores, goal {percent(context.goal)}",
        why=f"Off Tensor Cores or not told: {rest_text(engine)}. "
        f"Matrix products take {percent(told.gemm or 0.0)} of the time.{unknown} {engine.source_note}",
        action=action,
        stake_ms=None if without else (context.goal - upper) * engine.time_ms,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in off[:_SHOWN]],
        lines=[layer.line for layer in off[:_SHOWN]],
        rows=[layer.row(family=layer.family, tensor_core=layer.tensor_core) for layer in off[:_SHOWN]],
    )
