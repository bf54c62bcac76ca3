"""Measured profiles of an engine (``--dumpProfile``) -> times of its layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

import polars as pl

from tacticlens.grammar.layer_name import without_profile
from tacticlens.tables.engine_row import EngineRow

Statistic = Literal["median", "average"]


def profile_ms() -> pl.Expr:
    """Return the time of a row of `profile`, in ms: its median, or its average where no median is printed.

    Averages carry spikes: the first iterations, another process on the GPU.
    """
    return pl.coalesce("median_ms", "average_ms")


def statistic_of(profile: pl.DataFrame) -> Statistic:
    """Return which statistic the times of a profile are; trtexec prints medians since TensorRT 8.5."""
    return "average" if profile["median_ms"].drop_nulls().is_empty() else "median"


def with_profile(rows: Sequence[EngineRow], profile: pl.DataFrame) -> list[EngineRow]:
    """Return the rows with times of the profile, where it has them, in place of those of tactics.

    A profile belongs to the engine printed last before it. A name that a profile repeats stands for the
    layers of that name, in order.
    """
    if profile.is_empty() or not rows:
        return list(rows)
    first = profile["line"].min()
    lines = sorted({row.line: row.engine for row in rows if row.line is not None}.items())
    before = [engine for line, engine in lines if isinstance(first, int) and line < first]
    engine = before[-1] if before else lines[0][1]
    waiting: dict[str, list[float]] = defaultdict(list)
    for name, time in profile.select("name", profile_ms()).iter_rows():
        if name is not None and time is not None:
            waiting[without_profile(name)].append(time)
    return [
        row._replace(time_ms=waiting[row.name].pop(0), time_source="profile")
        if row.engine == engine and waiting.get(row.name)
        else row
        for row in rows
    ]
