"""A side as a whole: version, GPU, options, time, shares, what trtexec measured."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tacticlens.diff.model import Layer, OptionChange, Side
from tacticlens.diff.side import Chosen, of
from tacticlens.tables.shares import shares
from tacticlens.tables.table_set import TableSet

CONVERTING = ("reformat", "copy")
Echoed = list[tuple[str | None, str, str | None]]
"""Options: section, key, value."""
_NOT_ASKED = ("Device Information",)


def side_of(tables: TableSet, chosen: Chosen, layers: Sequence[Layer]) -> Side:
    """Return what is known of a side."""
    log = tables.log.row(0, named=True)
    run = run_of(tables, chosen)
    told = {
        (metric, statistic): value
        for metric, statistic, value in tables.performance.filter(pl.col("run").eq_missing(run))
        .select("metric", "statistic", "value")
        .iter_rows()
    }
    divided = shares(tables, *chosen)
    builds = tables.builds.filter(pl.col("build").eq_missing(chosen[1]))
    generation = builds["generation_s"][0] if len(builds) else None
    precision = [value for section, key, value in options(tables, run) if key == "Precision" and value]
    return Side(
        source=log["source"], engine=chosen[0], build=chosen[1], engines=tables.engine_layers["engine"].n_unique(),
        tensorrt_version=log["tensorrt_version"], gpu=log["gpu"], compute_capability=log["compute_capability"],
        precision=precision[0] if precision else None, build_s=told.get(("Engine built in", "value"), generation),
        layers=len(layers), reformats=sum(1 for layer in layers if layer.family in CONVERTING),
        time_ms=None if divided.time_source == "none" else divided.time_ms,
        time_source=divided.time_source, untimed_layers=divided.untimed_layers, gemm=divided.gemm,
        tensor_core=divided.tensor_core, tensor_core_unknown=divided.tensor_core_unknown,
        latency_ms=told.get(("Latency", "median")),
        gpu_compute_ms=told.get(("GPU Compute Time", "median")), throughput_qps=told.get(("Throughput", "value")),
    )  # fmt: skip


def run_of(tables: TableSet, chosen: Chosen) -> int | None:
    """Return the run of trtexec that made an engine: the last whose options stand before it; None = not told."""
    rows = of(tables.engine_layers, chosen)["line"]
    begins = tables.options.group_by("run").agg(pl.col("line").min()).sort("line")
    if begins.is_empty():
        runs = tables.performance["run"].unique().to_list()
        return runs[0] if len(runs) == 1 else None
    before = begins.filter(pl.col("line") <= (rows.min() or 0))
    return int(before["run"][-1]) if len(before) else None


def options(tables: TableSet, run: int | None) -> Echoed:
    """Return the options that trtexec echoed in a run: section, key, value."""
    rows = tables.options.filter(
        pl.col("run").eq_missing(run), ~pl.col("section").is_in(_NOT_ASKED).fill_null(False)
    )
    return list(rows.select("section", "key", "value").iter_rows())


def options_changed(old: Echoed, new: Echoed) -> tuple[OptionChange, ...]:
    """Return the options whose values are not the same; [] if a side echoes none, for then nothing is known."""
    if not old or not new:
        return ()
    before = {(section, key): value for section, key, value in old}
    after = {(section, key): value for section, key, value in new}
    return tuple(
        OptionChange(section, key, before.get((section, key)), after.get((section, key)))
        for section, key in sorted({*before, *after}, key=lambda pair: (pair[0] or "", pair[1]))
        if before.get((section, key)) != after.get((section, key))
    )
