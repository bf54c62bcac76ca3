"""A profile and measured times -> times of layers, and the tables ``profile`` and ``performance``."""

from __future__ import annotations

import math
from statistics import median

import polars as pl

from tacticlens.join.filling import Filling, last_run
from tacticlens.join.model import SideFile
from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet

_SAME = 0.01
"""Two measurements that differ by less are the same one, rounded."""


def fill_profile(work: Filling, file: SideFile, there: pl.DataFrame, tables: TableSet) -> pl.DataFrame:
    """Give layers the time that a profile has; return the table ``profile``."""
    waiting = work.by_name()
    for measured in file.profile:
        time = measured.median_ms if measured.median_ms is not None else measured.average_ms
        rows = waiting.get(measured.name)
        if not rows:
            work.note(file, "unmatched", name=measured.name, column="time_ms", file_value=time)
        elif time is not None:
            work.measured(file, rows.pop(0), time, "profile", tolerance=_SAME)
    if not there.is_empty():
        return there
    run = last_run(tables)
    rows_of_file = [
        {"run": run, "iterations": file.iterations, "name": r.name, "total_ms": r.total_ms,
         "average_ms": r.average_ms, "median_ms": r.median_ms, "percent": r.percent, "line": None}
        for r in file.profile
    ]  # fmt: skip
    return pl.DataFrame(rows_of_file, schema=TABLES["profile"], orient="row")


def fill_times(work: Filling, file: SideFile, there: pl.DataFrame, tables: TableSet) -> pl.DataFrame:
    """Return the table ``performance`` with the quantities that the log lacks."""
    known = {
        (metric, statistic): value
        for metric, statistic, value in there.select("metric", "statistic", "value").iter_rows()
    }
    run, added = last_run(tables), []
    for metric, values in file.times:
        ordered = sorted(values)
        statistics = {
            "min": ordered[0], "max": ordered[-1], "mean": math.fsum(ordered) / len(ordered),
            "median": median(ordered), "percentile 99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        }  # fmt: skip
        before = known.get((metric, "median"))
        if before is None:
            added += [
                {"run": run, "metric": metric, "statistic": name, "value": value, "unit": "ms", "line": None}
                for name, value in statistics.items()
            ]
            work.note(file, "filled", name=metric, column="median", file_value=statistics["median"])
        else:
            same = math.isclose(before, statistics["median"], rel_tol=_SAME)
            work.note(file, "agrees" if same else "disagrees", name=metric, column="median", log_value=before,
                      file_value=statistics["median"])  # fmt: skip
    return pl.concat([there, pl.DataFrame(added, schema=TABLES["performance"], orient="row")])
