"""Filled columns -> frames: distinct numbers, packed rows and their views."""

from __future__ import annotations

import io
from typing import Annotated

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from tacticlens.assemble.columns import Columns, Texts
from tacticlens.log import read_log
from tacticlens.schema.declaration import Column, Row
from tacticlens.tables.frames import TextSeries, distinct_numbers, frame, kept
from tacticlens.tables.schema import types_of


class Try(Row):
    """A small table."""

    kernel: Annotated[str | None, Column("A text.")]
    time_ms: Annotated[float | None, Column("A number.", "ms")]
    needed_bytes: Annotated[int | None, Column("A large number.", "bytes")]
    evidence: Annotated[str, Column("Not kept in rows.", derived=True)]
    line: Annotated[int, Column("A line.")]


@given(numbers=st.lists(st.integers(-1, 40)))
def test_distinct_numbers_are_those_of_numpy(numbers: list[int]) -> None:
    distinct, places = distinct_numbers(pl.Series(numbers, dtype=pl.Int32))

    expected, inverse = np.unique(np.array(numbers, dtype=np.int32), return_inverse=True)
    assert distinct == expected.tolist()
    assert places.to_list() == inverse.tolist()


def test_rows_added_by_name_come_back_as_columns_with_nulls() -> None:
    texts = Texts()
    columns = Columns(Try, texts)
    columns.add(kernel="volta", line=7, time_ms=0.25, needed_bytes=1 << 40)
    columns.put(line=8, kernel=texts.number("ampere"))
    columns.add(line=9)

    assert len(columns) == 3
    assert frame(columns, types_of(Try), TextSeries(texts.all())).rows() == [
        ("volta", 0.25, 1 << 40, 7),
        ("ampere", None, None, 8),
        (None, None, None, 9),
    ]


def test_a_row_with_a_column_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="kernels"):
        Columns(Try, Texts()).add(kernels="volta")


def test_no_row_is_added_while_a_column_of_a_long_table_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tacticlens.assemble.columns._FEW", 0)
    columns = Columns(Try, Texts())
    columns.add(line=1)
    lines = columns.column("line")

    with pytest.raises(BufferError):
        columns.add(line=2)
    assert list(lines) == [1]


@pytest.mark.parametrize("rows", [slice(0, None), slice(1, 3), slice(2, 9), slice(0, 0)])
def test_short_and_long_tables_have_the_same_columns(monkeypatch: pytest.MonkeyPatch, rows: slice) -> None:
    columns = Columns(Try, Texts())
    for line in range(4):
        columns.add(kernel=f"k{line % 2}", time_ms=line / 4, needed_bytes=(1 << 40) * (line % 3), line=line)
    short = [kept(columns, name, rows.start, rows.stop) for name in columns.kinds]
    monkeypatch.setattr("tacticlens.assemble.columns._FEW", 0)

    for one in short:
        assert_series_equal(kept(columns, one.name, rows.start, rows.stop), one)
    assert short[-1].to_list() == list(range(4))[rows]
    assert short[-2].to_list() == [0, 1 << 40, 1 << 41, 0][rows]
    assert list(columns.rows(1, 3, "line", "time_ms")) == [(1, 0.25), (2, 0.5)]


def test_an_empty_table_has_its_columns() -> None:
    columns = Columns(Try, Texts())

    assert frame(columns, types_of(Try), TextSeries([])).to_dict(as_series=False) == {
        "kernel": [], "time_ms": [], "needed_bytes": [], "line": [],
    }  # fmt: skip


def test_texts_keep_their_numbers_as_more_come() -> None:
    texts = Texts()
    for seen in (["a"], ["b", "a", "c"], ["d"]):
        assert [texts.text(texts.number(text)) for text in seen] == seen
    assert texts.all() == ["a", "b", "c", "d"]


def test_numbers_that_no_log_means_are_null() -> None:
    columns = Columns(Try, Texts())
    columns.add(line=10**14, needed_bytes=10**20, time_ms=0.5)
    columns.put(line=4, needed_bytes=10**14, time_ms=0.5)
    columns.put(line=5, needed_bytes=10**20, time_ms=0.5)
    columns.add(line=10**14, time_ms=1e12)

    assert frame(columns, types_of(Try), TextSeries([])).rows() == [
        (None, 0.5, None, None),
        (None, 0.5, 10**14, 4),
        (None, 0.5, None, 5),
        (None, 1e12, None, None),
    ]


class Two(Row):
    """A table of two counts."""

    first_line: Annotated[int | None, Column("A line.")]
    line: Annotated[int, Column("A line.")]


def test_one_number_that_no_log_means_leaves_the_others_of_its_row() -> None:
    columns = Columns(Two, Texts())
    columns.add(first_line=10**14, line=7)
    columns.add(first_line=-(10**14), line=8)

    assert frame(columns, types_of(Two), TextSeries([])).rows() == [(None, 7), (None, 8)]


def test_a_log_with_numbers_of_many_digits_is_read() -> None:
    lines = [
        "[V] [TRT] Building graph using backend strategy 99999999999999",
        "[V] [TRT] Constructing optimization profile number 99999999999999 [1/1].",
        "[V] [TRT] =============== Computing costs for conv",
        "[V] [TRT] Tactic: 0x1 skipped. Scratch requested: 999999999999999999, available: 999999999999999999",
        "[V] [TRT] Tactic: 99999999999999999999 Time: 0.1",
    ]

    tables = read_log(io.StringIO("\n".join(lines)), processes=0).tables

    assert tables.builds.select("strategy", "profile").rows() == [(None, None)]
    assert tables.tactics.height == 2
