"""Names of layers are shortened at their common beginning, and stay distinguishable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tacticlens.views.names import ShortNames

BLOCKS = [f"/backbone/features/features.{n}/conv/conv.{m}/conv.{m}.0/Conv" for n in range(20) for m in (0, 1)]


def test_a_name_that_fits_is_left_alone() -> None:
    assert ShortNames(BLOCKS).short(BLOCKS[3], 100) == BLOCKS[3]


def test_what_all_names_begin_with_is_cut_first() -> None:
    name = "/backbone/features/features.7/conv/conv.0/conv.0.0/Conv"

    assert ShortNames(BLOCKS).short(name, 40) == "…7/conv/conv.0/conv.0.0/Conv"


def test_names_of_equal_ends_differ_in_what_is_left() -> None:
    short = ShortNames(BLOCKS)

    assert len({short.short(name, 20) for name in BLOCKS}) == len(BLOCKS)


def test_one_name_alone_keeps_its_beginning_and_its_end() -> None:
    assert ShortNames(["a" * 30 + "z" * 30]).short("a" * 30 + "z" * 30, 21) == "a" * 7 + "…" + "z" * 13


@given(
    names=st.lists(st.text("ab/.", min_size=1, max_size=60), min_size=1, max_size=12, unique=True),
    room=st.integers(12, 40),
)
def test_short_names_fit_and_are_unlike_each_other(names: list[str], room: int) -> None:
    short = ShortNames(names)
    shortened = [short.short(name, room) for name in names]

    assert all(len(text) <= room for text in shortened)
    assert len(set(shortened)) == len(names)
