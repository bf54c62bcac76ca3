"""Small tables of a page, as finished texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from tacticlens.report import contract
from tacticlens.report.facts import Facts
from tacticlens.tables.table_set import TableSet
from tacticlens.words import change, count, milliseconds, plain, seconds

_MOST = 2_000
_MOST_BUILDS = 100
"""Of so many builds the lines of each number are looked for; of more, a number opens the first line of its build."""
_FATES = {True: "in the engine", False: "not taken", None: "not known"}


def nothing_to_show(tables: TableSet) -> str:
    """Say that no layer is in the log."""
    lines = tables.log["lines"][0]
    return f"No layer is in the {count(lines, 'line')} of this log."


def ledger(tables: TableSet) -> contract.Grid:
    """Return the ledger; the last row is the sum."""
    rows = tables.ledger.rows()
    total = sum(lines for _, _, lines in rows)
    body = [[outcome, plain(kind or ""), f"{lines:,}"] for outcome, kind, lines in rows]
    return _grid(("outcome", "kind", "lines"), ["lines"], [*body, ["all", "", f"{total:,}"]])


def builds(tables: TableSet, facts: Facts, log: int = 0) -> contract.Grid:
    """Return the builds: which one is the engine, and how much slower the builder estimates the others.

    Args:
        tables: the tables.
        facts: finds lines of the log.
        log: place of the log in the page.
    """
    titles = (
        "build", "network", "strategy", "profile", "estimated", "against the engine", "selection", "generation",
    )  # fmt: skip
    taken = tables.builds.filter(pl.col("in_engine"))
    engines = dict(taken.select("engine", "estimated_ms").drop_nulls().iter_rows())
    rows, places = [], []
    found = facts if len(tables.builds) <= _MOST_BUILDS else Facts(tables, None)
    for row in tables.builds.iter_rows(named=True):
        own, best, begin = row["estimated_ms"], engines.get(row["engine"]), row["first_line"]
        against = change(own / best - 1) if own and best and not row["in_engine"] else ""
        rows.append(
            [
                str(row["build"]), _text(row["engine"]), _text(row["strategy"]), _text(row["profile"]),
                milliseconds(own), against, seconds(row["selection_s"]), seconds(row["generation_s"]),
                _FATES[row["in_engine"]],
            ]
        )  # fmt: skip
        judged = own and found.first_line(
            f"ackend strategy {row['strategy']}", "estimated inference time", after=begin
        )
        ends = [
            value and found.first_line("completed in", repr(value), after=begin)
            for value in (row["selection_s"], row["generation_s"])
        ]
        lines = (*[begin] * 4, judged, judged, *ends, judged)
        places.append(
            [None if cell in {"", "–"} else contract.Place(log=log, line=line or begin)
             for cell, line in zip(rows[-1], lines, strict=True)]
        )  # fmt: skip
    return _grid((*titles, "engine"), titles, rows, tables.builds["first_line"], places=places)


def others(tables: TableSet, built: contract.Grid) -> dict[str, contract.Grid]:
    """Return further tables by title, those with rows; `built`: that of the builds."""
    found = {
        "builds": built,
        "messages": _table(tables.messages, ("severity", "kind", "text")),
        "options": _table(tables.options, ("section", "key", "value")),
        "measured": _table(tables.performance, ("metric", "statistic", "value", "unit"), right=["value"]),
        "memory": _table(tables.memory, ("build", "what", "layer", "bytes"), right=["build", "bytes"]),
        "lines not read": _table(tables.unread, ("origin", "lines", "text"), right=["lines"]),
    }
    return {title: grid for title, grid in found.items() if grid.rows}


def _table(frame: pl.DataFrame, columns: Sequence[str], right: Sequence[str] = ()) -> contract.Grid:
    rows = frame.head(_MOST)
    return _grid(columns, right, [[_text(value) for value in row] for row in rows.select(columns).iter_rows()],
                 rows["line"], len(frame) - len(rows))  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.6g}" if isinstance(value, float) else plain(str(value))


def _grid(
    titles: Sequence[str],
    right: Sequence[str],
    rows: list[list[str]],
    lines: Iterable[int | None] | None = None,
    left_out: int = 0,
    *,
    places: list[list[contract.Place | None]] | None = None,
) -> contract.Grid:
    return contract.Grid(
        titles=list(titles),
        right=[title in right for title in titles],
        rows=rows,
        lines=list(lines) if lines is not None else [None] * len(rows),
        places=places or [],
        left_out=left_out,
    )
