"""How the sum of an engine's layers and the time of an inference relate: two measurements of different things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from tacticlens.analysis.engine_time import Clock, EngineTime, engine_time
from tacticlens.tables.intervals import Interval
from tacticlens.tables.table_set import TableSet

Relation = Literal["more", "about", "less", "unknown"]
"""The sum of the layers against the measured GPU time; `unknown`: nothing was measured, or the bounds do not decide."""

Reason = Literal["profiler", "cuda_graph", "average", "isolated", "launch_gaps", "other_run", "untimed"]
"""What explains the difference.

`profiler`: while a profile is taken each layer is timed by itself, and waits for the one before.
`cuda_graph`: the inference ran as one CUDA graph, the profile launched layer after layer.
`average`: the profile prints averages, which carry spikes.
`isolated`: the builder timed each tactic alone, back to back, with caches and clocks of that moment.
`launch_gaps`: launching takes about as long as computing, so the GPU waits between kernels.
`other_run`: layers and inference were measured one after the other, at clocks of their own.
`untimed`: layers without a time or a bound of it are missing in the sum.
"""

_ABOUT: Final = 0.05
"""Sums that differ by less from the measured time agree with it."""
_CLOCKS: Final = 0.7
"""Clocks do not explain sums that are a smaller part of the measured time."""
_LAUNCH_BOUND: Final = 0.5
"""From this share of the GPU time on, the time to enqueue an inference shows in it."""


@dataclass(frozen=True)
class Inference:
    """What a run of trtexec measured of an engine.

    Attributes:
        run: number of the run.
        gpu_ms: median GPU compute time.
        latency_ms: median latency, with the transfers of inputs and outputs.
        enqueue_ms: median time to enqueue the work of an inference.
        cuda_graph: whether it ran as a CUDA graph; None if the options do not say.
        line: line of the GPU compute time.
    """

    run: int | None
    gpu_ms: float
    latency_ms: float | None
    enqueue_ms: float | None
    cuda_graph: bool | None
    line: int


@dataclass(frozen=True)
class TimeRelation:
    """The times that a log has of one engine, and how they fit together.

    Attributes:
        time: the layers: their sum, and the clock that they were measured with.
        inference: what was measured of the whole engine; None if nothing was, or it is not known to be of this one.
        estimated_ms: the builder's own estimate of an inference; it is no measurement.
        relation: the sum against the measured GPU time.
        ratio: the sum divided by it; None where nothing was measured or the sum has no bound.
        reasons: what explains a difference; empty where the two agree.
    """

    time: EngineTime
    inference: Inference | None
    estimated_ms: float | None
    relation: Relation
    ratio: Interval | None
    reasons: tuple[Reason, ...]

    @property
    def counts(self) -> Literal["gpu", "layers", "none"]:
        """Tell which time is that of an inference: the measured one, where there is one."""
        if self.inference is not None:
            return "gpu"
        return "none" if self.time.clock == "none" else "layers"


def time_relation(tables: TableSet, engine: int | None, build: int | None = None) -> TimeRelation:
    """Return how the times of an engine, or of one of its optimization profiles, fit together.

    Args:
        tables: the tables of the log.
        engine: number of the engine, as `tables.shares.engines` gives them.
        build: only this optimization profile's build; of an engine with several, the log does not say which one
            was measured.
    """
    time = engine_time(tables, engine, build)
    inference = inference_of(tables, engine) if build is None else None
    relation, ratio = _compare(time, inference)
    return TimeRelation(
        time, inference, _estimated(tables, engine), relation, ratio, _reasons(time, inference, relation)
    )


def inference_of(tables: TableSet, engine: int | None) -> Inference | None:
    """Return what trtexec measured of an engine; None if nothing is known to be of it.

    A measurement belongs to the engine printed last before it. Of several runs behind one engine the first is taken:
    the others may have loaded another one.
    """
    layers = tables.engine_layers
    last = layers.filter(pl.col("engine").eq_missing(engine))["line"].max()
    if not isinstance(last, int):
        return None
    later = [
        *layers.filter(~pl.col("engine").eq_missing(engine))["line"].drop_nulls(),
        *tables.builds["first_line"].drop_nulls(),
    ]
    end = min((line for line in later if line > last), default=None)
    medians = tables.performance.filter(
        pl.col("statistic") == "median", pl.col("unit") == "ms", pl.col("line") > last,
        pl.lit(value=True) if end is None else pl.col("line") < end,
    ).sort("line")  # fmt: skip
    gpu = medians.filter(pl.col("metric") == "GPU Compute Time", pl.col("value") > 0)
    if gpu.is_empty():
        return None
    run, value, line = gpu.select("run", "value", "line").row(0)
    own = dict(medians.filter(pl.col("run").eq_missing(run)).reverse().select("metric", "value").iter_rows())
    return Inference(run, value, own.get("Latency"), own.get("Enqueue Time"), _graph(tables, run), line)


def _graph(tables: TableSet, run: int | None) -> bool | None:
    values = tables.options.filter(pl.col("key") == "CUDA Graph", pl.col("run").eq_missing(run))["value"]
    return None if values.is_empty() else values[-1] == "Enabled"


def _estimated(tables: TableSet, engine: int | None) -> float | None:
    builds = tables.engine_layers.filter(pl.col("engine").eq_missing(engine))["build"].unique()
    if len(builds) != 1 or builds[0] is None:
        return None
    values = tables.builds.filter(pl.col("build") == builds[0])["estimated_ms"].drop_nulls()
    return None if values.is_empty() else float(values[0])


def _compare(time: EngineTime, inference: Inference | None) -> tuple[Relation, Interval | None]:
    if inference is None or time.clock == "none":
        return "unknown", None
    low, high = time.total_ms.low / inference.gpu_ms, time.total_ms.high
    if low > 1 + _ABOUT:
        relation: Relation = "more"
    elif high is None:
        relation = "unknown"
    elif high / inference.gpu_ms < 1 - _ABOUT:
        relation = "less"
    else:
        relation = "about" if low >= 1 - _ABOUT and high / inference.gpu_ms <= 1 + _ABOUT else "unknown"
    return relation, None if high is None else Interval(low, high / inference.gpu_ms)


def _reasons(time: EngineTime, inference: Inference | None, relation: Relation) -> tuple[Reason, ...]:
    if inference is None or relation == "about":
        return ()
    profiled = _profiled(time.clock)
    found: dict[Reason, bool] = {
        "profiler": profiled and relation == "more",
        "cuda_graph": profiled and relation == "more" and inference.cuda_graph is True,
        "average": time.clock == "profile_average" and relation == "more",
        "isolated": time.clock in {"tactic", "mixed"},
        "launch_gaps": relation == "less"
        and inference.cuda_graph is not True
        and inference.enqueue_ms is not None
        and inference.enqueue_ms >= _LAUNCH_BOUND * inference.gpu_ms,
        "other_run": profiled and relation == "less" and time.total_ms.low >= _CLOCKS * inference.gpu_ms,
        "untimed": time.total_ms.high is None,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _profiled(clock: Clock) -> bool:
    return clock in {"profile_median", "profile_average", "nsys"}
