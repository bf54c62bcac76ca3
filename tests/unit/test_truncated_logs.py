"""A log that ends early is true as far as it goes: its rows are those that the whole log has of these lines.

What a later line decides is named below, column by column. Logs are cut at sampled lines, the same ones in every run.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tacticlens.log import read_log
from tacticlens.schema.registry import TABLE_NAMES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("truncated logs"),
]  # what was read once serves all tests

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LOGS = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("[cr]*/*.log"))
CUTS = 12
SHORT = 90
"""A log with fewer lines is cut at every line."""
LONGEST = 400_000
"""Longer logs take minutes to cut and show nothing that short ones do not."""

NOT_OF_LINES = {"log", "ledger", "unread", "joined", "build_times"}
"""Tables whose rows are sums over the log, or of files beside it."""

SEEN_LATER = {"builds", "layers", "engine_ops"}
"""Tables of rows that stand under the first line that belongs to them, and of which a later line says that they are."""

DECIDED_LATER = {
    "runs": {"outcome", "last_line", "gpu", "compute_capability"},
    "builds": {"last_line", "in_engine", "selection_s", "generation_s", "estimated_ms", "subgraph_s"},
    "layers": {"name", "onnx_nodes"},
    "combinations": {"layer", "subject", "result", "runner", "runner_id", "tactic", "time_ms"},
    "runners": {"result", "profiling_s"},
    "op_tactics": {"chosen"},
    "timing_cache": {"build"},
    "engine_layers": {"time_ms", "time_source", "low_ms", "high_ms"},
    "messages": {"text"},
}
"""Columns that later lines decide: how a block ended, what won, which build a line belongs to, what a profile measured,
how a message goes on."""
IN_REAL_LOGS_ONLY = {("builds", "strategy")}
"""A log that begins within a pass says only at its end which strategy that was; no composed log does."""


def other_columns(path: Path, cuts: int) -> Iterator[tuple[int, str, str]]:
    """Yield (line of the cut, table, column) where a log cut there is unlike the whole one; column "" = other rows."""
    lines = path.read_bytes().splitlines(keepends=True)
    whole = read_log(path, processes=0).tables
    places = range(1, len(lines))
    for cut in sorted(places if len(lines) < SHORT else random.Random(path.name).sample(places, cuts)):
        part = read_log(io.BytesIO(b"".join(lines[:cut])), processes=0).tables
        for table in TABLE_NAMES:
            if table in NOT_OF_LINES:
                continue
            found, line = part[table], "line" if "line" in part[table].columns else "first_line"
            expected = whole[table].filter(pl.col(line) <= cut)
            if table in SEEN_LATER:
                expected = expected.join(
                    found.select(line).unique(), on=line, how="semi", maintain_order="left"
                )
            if found.height != expected.height:
                yield cut, table, ""
            else:
                yield from (
                    (cut, table, one) for one in found.columns if not found[one].equals(expected[one])
                )


@cache
def of_fixture(name: str) -> list[tuple[int, str, str]]:
    return list(other_columns(FIXTURES / name, CUTS))


def not_in_the_list(found: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    return [
        one
        for one in found
        if one[2] not in DECIDED_LATER.get(one[1], ()) and one[1:] not in IN_REAL_LOGS_ONLY
    ]


@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_is_cut_has_the_rows_of_the_whole_one_up_to_there(name: str) -> None:
    assert not_in_the_list(of_fixture(name)) == []


@pytest.mark.corpus
def test_a_real_log_that_is_cut_has_the_rows_of_the_whole_one_up_to_there(
    corpus_log: str, corpus_dir: Path
) -> None:
    path = corpus_dir / "logs" / corpus_log
    if path.stat().st_size <= LONGEST:
        assert not_in_the_list(list(other_columns(path, 2))) == []


def test_each_column_in_the_list_is_decided_by_a_later_line_of_some_log() -> None:
    seen = {(table, column) for name in LOGS for _, table, column in of_fixture(name)}
    listed = {(table, column) for table, columns in DECIDED_LATER.items() for column in columns}

    assert listed - seen == set()
