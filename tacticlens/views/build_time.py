"""Where the build time went, in one line."""

from __future__ import annotations

import polars as pl

from tacticlens.tables.table_set import TableSet
from tacticlens.words import percent, seconds, short


def build_time_line(tables: TableSet) -> str | None:
    """Say in one line where the time went; None where the log prints no seconds."""
    times = tables.build_times
    if times.is_empty():
        return None
    total = float(times["seconds"].sum())
    phases = dict(times.group_by("phase").agg(pl.col("seconds").sum()).iter_rows())
    words = {"graph": "graph", "selection": "timing of candidates", "subgraph": "fused regions"}
    words["generation"] = (
        "the rest" if phases.keys() - {"graph", "generation"} else "engine generation, not itemised"
    )
    largest = sorted(phases, key=lambda phase: -phases[phase])
    parts = [
        f"{words[phase]} {percent(phases[phase] / total)}"
        for phase in largest
        if phases[phase] / total >= 0.005
    ]
    line = f"Build time: {seconds(total)}, of which {', '.join(parts)}"
    named = times.filter(pl.col("layer").is_not_null())
    if named.is_empty():
        return line
    layer, spent = (
        named.group_by("layer", maintain_order=True)
        .agg(pl.col("seconds").sum())
        .sort("seconds", descending=True)
        .row(0)
    )
    runner = named.filter(pl.col("layer") == layer).sort("seconds", descending=True)["runner"][0]
    return f"{line}; longest {short(layer, 48)} ({runner}) {seconds(spent)}"
