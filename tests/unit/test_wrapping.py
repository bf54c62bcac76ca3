"""Paragraphs are wrapped as rich wraps them, without rich's text, which takes long to import."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from tacticlens.views.blocks import Line
from tacticlens.views.result import Look
from tacticlens.views.text import Pieces, _joined, _stripped, _wrapped, as_text

PIECES = st.lists(
    st.tuples(st.text("ab c–漢é\ue000", max_size=30), st.sampled_from(["", "bold"])), max_size=5
)


@given(pieces=PIECES, room=st.integers(2, 40))
def test_lines_break_where_rich_breaks_them(pieces: Pieces, room: int) -> None:
    lines = [_joined(_stripped(line)) for line in _wrapped(pieces, room)]

    expected = list(Text.assemble(*pieces).wrap(None, room))  # type: ignore[arg-type]  # nothing is justified
    assert lines == [line.plain.rstrip() for line in expected]


def test_a_style_that_spans_a_break_is_on_both_lines() -> None:
    paragraph = Line((("read ", ""), ("twelve milliseconds more", "strong")))

    assert as_text([paragraph], Look(width=20)) == "read twelve\nmilliseconds more\n"
    coloured = as_text([paragraph], Look(width=20, color=True))
    assert coloured == "read \x1b[1mtwelve\x1b[0m\n\x1b[1mmilliseconds more\x1b[0m\n"
