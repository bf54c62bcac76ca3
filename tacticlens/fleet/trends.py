"""Times of models and layers over nights, dates or versions, and the steps in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

import polars as pl

from tacticlens.errors.fleet import no_order, no_such_label
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.steps import LEAST_POINTS, chance_of_noise, cuts, proven

USUAL_ORDERS = ("night", "date", "day", "week", "time", "commit", "build_number")
"""Labels that are taken as the order if none is named."""
LEAST_CHANGE = 0.02
"""A smaller step is not worth a person's time."""
_MODEL_TIME = ("GPU Compute Time", "median")
_TACTIC_SOURCES = ("tactic", "twin")


@dataclass(frozen=True)
class Series:
    """One time over the points of an order.

    Attributes:
        key: GPU, version and labels that tell it from others.
        kind: model (the whole engine, as trtexec measured it) or layer.
        name: of the layer; None for a model.
        time_source: where the times come from; series of several sources are never mixed.
        points: values of the order.
        times_ms: the median of each.
        kernels: kernel, or tactic, that most builds of each point have; None where it is not known.
    """

    key: dict[str, str | None]
    kind: str
    name: str | None
    time_source: str
    points: list[str]
    times_ms: list[float]
    kernels: list[str | None]


@dataclass(frozen=True)
class Step:
    """A change of level.

    Attributes:
        series: where.
        at: first point of the new level.
        before_ms: median before; after_ms: after.
        change: as a share.
        chance: that noise alone looks like this.
        kernel_before: the usual kernel before; kernel_after: after; None if not known.
    """

    series: Series
    at: str
    before_ms: float
    after_ms: float
    change: float
    chance: float
    kernel_before: str | None
    kernel_after: str | None


@dataclass(frozen=True)
class Trends:
    """What `fleet trends` found.

    Attributes:
        over: the label that orders the points.
        points: its values, in order.
        series: those that are long enough to have a step.
        short: number of series that are not.
        steps: the largest change first.
    """

    over: str
    points: list[str]
    series: list[Series]
    short: int
    steps: list[Step] = field(default_factory=list)

    def frame(self) -> pl.DataFrame:
        """Return one row per step."""
        return pl.DataFrame(
            [
                {
                    **step.series.key, "kind": step.series.kind, "name": step.series.name,
                    "time_source": step.series.time_source, "points": len(step.series.points), "since": step.at,
                    "before_ms": step.before_ms, "after_ms": step.after_ms, "change": step.change,
                    "chance": step.chance, "kernel_before": step.kernel_before, "kernel_after": step.kernel_after,
                    "over": step.series.points, "times_ms": step.series.times_ms,
                }
                for step in self.steps
            ],
            schema={
                **dict.fromkeys(self.series[0].key if self.series else (), pl.String), "kind": pl.String,
                "name": pl.String, "time_source": pl.String, "points": pl.Int64, "since": pl.String,
                "before_ms": pl.Float64, "after_ms": pl.Float64, "change": pl.Float64, "chance": pl.Float64,
                "kernel_before": pl.String, "kernel_after": pl.String, "over": pl.List(pl.String),
                "times_ms": pl.List(pl.Float64),
            },
        )  # fmt: skip


def trends(
    dataset: Dataset, *, over: str | None = None, by: Sequence[str] | None = None, layer: Pattern[str] | None = None,
    least: float = LEAST_CHANGE,
) -> Trends:  # fmt: skip
    """Find the steps in the times of a fleet.

    Args:
        dataset: the logs.
        over: label, or tensorrt_version, whose values are the points in time; None = the first usual one.
        by: labels that tell series apart, besides GPU and version; None = all others.
        layer: only layers whose name matches, and no models.
        least: the smallest change that counts, as a share.

    Raises:
        UsageError: there is no such label.
    """
    over = _order_of(dataset, over)
    keys = _keys(dataset, over, by)
    series = [] if layer is not None else _series(_models(dataset, over, keys), keys)
    series += _series(_layers(dataset, over, keys, layer), keys)
    points = sorted({point for one in series for point in one.points}, key=natural)
    long = [one for one in series if len(one.points) >= 2 * LEAST_POINTS]
    found = Trends(over, points, long, len(series) - len(long))
    verdicts = proven([chance_of_noise(one.times_ms) or 0.0 for one in long])
    for one, is_proven in zip(long, verdicts, strict=True):
        if is_proven:
            found.steps.extend(step for step in _steps(one) if abs(step.change) >= least)
    found.steps.sort(key=lambda step: (-abs(step.change), step.series.name or ""))
    return found


def _order_of(dataset: Dataset, over: str | None) -> str:
    there = [*dataset.labels, "tensorrt_version"]
    if over is None:
        over = next((label for label in USUAL_ORDERS if label in there), None)
        if over is None:
            raise no_order(there)
    if over not in there:
        raise no_such_label(over, there)
    return over


def _keys(dataset: Dataset, over: str, by: Sequence[str] | None) -> list[str]:
    unknown = [label for label in by or () if label not in dataset.labels]
    if unknown:
        raise no_such_label(unknown[0], dataset.labels)
    labels = dataset.labels if by is None else by
    return [key for key in ("gpu", "tensorrt_version", *labels) if key != over]


def _models(dataset: Dataset, over: str, keys: Sequence[str]) -> pl.LazyFrame:
    metric, statistic = _MODEL_TIME
    unit = pl.col("unit").replace_strict(
        {"ms": 1.0, "us": 1e-3, "s": 1e3}, default=None, return_dtype=pl.Float64
    )
    return (
        dataset.table("performance")
        .filter(pl.col("metric") == metric, pl.col("statistic") == statistic)
        .with_columns(
            (pl.col("value") * unit).alias("time_ms"), pl.lit("model").alias("kind"), pl.lit("trtexec").alias("source"),
            pl.lit(None, pl.String).alias("name"), pl.lit(None, pl.String).alias("kernel"),
        )
        .select("sha256", over, *keys, "kind", "name", "source", "time_ms", "kernel")
    )  # fmt: skip


def _layers(dataset: Dataset, over: str, keys: Sequence[str], layer: Pattern[str] | None) -> pl.LazyFrame:
    source = (
        pl.when(pl.col("time_source").is_in(_TACTIC_SOURCES)).then(pl.lit("tactic")).otherwise("time_source")
    )
    rows = dataset.table("engine_layers").filter(pl.col("time_ms") > 0, pl.col("name").is_not_null())
    if layer is not None:
        names = rows.select(pl.col("name").unique()).collect(engine="streaming")["name"].to_list()
        rows = rows.filter(pl.col("name").is_in([name for name in names if layer.search(name)]))
    last = rows.group_by("sha256").agg(pl.col("engine").max().alias("_last"))
    return (
        rows.join(last, on="sha256")
        .filter(pl.col("engine").eq_missing(pl.col("_last")))
        .with_columns(
            pl.lit("layer").alias("kind"), source.alias("source"), pl.coalesce("kernel", "tactic").alias("kernel")
        )
        .select("sha256", over, *keys, "kind", "name", "source", "time_ms", "kernel")
    )  # fmt: skip


def _series(rows: pl.LazyFrame, keys: Sequence[str]) -> list[Series]:
    """Return the series of rows, with one time per point."""
    over = rows.collect_schema().names()[1]
    what = [*keys, "kind", "name", "source"]
    each = (
        rows.drop_nulls(over)
        .group_by("sha256", over, *what)  # a name that is in an engine twice is one time of it
        .agg(pl.col("time_ms").sum(), pl.col("kernel").first())
        .group_by(over, *what)
        .agg(pl.col("time_ms").median(), pl.col("kernel").drop_nulls().mode().sort().first())
        .collect(engine="streaming")
    )
    order = {value: place for place, value in enumerate(sorted(each[over].unique().to_list(), key=natural))}
    sorted_ = each.with_columns(pl.col(over).replace_strict(order, return_dtype=pl.Int64).alias("_at")).sort(
        "_at"
    )
    grouped = (
        sorted_.group_by(what, maintain_order=True)
        .agg(over, "time_ms", "kernel")
        .sort(*what, nulls_last=True)
    )
    return [
        Series(
            {key: row[key] for key in keys}, row["kind"], row["name"], row["source"], row[over], row["time_ms"],
            row["kernel"],
        )
        for row in grouped.iter_rows(named=True)
    ]  # fmt: skip


def _steps(series: Series) -> list[Step]:
    found = cuts(series.times_ms)
    ends = [*(cut.at for cut in found[1:]), len(series.points)]
    begins = [0, *(cut.at for cut in found[:-1])]
    return [
        Step(
            series, series.points[cut.at], cut.before, cut.after, cut.change, cut.chance,
            _usual(series.kernels[begin : cut.at]), _usual(series.kernels[cut.at : end]),
        )
        for cut, begin, end in zip(found, begins, ends, strict=True)
    ]  # fmt: skip


def _usual(kernels: Sequence[str | None]) -> str | None:
    known = [kernel for kernel in kernels if kernel is not None]
    return max(sorted(set(known)), key=known.count) if known else None


def natural(text: str) -> tuple[Any, ...]:
    """Return by what to sort labels: numbers in them count as numbers, 9 before 10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    )
