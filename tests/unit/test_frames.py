"""Filled columns -> frames: distinct numbers, packed rows and their views."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacticlens.assemble.columns import NAN, NULL, Columns
from tacticlens.log import read_log
from tacticlens.tables.frames import distinct_numbers, frame, texts_series


@given(numbers=st.lists(st.integers(-1, 40)))
def test_distinct_numbers_are_those_of_numpy(numbers: list[int]) -> None:
    column = np.array(numbers, dtype=np.int32)

    distinct, places = distinct_numbers(column)

    expected, inverse = np.unique(column, return_inverse=True)
    assert distinct.tolist() == expected.tolist()
    assert places.tolist() == inverse.tolist()


def test_packed_rows_come_back_as_columns_with_nulls() -> None:
    columns = Columns({"line": "count", "kernel": "text", "time_ms": "float", "needed_bytes": "bytes"})
    columns.add((7, 0, 0.25, 1 << 40))
    columns.put(columns.pack(8, NULL, NAN, NULL))

    assert len(columns) == 2
    assert frame(columns, texts_series(["volta"])).rows() == [
        (7, "volta", 0.25, 1 << 40),
        (8, None, None, None),
    ]


def test_no_row_is_added_while_a_column_is_looked_at() -> None:
    columns = Columns({"line": "count"})
    columns.add((1,))
    lines = columns.column("line")

    with pytest.raises(BufferError):
        columns.add((2,))
    assert lines.tolist() == [1]


def test_an_empty_table_has_its_columns() -> None:
    columns = Columns({"line": "count", "name": "text"})

    assert frame(columns, texts_series([])).to_dict(as_series=False) == {"line": [], "name": []}


def test_numbers_that_no_log_means_are_null() -> None:
    columns = Columns({"strategy": "count", "needed_bytes": "bytes", "time_ms": "float"})
    columns.add((10**14, 10**20, 0.5))
    columns.add((4, 10**14, 0.5))

    assert frame(columns, texts_series([])).rows() == [(None, None, 0.5), (4, 10**14, 0.5)]


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
