"""What is in a log, for one screen: its runs, its engines, what stands out, what is missing."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.failure import Failure
from tacticlens.analysis.finding import Finding
from tacticlens.analysis.findings import findings_of
from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.log_gaps import LogGap, log_gaps
from tacticlens.analysis.options import Setting, settings
from tacticlens.analysis.time_relation import TimeRelation, time_relation
from tacticlens.tables.runs import Environments, environment_at
from tacticlens.tables.shares import Shares, by_family, engines, of_engine, profiles, shares
from tacticlens.tables.table_set import TableSet

SLOWEST = 5
_ENGINES = 2
_PROFILES = 2
_RUNS = 100
"""Options are worked out for so many runs; no view shows more."""
_TACTICS = 500_000
"""Above so many candidates the findings would take longer and more memory than the summary itself."""


@dataclass(frozen=True)
class RunOverview:
    """One run of a program, or the log itself where no program names its runs; None = the log does not say.

    Attributes:
        run: number of the run; None for the log itself.
        settings: the options that matter, where the run prints any; of the first runs only.
        builds: passes of the builder in it.
        engines: engines that were finished in it.
        loads: it loaded a finished engine.
    """

    run: int | None
    program: str | None
    tensorrt_version: str | None
    gpu: str | None
    compute_capability: str | None
    outcome: str
    settings: tuple[Setting, ...]
    builds: int
    engines: int
    loads: bool
    line: int | None
    last_line: int | None


@dataclass(frozen=True)
class SlowLayer:
    """One of the slowest layers; None = the log does not say."""

    position: int
    name: str
    kernel: str | None
    family: str
    time_ms: float
    share: float | None
    tensor_core: str


@dataclass(frozen=True)
class EngineOverview:
    """An engine, or one of its optimization profiles.

    Attributes:
        number: number of the engine; None for one that no build of this log made.
        profile: number of the optimization profile; None where the engine has but one.
        several: whether the engine has several of them.
        shares: how its time divides.
        relation: how the layers' sum and the measured time relate.
        families: the table of families, as `tables.shares.by_family` returns it.
        slowest: the slowest layers.
        names: the names of all its layers.
        tensor_cores: whether the GPU has Tensor Cores; None = not known.
        gpu: its GPU.
    """

    number: int | None
    profile: int | None
    several: bool
    shares: Shares
    relation: TimeRelation
    families: pl.DataFrame
    slowest: tuple[SlowLayer, ...]
    names: tuple[str, ...]
    tensor_cores: bool | None
    gpu: str | None


@dataclass(frozen=True)
class Overview:
    """A log as a whole.

    Attributes:
        tables: its tables.
        runs: its runs, in order; one that stands for the log if it has none.
        engines: the last engines, each profile by itself; `more_engines` and `more_profiles` are not shown.
        findings: what stands out; None where the log is so long that finding it takes a command of its own.
        gaps: what the log lacks.
        failure: how the last build failed; None where it did not.
    """

    tables: TableSet
    runs: tuple[RunOverview, ...]
    engines: tuple[EngineOverview, ...]
    more_engines: int
    more_profiles: int
    findings: tuple[Finding, ...] | None
    gaps: tuple[LogGap, ...]
    failure: Failure | None


def overview(tables: TableSet) -> Overview:
    """Return what is in a log."""
    context = Context(tables, GOAL)
    numbers = engines(tables)
    shown: list[EngineOverview] = []
    more_profiles = 0
    for number in numbers[-_ENGINES:]:
        builds = profiles(tables, number)
        several = len(builds) > 1
        # only one optimization profile runs at a time: their times are no sum
        shown += [
            engine_overview(context, number, build, several=several)
            for build in (builds[:_PROFILES] if several else [None])
        ]
        more_profiles += max(0, len(builds) - _PROFILES)
    long = int(tables.count_by("tactics", ["status"])["len"].sum()) > _TACTICS
    return Overview(
        tables=tables,
        runs=tuple(_runs(tables)),
        engines=tuple(shown),
        more_engines=max(0, len(numbers) - _ENGINES),
        more_profiles=more_profiles,
        findings=None if long else tuple(findings_of(context)),
        gaps=tuple(log_gaps(context)),
        failure=context.failure,
    )


def _runs(tables: TableSet) -> list[RunOverview]:
    log = tables.log.row(0, named=True)
    rows = tables.runs.to_dicts()
    builds = tables.builds.select("first_line", "engine", "in_engine").to_dicts()
    if not rows:
        made = {build["engine"] for build in builds if build["in_engine"]}
        return [
            RunOverview(
                None, log["producer"], log["tensorrt_version"], log["gpu"], log["compute_capability"], log["outcome"],
                settings(tables, None), len(builds), len(made), False, None, None,
            )
        ]  # fmt: skip
    found: list[RunOverview] = []
    builds.sort(key=lambda build: build["first_line"])
    begins = [build["first_line"] for build in builds]
    environments = Environments(tables)
    for at, row in enumerate(rows):
        begin = 0 if len(rows) == 1 else row["line"]
        end = (
            None
            if len(rows) == 1
            else row["last_line"] or (rows[at + 1]["line"] if at + 1 < len(rows) else None)
        )
        own = builds[bisect_left(begins, begin) : len(begins) if end is None else bisect_left(begins, end)]
        env = environments.at(row["line"])
        found.append(
            RunOverview(
                row["run"], row["program"], env.tensorrt_version, env.gpu, env.compute_capability,
                row["outcome"] if len(rows) > 1 else log["outcome"], settings(tables, row["run"]) if at < _RUNS else (),
                len(own),
                len({b["engine"] for b in own if b["in_engine"]}), "--loadEngine" in (row["command"] or ""),
                row["line"], row["last_line"],
            )
        )  # fmt: skip
    return found


def engine_overview(
    context: Context, number: int | None, build: int | None, *, several: bool
) -> EngineOverview:
    """Return an engine, or one of its several optimization profiles."""
    tables = context.tables
    layers = of_engine(tables.engine_layers, number, build)
    whole = shares(tables, number, build)
    profile_numbers = (
        tables.builds.filter(pl.col("build").eq_missing(build))["profile"].to_list() if several else []
    )
    env = environment_at(tables, layers["line"].min())  # type: ignore[arg-type]
    same_gpu = env.gpu == context.gpu
    return EngineOverview(
        number=number,
        profile=profile_numbers[0] if profile_numbers else None,
        several=several,
        shares=whole,
        relation=time_relation(tables, number, build),
        families=by_family(tables, number, build),
        slowest=tuple(_slowest(layers, whole.time_ms)),
        names=tuple(layers["name"].drop_nulls().to_list()),
        tensor_cores=context.gpu_has_tensor_cores if same_gpu else None,
        gpu=env.gpu,
    )


def _slowest(layers: pl.DataFrame, total: float) -> list[SlowLayer]:
    timed = layers.filter(pl.col("time_ms") > 0).sort("time_ms", descending=True, maintain_order=True)
    return [
        SlowLayer(
            position=row["position"], name=row["name"] or "", kernel=row["kernel"], family=row["family"],
            time_ms=row["time_ms"], share=row["time_ms"] / total if total else None, tensor_core=row["tensor_core"],
        )
        for row in timed.head(SLOWEST).iter_rows(named=True)
    ]  # fmt: skip
