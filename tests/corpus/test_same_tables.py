"""The tables of every real log stay the same, cell by cell: one digest per column stands in a golden file.

TACTICLENS_UPDATE_GOLDEN=1 writes the digests anew, in one process (without ``-n``); the difference shows which columns
of which logs changed, and every change should be meant.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tacticlens.log import Log

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "tables.json"
UPDATE = os.environ.get("TACTICLENS_UPDATE_GOLDEN") == "1"
NOTHING = "-"
"""In place of the digest of a column without values."""

Digests = dict[str, str]
"""Table -> number of rows, then a digest per column: ``12 build=1a2b3c name=-``. Tables without rows are left out."""


def rounded(value: Any) -> Any:
    """Return a value with its floats at nine digits: the last ones are not the same on all machines."""
    if isinstance(value, float):
        return f"{value:.9g}"
    return [rounded(one) for one in value] if isinstance(value, list) else value


def digest(values: list[Any]) -> str:
    """Return the digest of a column's values; it does not depend on how polars stores them."""
    if all(value is None for value in values):
        return NOTHING
    text = json.dumps(rounded(values), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def digests_of(frame: pl.DataFrame) -> str:
    """Return the number of rows, and the digest of each column."""
    return " ".join(
        [str(frame.height), *(f"{name}={digest(frame[name].to_list())}" for name in frame.columns)]
    )


def tables_of(log: Log) -> Digests:
    """Return the digests of a log's tables; where the log lies on this machine is no part of them."""
    frames = {
        name: frame.drop("source", strict=False) if name == "log" else frame for name, frame in log.tables
    }
    return {name: digests_of(frame) for name, frame in frames.items() if frame.height}


def changes(before: Digests, now: Digests) -> list[str]:
    """Return the tables and columns that are not what they were, each in words."""
    found = []
    for table in sorted({*before, *now}):
        rows, *columns = before.get(table, "0").split()
        rows_now, *columns_now = now.get(table, "0").split()
        if rows != rows_now:
            found.append(f"{table}: {rows_now} rows instead of {rows}")
            continue
        old, new = (dict(column.split("=") for column in side) for side in (columns, columns_now))
        for column in {**old, **new}:
            if old.get(column) != new.get(column):
                what = (
                    "other values" if column in old and column in new else "new" if column in new else "gone"
                )
                found.append(f"{table}.{column}: {what}")
    return found


@pytest.mark.corpus
def test_the_tables_of_a_log_are_what_they_were(corpus_log: str, read_corpus: Callable[[str], Log]) -> None:
    log = read_corpus(corpus_log)
    golden: dict[str, Digests] = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    now = tables_of(log)
    if UPDATE:
        GOLDEN.write_text(json.dumps({**golden, corpus_log: now}, indent=0, sort_keys=True) + "\n", "utf-8")
        return
    if corpus_log not in golden:
        pytest.skip("no digests of this log yet; TACTICLENS_UPDATE_GOLDEN=1 adds them")
    found = changes(golden[corpus_log], now)
    if "log.sha256: other values" in found:
        pytest.skip("another log of this name; TACTICLENS_UPDATE_GOLDEN=1 takes its digests")

    assert found == []


def frame(**columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(columns, strict=False)


def before() -> pl.DataFrame:
    return frame(build=[1, 1], name=["conv", None], time_ms=[0.1, 0.2], nodes=[["a"], []])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda old: old, []),
        (lambda old: old.with_columns(pl.col("build").cast(pl.Int32), pl.col("name").cast(pl.Categorical)), []),
        (lambda old: old.with_columns(time_ms=pl.col("time_ms") * (1 + 1e-14)), []),
        (lambda old: old.with_columns(time_ms=pl.col("time_ms") * (1 + 1e-7)), ["tactics.time_ms: other values"]),
        (lambda old: old.with_columns(name=pl.Series(["conv", ""])), ["tactics.name: other values"]),
        (lambda old: old.with_columns(nodes=pl.Series([["a"], None])), ["tactics.nodes: other values"]),
        (lambda old: old.reverse(), [f"tactics.{name}: other values" for name in ("name", "time_ms", "nodes")]),
        (lambda old: old.drop("name").with_columns(size=1), ["tactics.name: gone", "tactics.size: new"]),
        (lambda old: old.head(1), ["tactics: 1 rows instead of 2"]),
    ],
)  # fmt: skip
def test_a_change_is_named(change: Callable[[pl.DataFrame], pl.DataFrame], said: list[str]) -> None:
    assert changes({"tactics": digests_of(before())}, {"tactics": digests_of(change(before()))}) == said
