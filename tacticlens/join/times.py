"""A profile and measured times -> times of layers, and the tables ``profile`` and ``performance``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Literal

import polars as pl

from tacticlens.join.filling import Filled, JoinedValue, off_rows, places_by_name, with_time
from tacticlens.join.model import SideFile
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet

_SAME = 0.01
"""Two measurements that differ by less are the same one, rounded."""


def fill_profile(rows: Sequence[EngineRow], file: SideFile) -> Filled:
    """Give layers the time that a profile has."""
    filled, waiting = Filled(list(rows), []), places_by_name(rows)
    for measured in file.profile:
        time = measured.median_ms if measured.median_ms is not None else measured.average_ms
        places = waiting.get(measured.name)
        if not places:
            filled.joined.append(off_rows(file, "unmatched", measured.name, "time_ms", value=time))
        elif time is not None:
            place = places.pop(0)
            filled.rows[place], value = with_time(file, rows[place], time, "profile", tolerance=_SAME)
            filled.joined.append(value)
    return filled


def profile_table(there: pl.DataFrame, file: SideFile, tables: TableSet) -> pl.DataFrame:
    """Return the table ``profile`` of the log, or that of the file where the log has none."""
    if not there.is_empty():
        return there
    run = _last_run(tables)
    rows_of_file = [
        {"run": run, "iterations": file.iterations, "name": r.name, "total_ms": r.total_ms,
         "average_ms": r.average_ms, "median_ms": r.median_ms, "percent": r.percent, "line": None}
        for r in file.profile
    ]  # fmt: skip
    return pl.DataFrame(rows_of_file, schema=TABLES["profile"], orient="row")


def performance_table(
    there: pl.DataFrame, file: SideFile, tables: TableSet
) -> tuple[pl.DataFrame, list[JoinedValue]]:
    """Return the table ``performance`` with the quantities that the log lacks, and what came of the file's medians."""
    known = {
        (metric, statistic): value
        for metric, statistic, value in there.select("metric", "statistic", "value").iter_rows()
    }
    run, added, joined = _last_run(tables), [], []
    for metric, values in file.times:
        ordered = sorted(values)
        statistics = {
            "min": ordered[0], "max": ordered[-1], "mean": math.fsum(ordered) / len(ordered),
            "median": median(ordered), "percentile 99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        }  # fmt: skip
        before, after = known.get((metric, "median")), statistics["median"]
        if before is None:
            added += [
                {"run": run, "metric": metric, "statistic": name, "value": value, "unit": "ms", "line": None}
                for name, value in statistics.items()
            ]
            joined.append(off_rows(file, "filled", metric, "median", value=after))
        else:
            same = math.isclose(before, after, rel_tol=_SAME)
            result: Literal["agrees", "disagrees"] = "agrees" if same else "disagrees"
            joined.append(off_rows(file, result, metric, "median", log=before, value=after))
    return pl.concat([there, pl.DataFrame(added, schema=TABLES["performance"], orient="row")]), joined


def _last_run(tables: TableSet) -> int:
    """Return the number of the last run of a program in a log; 0 if none is numbered."""
    runs = [tables[name]["run"].max() for name in ("options", "performance")]
    return max((run for run in runs if isinstance(run, int)), default=0)
