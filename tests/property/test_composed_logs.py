"""Logs composed from any plan that a dialect can print: the tables are the plan, whole or cut anywhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from compose import DIALECTS, Composed
from compose.strategies import composed_logs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.grammar import reference
from tacticlens.grammar.scanner import line_scanner
from tacticlens.log import Log, read_log

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read(text: str) -> Log:
    return read_log(io.BytesIO(text.encode()), processes=0)


def what_the_text_tells(composed: Composed) -> dict[str, list[dict[str, Any]]]:
    """Return the expected rows without what a plan knows and no line says.

    A log cut inside a pass has no verdict on it. Where a kernel is named on a line of its own with its
    id, a later line of the same id in the same runner is of the same kernel, named again or not.
    """
    expected = {name: [dict(row) for row in rows] for name, rows in composed.expected.items()}
    if composed.plan.engines[-1].cut:
        unfinished = composed.plan.builds[-1].strategy
        for row, build in zip(expected["builds"], composed.plan.builds, strict=True):
            if build.strategy == unfinished:
                row.pop("estimated_ms", None)
    rows = iter(expected["tactics"])
    for build in composed.plan.builds:
        for section in DIALECTS[composed.dialect].sections(build):
            for combination in section.combinations:
                for runner in combination.runners:
                    seen: set[int] = set()
                    for tactic in runner.tactics:
                        row = next(rows)
                        if tactic.tactic in seen and tactic.kernel is None:
                            del row["kernel"]
                        seen.add(tactic.tactic)
    return expected


@settings(QUICK, max_examples=120)
@given(composed=composed_logs())
def test_the_tables_are_the_plan(composed: Composed, rows_unlike: Callable[..., list[str]]) -> None:
    assert rows_unlike(read(composed.text).tables, what_the_text_tells(composed)) == []


@settings(QUICK, max_examples=60)
@given(composed=composed_logs())
def test_every_line_is_counted_once_and_none_is_unread(composed: Composed) -> None:
    tables = read(composed.text).tables

    assert tables.ledger["lines"].sum() == composed.text.count("\n")
    assert tables.unread.rows() == []


@settings(QUICK, max_examples=40)
@given(composed=composed_logs())
def test_both_executions_agree_on_every_line(composed: Composed) -> None:
    reader, scan = ChunkReader(), line_scanner().scan
    messages = {reader.cut(line)[1].rstrip() for line in decode(composed.text.encode()).split("\n")} - {""}

    assert [message for message in messages if scan(message) != reference.scan(message)] == []


@settings(QUICK, max_examples=80)
@given(composed=composed_logs(), cut=st.floats(0.001, 1))
def test_a_log_cut_anywhere_is_read_and_every_line_of_it_counted(composed: Composed, cut: float) -> None:
    data = composed.text.encode()
    part = data[: max(1, int(cut * len(data)))]
    tables = read_log(io.BytesIO(part), processes=0).tables
    lines = part.count(b"\n") + (not part.endswith(b"\n"))

    assert tables.ledger["lines"].sum() == lines == tables.log["lines"].item()
    for name, frame in tables:
        assert frame.height >= 0, name


@settings(QUICK, max_examples=30)
@given(composed=composed_logs(), cut=st.floats(0.1, 1))
def test_what_stands_before_a_cut_is_read_as_in_the_whole_log(composed: Composed, cut: float) -> None:
    lines = composed.text.splitlines(keepends=True)
    kept = max(1, int(cut * len(lines)))
    whole, part = read(composed.text).tables, read("".join(lines[:kept])).tables
    columns = ["tactic", "kernel", "time_ms", "status", "line"]
    before = whole.tactics.select(columns).filter(whole.tactics["line"] <= kept)

    assert part.tactics.select(columns).equals(before)
