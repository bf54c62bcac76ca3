"""SQL over the tables: what can be asked, what is made for it, and what a wrong query says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tacticlens.cli.query import run
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES
from tacticlens.tables.table_set import TableSet

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"


@cache
def tables() -> TableSet:
    return read_log(COMPOSED / "trt861.log", processes=0).tables


class Counting(TableSet):
    """Tables that remember which of them were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> pl.DataFrame:
        self.asked.append(name)
        return tables()[name]


def test_tables_are_grouped_and_counted() -> None:
    answer = run(tables(), "SELECT status, count(*) AS n FROM tactics GROUP BY status ORDER BY status")

    assert answer.rows() == [("failed", 2), ("skipped", 3), ("timed", 26)]


def test_tables_are_joined() -> None:
    sql = "SELECT l.name, t.line FROM tactics t JOIN layers l ON t.layer = l.layer WHERE t.time_ms > 0.95"

    assert run(tables(), sql).rows() == [("head/dense:0", 73)]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT count(*) AS n FROM build_times WHERE phase = 'generation'", 1),
        ("SELECT count(*) AS n FROM candidates WHERE won AND NOT in_engine", 5),
    ],
)
def test_frames_that_are_no_tables_of_the_schema_can_be_asked(sql: str, count: int) -> None:
    assert run(tables(), sql)["n"].to_list() == [count]


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_table_can_be_asked(name: str) -> None:
    assert run(tables(), f"SELECT * FROM {name}").columns == tables()[name].columns


def test_only_the_tables_that_the_query_mentions_are_made() -> None:
    counting = Counting()
    run(counting, "SELECT runner FROM tactics LIMIT 1")

    assert counting.asked == ["tactics"]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELCT 1",
        "SELECT nothing FROM tactics",
        "SELECT * FROM nowhere",
        "SELECT * FROM tactics WHERE",
        "DROP TABLE tactics; SELECT 1",
    ],
)
def test_a_wrong_query_is_refused_with_the_names_of_the_tables(sql: str) -> None:
    with pytest.raises(
        UsageError, match=r"the query cannot be answered: .*the tables are log, runs, builds, layers"
    ) as caught:
        run(tables(), sql)
    assert "\n" not in str(caught.value)


def test_the_answer_keeps_lists_and_structs() -> None:
    answer = run(tables(), "SELECT inputs, onnx_nodes FROM engine_layers")

    assert answer.schema["onnx_nodes"] == pl.List(pl.String)
    assert isinstance(answer.schema["inputs"], pl.List)
