"""Text near the line forms: whatever one execution of the grammar reads, the other reads alike."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tacticlens.grammar import reference
from tacticlens.grammar.scanner import line_scanner

GRAMMARS = Path(__file__).resolve().parents[2] / "grammars"
EXAMPLE = re.compile(r"^// (?P<example>.*)\n[a-z]\w*: ", re.MULTILINE)
PIECES = (
    *(" ", ",", ":", "]", "[", "(", ")", " -> ", "-", "0", "1", "e", ".", "=", "x", "é", "\t", "%"),
    *(
        " Time: 0.1",
        "Tactic: ",
        " Tactic: 0x1",
        "inf",
        "nan",
        "-1",
        "0x",
        " + ",
        " seconds.",
        "***************",
    ),
    *(
        "Fastest ",
        "Skipping ",
        "Error Code 1: ",
        "Name: ",
        ", LayerType: ",
        " (Runner[0x80000009])",
        "Layer(",
    ),
)


@lru_cache(maxsize=1)
def examples() -> tuple[str, ...]:
    """Return the real lines above the rules of the grammars, without the blanks at their ends."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GRAMMARS.glob("*_line.lark"))]
    return tuple(found["example"].rstrip() for text in texts for found in EXAMPLE.finditer(text))


def alike(message: str) -> bool:
    return line_scanner().scan(message) == reference.scan(message)


@st.composite
def near_a_form(draw: st.DrawFn) -> str:
    """Draw a real line with a few edits: pieces put in, left out, doubled or taken from another line."""
    line = draw(st.sampled_from(examples()))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(line)))
        end = draw(st.integers(start, min(len(line), start + 12)))
        other = draw(st.sampled_from(examples()))
        put = draw(
            st.one_of(
                st.just(""),
                st.sampled_from(PIECES),
                st.just(line[start:end] * 2),
                st.integers(0, len(other)).map(lambda at, other=other: other[at:]),
                st.text(max_size=3),
            )
        )
        line = line[:start] + put + line[end:]
    return line.replace("\n", "").replace("\r", "").rstrip()


def test_there_are_many_forms_to_start_from() -> None:
    scan = line_scanner().scan
    read = [line for line in examples() if scan(line) is not None]

    assert len(examples()) > 200
    assert len(read) == len(examples()), sorted(set(examples()) - set(read))[:5]


def test_both_executions_read_the_example_of_every_form_alike() -> None:
    assert [line for line in examples() if not alike(line)] == []


@settings(max_examples=1500, deadline=None)
@given(message=near_a_form())
def test_both_executions_agree_near_every_form(message: str) -> None:
    assert line_scanner().scan(message) == reference.scan(message)


@settings(max_examples=300, deadline=None)
@given(message=st.text(st.characters(exclude_characters="\n\r"), max_size=60).map(str.rstrip))
def test_both_executions_agree_on_any_text(message: str) -> None:
    assert line_scanner().scan(message) == reference.scan(message)


@settings(max_examples=300, deadline=None)
@given(
    first=st.sampled_from(examples()),
    second=st.sampled_from(examples()),
    joint=st.sampled_from(("", " ", ", ")),
)
def test_both_executions_agree_on_glued_lines(first: str, second: str, joint: str) -> None:
    assert alike(first + joint + second)
