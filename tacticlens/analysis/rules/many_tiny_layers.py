"""TL019: most layers are so short that starting them is the work."""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total

KIND = FindingKind(
    "TL019",
    "many-tiny-layers",
    "Many layers of a few microseconds",
    what="At least ten working layers, and at least half of those with a known time, take less than 0.005 ms "
    "each. Where trtexec measured enqueue time against GPU time, the finding says which of them is the limit; "
    "the stake is then the GPU time that is in no layer.",
    why="Launching a kernel takes a few microseconds, too: faster kernels gain little.",
    action="CUDA graphs (`--useCudaGraph`; the default from TensorRT 11 on), a larger batch, fewer and larger layers.",
    example="MobileNetV2 in INT8 at batch 1: `55 of 56 layers take less than 0.005 ms each`, their median 0.0036 ms.",
)
TINY_MS = 0.005
ENOUGH = 10


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        timed = [layer for layer in engine.layers if layer.works and layer.time_ms is not None]
        tiny = [layer for layer in timed if (layer.time_ms or 0.0) < TINY_MS]
        if len(tiny) >= ENOUGH and 2 * len(tiny) >= len(timed):
            found.append(_finding(context, engine, tiny, len(timed)))
    return found


def _enqueue(context: Context) -> tuple[float, float, int] | None:
    """Return the medians of enqueue and GPU time and the line of the first, if the log measured one engine."""
    rows = context.tables.performance.filter(pl.col("statistic") == "median", pl.col("unit") == "ms")
    enqueue = rows.filter(pl.col("metric") == "Enqueue Time")
    compute = rows.filter(pl.col("metric") == "GPU Compute Time")
    if len(enqueue) != 1 or len(compute) != 1 or len(context.engines) != 1:
        return None
    return float(enqueue["value"][0]), float(compute["value"][0]), int(enqueue["line"][0])


def _graph(context: Context) -> bool:
    """Tell whether CUDA graphs are in use: asked for, or the default."""
    options = context.tables.options
    echoed = options.filter(pl.col("key") == "CUDA Graph")["value"].to_list()
    return context.advice.given("--useCudaGraph") or "Enabled" in echoed


def _finding(context: Context, engine: EngineView, tiny: list[Layer], timed: int) -> Finding:
    from statistics import median

    ordered = longest_first(tiny)
    measured = _enqueue(context)
    enqueue, compute, line = measured or (None, None, None)
    bound = enqueue is not None and compute is not None and enqueue >= compute
    graph = _graph(context)
    setting = (
        None
        if graph
        else context.advice.setting("--useCudaGraph")
        if context.advice.trtexec
        else "CUDA graphs"
    )
    gaps = max(0.0, compute - engine.time_ms) if compute is not None else None
    return KIND.found(
        title="{tiny} of {timed:layer} {tiny:=takes/take} less than {limit_ms} each",
        why=(
            ("Their median is {median_ms}, together they take {time_share} of the engine's time; launching a "
                "kernel takes a few microseconds, too."),
            ""
            if measured is None
            else "Enqueueing takes {enqueue_ms}, the GPU {compute_ms}: the host is the limit."
            if bound
            else "Enqueueing takes {enqueue_ms}, the GPU {compute_ms}: the host keeps up.",
        ),
        action=(
            "Launch the layers as one graph: {setting}." if setting else "",
            "CUDA graphs are in use already." if graph else "",
            "What remains is fewer and larger layers: a larger batch, no reformats and Transposes between them.",
        ),
        facts={
            "tiny": len(tiny), "timed": timed, "limit_ms": TINY_MS, "median_ms": median(x.time_ms or 0.0 for x in tiny),
            "time_share": share(engine, total(tiny)) or 0.0, "enqueue_ms": enqueue, "compute_ms": compute,
            "setting": setting,
        },
        stake_ms=gaps,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[*(layer.line for layer in ordered), line],
        rows=[layer.row(family=layer.family) for layer in ordered],
    )  # fmt: skip
