"""TL019: most layers are so short that starting them is the work.

What it finds: engines in which at least ten, and half of all working layers, take less than 5 microseconds each. Why
it matters: a launch costs the host about as much, so the GPU waits, and faster kernels win nothing. How to act: CUDA
graphs, a larger batch, fewer and larger layers. Example: an MLP on small vectors whose 20 layers take 2 to 3
microseconds each.
"""

from __future__ import annotations

from statistics import median

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, ms, share_text, total

KIND = FindingKind(
    "TL019",
    "many-tiny-layers",
    "Many layers of a few microseconds",
    "Ten working layers and more, and at least half of those with a known time, take less than 0.005 ms "
    "each: the engine "
    "is likely bound by launches. Where trtexec measured it, enqueue time against GPU time is told.",
)
TINY_MS = 0.005
ENOUGH = 10


def find(context: Context) -> list[Finding]:
    """Return one finding per engine of tiny layers."""
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


def _finding(context: Context, engine: EngineView, tiny: list[Layer], timed: int) -> Finding:
    ordered = longest_first(tiny)
    middle = median(layer.time_ms or 0.0 for layer in tiny)
    told, line = "The log does not say what the launches cost.", None
    measured = _enqueue(context)
    if measured is not None:
        enqueue, compute, line = measured
        bound = "the host is the limit" if enqueue >= compute else "the host keeps up"
        told = f"Median enqueue time is {ms(enqueue)}, GPU time {ms(compute)}: {bound}."
    graph = (
        "CUDA graphs are in use; what is left is to make layers fewer and larger:"
        if "--useCudaGraph" in context.command
        else "Run with CUDA graphs (--useCudaGraph), and make layers fewer and larger:"
    )
    return KIND.found(
        title=f"{len(tiny)} of {count(timed, 'timed layer')} take less than {ms(TINY_MS)} each (their "
        f"median {ms(middle)}): "
        f"{share_text(engine, total(tiny))}",
        why=f"A launch costs a few microseconds as well. {told} {engine.source_note}",
        action=f"{graph} a larger batch, pointwise work fused into products, reformats and Transposes "
        "removed.",
        stake_ms=total(tiny),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[*(layer.line for layer in ordered), line],
        rows=[layer.row(family=layer.family) for layer in ordered],
    )
