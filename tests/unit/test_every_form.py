"""Every form of line that has a handler occurs in the composed logs, and their tables depend on it."""

from __future__ import annotations

import io
from collections import defaultdict
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.chunk import ChunkReader
from tacticlens.log import read_log

LOGS = sorted((Path(__file__).resolve().parents[1] / "fixtures" / "composed").glob("*.log"))
KINDS = sorted(Assembler().kinds)

NOT_SEEN_IN_TABLES = {
    "bindings_title": "The names of bindings below it are counted as such and are no layers.",
    "computing_reformatting_costs": "It ends the layer above it, which the lines below it do as well.",
}
"""Forms that change no row of the composed logs, and what their handler is for."""

NOT_OF_LINES = {"bytes", "sha256", "source"}
"""Columns that change with every byte."""


@cache
def lines_of_kinds() -> dict[str, dict[Path, list[int]]]:
    """The lines of each form, by log."""
    found: dict[str, dict[Path, list[int]]] = defaultdict(lambda: defaultdict(list))
    for path in LOGS:
        reader = ChunkReader()
        events = reader.read(path.read_bytes())
        for line, (rule, _) in zip(events.numbers, events.events, strict=True):
            if rule >= 0:
                found[reader.scanner.rules[rule].kind][path].append(line)
    return found


def tables(text: bytes) -> dict[str, pl.DataFrame]:
    found = dict(read_log(io.BytesIO(text), processes=0).tables)
    del found["ledger"], found["unread"]
    return {name: frame.drop(NOT_OF_LINES, strict=False) for name, frame in found.items()}


@cache
def whole(path: Path) -> dict[str, pl.DataFrame]:
    return tables(path.read_bytes())


def without(path: Path, lines: list[int]) -> dict[str, pl.DataFrame]:
    """The tables of a log in which these lines are empty."""
    kept = path.read_bytes().split(b"\n")
    for line in lines:
        kept[line - 1] = b""
    return tables(b"\n".join(kept))


def tells_something(kind: str) -> bool:
    return any(
        not frame.equals(whole(path)[name])
        for path, lines in lines_of_kinds()[kind].items()
        for name, frame in without(path, lines).items()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_has_a_handler_occurs_in_a_composed_log(kind: str) -> None:
    assert lines_of_kinds()[kind], "add a line of this form to a composer in tests/compose"


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_lines_of_a_form_that_has_a_handler_the_tables_are_others(kind: str) -> None:
    assert tells_something(kind) == (kind not in NOT_SEEN_IN_TABLES)


def test_the_list_of_forms_that_tables_do_not_show_names_forms_that_have_a_handler() -> None:
    assert NOT_SEEN_IN_TABLES.keys() <= set(KINDS)
    assert all(reason.endswith(".") for reason in NOT_SEEN_IN_TABLES.values())
