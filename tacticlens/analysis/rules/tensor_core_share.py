"""TL001: less of the engine's time runs on Tensor Cores than the goal asks."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, where
from tacticlens.analysis.tensor_core_bounds import most, under
from tacticlens.tables.shares import MAYBE_MATRIX_FAMILIES

KIND = FindingKind(
    "TL001",
    "tensor-core-share-under-goal",
    "Less time on Tensor Cores than the goal",
    what="The time proven to run on Tensor Cores, plus all time that may be matrix work in kernels that the log "
    "does not name, is less than the goal (90 %, or the goal you ask for). Engines without matrix work are "
    "left out.",
    why="Tensor Cores do matrix products several times faster than CUDA cores. Time elsewhere is products "
    "on the wrong units, or work that is no product at all.",
    action="The other findings name the layers and what to do about them. A network of depthwise layers, "
    "or one at batch 1, cannot reach 90 %: check it against a goal that it can reach. On a GPU without "
    "Tensor Cores the finding says so, and nothing is at stake.",
    example="A deformable attention block (TensorRT 8.5.10, RTX 2000 Ada, `--best`): `Tensor Cores take 10 "
    "% of 0.177 ms; the goal is 90 %`. Most of the rest is reformats, shuffles and pointwise layers.",
)
_SHOWN = 3


def find(context: Context) -> list[Finding]:
    return [_finding(context, engine) for engine in context.engines if _certain(context, engine)]


def _certain(context: Context, engine: EngineView) -> bool:
    if not any(layer.matrix or layer.family in MAYBE_MATRIX_FAMILIES for layer in engine.layers):
        return False  # nothing multiplies: no edit brings this network onto Tensor Cores
    share = most(context, engine)
    return share is not None and under(share, context.goal)


def _rest(engine: EngineView) -> list[tuple[str, float]]:
    """Return families off Tensor Cores with their share of the time, longest first."""
    times = [(row["time_ms"] - row["tensor_core_ms"], row["family"]) for row in engine.families]
    off = sorted(((time, family) for time, family in times if time > 0), key=lambda part: (-part[0], part[1]))
    return [(family, time / engine.time_ms) for time, family in off]


def _finding(context: Context, engine: EngineView) -> Finding:
    shares = engine.shares
    low, high = shares.tensor_core or 0.0, most(context, engine) or 0.0
    without = context.gpu_has_tensor_cores is False
    rest = _rest(engine)[:_SHOWN]
    listed = ", ".join(f"{{family_{n}}} {{rest_{n}_share}}" for n in range(len(rest)))
    off = longest_first(x for x in engine.layers if x.works and x.tensor_core != "yes" and x.time_ms)[:_SHOWN]
    facts = {
        "low_share": low, "high_share": high, "goal_share": context.goal, "time_ms": engine.time_ms,
        "gemm_share": shares.gemm or 0.0, "unknown_share": high - low, "gpu": context.gpu or "This GPU",
        "machine": context.newest_kernels,
    }  # fmt: skip
    for n, (family, share) in enumerate(rest):
        facts |= {f"family_{n}": family, f"rest_{n}_share": share}
    title = "Tensor Cores take {low_share} of {time_ms}; the goal is {goal_share}"
    if without:
        title = "{gpu} has no Tensor Cores; the goal is {goal_share}"
    elif high - low >= 0.005:
        title = "Tensor Cores take {low_share} to {high_share} of {time_ms}; the goal is {goal_share}"
    return KIND.found(
        title=title,
        why=(
            f"The time off Tensor Cores goes into {listed}." if rest else "",
            "Matrix products take {gemm_share} of the time.",
            "The log does not name the GPU; every matrix kernel that ran is for sm{machine} or older."
            if without and context.gpu is None
            else "",
            "{unknown_share} may be matrix work: the log does not name these kernels." if high > low else "",
        ),
        action="No edit of the network reaches the goal: build on a GPU with compute capability 7.0 or later."
        if without
        else "The findings of its layers say what to change; start with the most time at stake.",
        facts=facts,
        stake_ms=None if without else (context.goal - high) * engine.time_ms,
        **where(engine, off),
        rows=[layer.row(family=layer.family, tensor_core=layer.tensor_core) for layer in off],
    )
