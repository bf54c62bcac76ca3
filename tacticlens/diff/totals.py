"""A side as a whole: version, GPU, options, time, shares, what trtexec measured."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tacticlens.diff.model import BuildSummary, Layer, OptionChange
from tacticlens.diff.side import Chosen, of
from tacticlens.tables.runs import environment_at
from tacticlens.tables.shares import shares
from tacticlens.tables.table_set import TableSet

CONVERTING = ("reformat", "copy")
Echoed = list[tuple[str | None, str, str | None]]
"""Options: section, key, value."""
_NOT_ASKED = ("Device Information",)


def side_of(tables: TableSet, chosen: Chosen, layers: Sequence[Layer]) -> BuildSummary:
    """Return what is known of a side."""
    log = tables.log.row(0, named=True)
    env = environment_at(tables, _begin(tables, chosen))
    run, loaded = measured_in(tables, chosen)
    measured = {
        (metric, statistic): value
        for metric, statistic, value in tables.performance.filter(pl.col("run").eq_missing(run))
        .select("metric", "statistic", "value")
        .iter_rows()
    }
    divided = shares(tables, *chosen)
    memory = _memory(tables, _builds_of(tables, chosen))
    return BuildSummary(
        source=log["source"], engine=chosen[0], build=chosen[1], engines=tables.engine_layers["engine"].n_unique(),
        tensorrt_version=env.tensorrt_version, gpu=env.gpu, compute_capability=env.compute_capability,
        precision=_precision(tables, run_of(tables, chosen)),
        build_s=(None if loaded else measured.get(("Engine built in", "value"))) or _generation_s(tables, chosen[1]),
        layers=len(layers), reformats=sum(1 for layer in layers if layer.family in CONVERTING),
        time_ms=None if divided.time_source == "none" else divided.time_ms,
        time_source=divided.time_source, untimed_layers=divided.untimed_layers, gemm=divided.gemm,
        tensor_core=divided.tensor_core, tensor_core_unknown=divided.tensor_core_unknown,
        latency_ms=measured.get(("Latency", "median")),
        gpu_compute_ms=measured.get(("GPU Compute Time", "median")),
        throughput_qps=measured.get(("Throughput", "value")),
        weights_bytes=memory.get("weights"), activation_bytes=memory.get("activation"),
        scratch_bytes=memory.get("scratch"), loaded=loaded,
    )  # fmt: skip


def winners_side_of(tables: TableSet, build: int, winners: Sequence[Layer]) -> BuildSummary:
    """Return what is known of a side whose winners are compared: nothing of an engine."""
    log = tables.log.row(0, named=True)
    env = environment_at(tables, _begin(tables, (None, build)))
    memory = _memory(tables, [build])
    return BuildSummary(
        source=log["source"], engine=None, build=build, engines=tables.engine_layers["engine"].n_unique(),
        tensorrt_version=env.tensorrt_version, gpu=env.gpu, compute_capability=env.compute_capability,
        precision=_precision(tables, only_run(tables)), build_s=_generation_s(tables, build),
        layers=len({unit.name for unit in winners}), reformats=None, time_ms=None, time_source="none",
        untimed_layers=0, gemm=None, tensor_core=None, tensor_core_unknown=None, latency_ms=None,
        gpu_compute_ms=None, throughput_qps=None, weights_bytes=memory.get("weights"),
        activation_bytes=memory.get("activation"), scratch_bytes=memory.get("scratch"), combinations=len(winners),
    )  # fmt: skip


def _begin(tables: TableSet, chosen: Chosen) -> int | None:
    """Return the line in which a build begins, or else the first of its engine."""
    begins = tables.builds.filter(pl.col("build").eq_missing(chosen[1]))["first_line"].to_list()
    return begins[0] if begins and chosen[1] is not None else _place(tables, chosen)[0] or None


def _builds_of(tables: TableSet, chosen: Chosen) -> list[int]:
    """Return the builds of an engine: its optimization profiles are built one by one, its memory is printed once."""
    if chosen[1] is None:
        return []
    same = tables.builds.filter(pl.col("engine").eq_missing(chosen[0]))["build"].to_list()
    return same if chosen[0] is not None and chosen[1] in same else [chosen[1]]


def _memory(tables: TableSet, builds: list[int]) -> dict[str, int]:
    """Return the last total of each kind of memory, in bytes."""
    totals = tables.memory.filter(pl.col("layer").is_null(), pl.col("build").is_in(builds)).drop_nulls(
        "bytes"
    )
    return dict(totals.sort("line").select("what", "bytes").iter_rows())


def run_of(tables: TableSet, chosen: Chosen) -> int | None:
    """Return the run of trtexec that built an engine: the last whose options stand before it; None = not known.

    A script may build engines itself and start trtexec for each to measure it: a run that was over when the build
    began, or that loaded an engine, built none.
    """
    begins = _begins(tables)
    if begins.is_empty():
        return only_run(tables)
    first, _ = _place(tables, chosen)
    before = begins.filter(pl.col("line") <= first)
    if before.is_empty():
        return None
    run = int(before["run"][-1])
    if chosen[1] is None:
        return run
    ended = tables.performance.filter(pl.col("run") == run)["line"].max()
    began = tables.builds.filter(pl.col("build") == chosen[1])["first_line"].min()
    over = isinstance(ended, int) and isinstance(began, int) and ended < began
    return None if over or _loads(tables, run) else run


def measured_in(tables: TableSet, chosen: Chosen) -> tuple[int | None, bool]:
    """Return the run of trtexec that measured an engine, and whether it loaded one for that.

    No line says that a run after the build loaded this very engine; there is no other in between.
    """
    run = run_of(tables, chosen)
    if run is not None:
        return run, False
    _, last = _place(tables, chosen)
    after = _begins(tables).filter(pl.col("line") > last)
    if after.is_empty() or not _loads(tables, int(after["run"][0])):
        return None, False
    lines = tables.engine_layers.filter(pl.col("line") > last)["line"]
    following = lines.min()
    if isinstance(following, int) and following < after["line"][0]:
        return None, False
    return int(after["run"][0]), True


def only_run(tables: TableSet) -> int | None:
    """Return the one run of trtexec that a log has; None if there are others."""
    runs = {*tables.options["run"].to_list(), *tables.performance["run"].to_list()}
    return runs.pop() if len(runs) == 1 else None


def _begins(tables: TableSet) -> pl.DataFrame:
    """Return run and first line of the runs that echo options."""
    echoed = tables.options.filter(pl.col("run").is_not_null())
    return echoed.group_by("run").agg(pl.col("line").min()).sort("line")


def _place(tables: TableSet, chosen: Chosen) -> tuple[int, int]:
    """Return the first and the last line of an engine's layers."""
    lines = of(tables.engine_layers, chosen)["line"].to_list()
    return min(lines, default=0), max(lines, default=0)


def _loads(tables: TableSet, run: int) -> bool:
    """Tell whether a run of trtexec loaded an engine."""
    files = tables.options.filter(pl.col("run") == run, pl.col("key") == "Load engine")["value"]
    return bool(files.drop_nulls().len())


def _precision(tables: TableSet, run: int | None) -> str | None:
    precisions = [value for _, key, value in options(tables, run) if key == "Precision" and value]
    return precisions[0] if precisions else None


def _generation_s(tables: TableSet, build: int | None) -> float | None:
    builds = tables.builds.filter(pl.col("build").eq_missing(build))
    return builds["generation_s"][0] if len(builds) else None


def options(tables: TableSet, run: int | None) -> Echoed:
    """Return the options that trtexec echoed in a run: section, key, value."""
    rows = tables.options.filter(
        pl.col("run").eq_missing(run), ~pl.col("section").is_in(_NOT_ASKED).fill_null(False)
    )
    return list(rows.select("section", "key", "value").iter_rows())


def options_changed(old: Echoed, new: Echoed) -> tuple[OptionChange, ...]:
    """Return the options whose values are not the same; none if a side echoes none: then nothing is known."""
    if not old or not new:
        return ()
    before = {(section, key): value for section, key, value in old}
    after = {(section, key): value for section, key, value in new}
    return tuple(
        OptionChange(section, key, before.get((section, key)), after.get((section, key)))
        for section, key in sorted({*before, *after}, key=lambda pair: (pair[0] or "", pair[1]))
        if before.get((section, key)) != after.get((section, key))
    )
