"""Columns of lists are made flat: they hold what was put in, whatever the texts are."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tacticlens.tables.nested import list_of_texts

LISTS = st.lists(st.none() | st.lists(st.text(st.sampled_from("a,\x00 \x1f"), max_size=3), max_size=3))


@given(rows=LISTS)
def test_lists_of_texts_are_kept_as_they_are(rows: list[list[str] | None]) -> None:
    column = list_of_texts(rows)

    assert column.dtype == pl.List(pl.String)
    assert column.to_list() == rows
