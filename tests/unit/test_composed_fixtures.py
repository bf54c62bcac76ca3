"""The composed logs against the rows that they were composed from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.grammar import reference
from tacticlens.grammar.scanner import line_scanner
from tacticlens.log import Log, read_log

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "composed"
NAMES = sorted(path.stem for path in FOLDER.glob("*.log"))


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def log(name: str) -> Log:
    return read_log(FOLDER / f"{name}.log", processes=0)


@pytest.fixture(scope="module")
def expected(name: str) -> dict[str, list[dict[str, Any]]]:
    text = (FOLDER / f"{name}.expected.json").read_text(encoding="utf-8")
    tables: dict[str, list[dict[str, Any]]] = json.loads(text)["tables"]
    return tables


def test_there_is_a_composed_log_for_every_dialect() -> None:
    assert len(NAMES) >= 15


def test_the_tables_are_what_the_log_was_composed_from(
    log: Log, expected: dict[str, list[dict[str, Any]]], rows_unlike: Callable[..., list[str]]
) -> None:
    assert rows_unlike(log.tables, expected) == []


def test_no_line_of_a_composed_log_is_unread(log: Log) -> None:
    assert log.tables.unread.rows() == []
    assert log.tables.ledger.filter(outcome="unread").is_empty()


def test_every_line_of_a_composed_log_is_counted_once(name: str, log: Log) -> None:
    lines = (FOLDER / f"{name}.log").read_bytes().count(b"\n")

    assert log.tables.ledger["lines"].sum() == lines == log.tables.log["lines"].item()


@pytest.mark.slow
def test_both_executions_read_a_composed_log_alike(name: str) -> None:
    reader, scan = ChunkReader(), line_scanner().scan
    text = decode((FOLDER / f"{name}.log").read_bytes())
    messages = {reader.cut(line)[1].rstrip() for line in text.split("\n")} - {""}

    assert [message for message in messages if scan(message) != reference.scan(message)] == []
    assert sum(scan(message) is not None for message in messages) > len(messages) / 2


@pytest.mark.parametrize(("clean", "disturbed"), [("trt84", "trt84-foreign"), ("trt861", "trt861-terminal")])
def test_foreign_text_colours_and_crlf_change_no_row(clean: str, disturbed: str) -> None:
    one, other = (read_log(FOLDER / f"{name}.log", processes=0).tables for name in (clean, disturbed))

    for table in ("layers", "combinations", "runners", "tactics", "engine_layers"):
        assert one[table].height > 0
        assert one[table].drop("line").equals(other[table].drop("line")), table
