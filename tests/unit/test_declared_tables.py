"""A table is declared once: everything that shows it follows from the declaration."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import pytest

from tacticlens.log import Log, read_log
from tacticlens.schema.declaration import Column, Field, Row, fields, meaning
from tacticlens.schema.registry import ROWS, TABLE_NAMES
from tacticlens.views.tables_page import page

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "composed" / "trt10.log"
COLUMNS = [(name, field) for name, row in ROWS.items() for field in fields(row)]


@cache
def log() -> Log:
    return read_log(FIXTURE, processes=0)


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_every_table_is_an_attribute_of_the_log_with_the_rows_of_its_frame(name: str) -> None:
    found = getattr(log(), name)
    records = [found] if name == "log" else found

    assert [record.model_dump() for record in records] == log().tables[name].to_dicts()
    assert all(isinstance(record, ROWS[name]) for record in records)
    assert getattr(log().tables, name).equals(log().tables[name])
    assert name in dir(log())
    assert name in dir(log().tables)


def test_a_name_that_no_table_has_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="its tables are log, runs, builds"):
        _ = log().tactic
    with pytest.raises(AttributeError, match="no table 'tactic'; the tables are log, runs, builds"):
        _ = log().tables.tactic


@pytest.mark.parametrize(("table", "field"), COLUMNS, ids=[f"{table}.{f.name}" for table, f in COLUMNS])
def test_a_column_says_in_one_sentence_what_it_is_and_has_its_unit_in_its_name(
    table: str, field: Field
) -> None:
    assert field.column.meaning.endswith(".")
    assert field.column.meaning[0].isupper()
    endings = {"ms": "_ms", "s": ("_s", "seconds"), "bytes": "bytes", "%": "percent", None: ""}
    assert field.name.endswith(endings[field.column.unit])


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_a_table_says_in_a_sentence_what_its_rows_are(name: str) -> None:
    assert meaning(ROWS[name]).endswith(".")


def test_a_column_that_says_nothing_of_itself_is_refused() -> None:
    class Mute(Row):
        name: str

    with pytest.raises(TypeError, match=r"Mute\.name has no Column"):
        fields(Mute)


def test_the_type_of_a_column_tells_whether_values_may_be_missing() -> None:
    class Some(Row):
        there: Annotated[int, Column("Always there.")]
        perhaps: Annotated[list[str] | None, Column("Not always there.")]

    assert [(field.type, field.nullable) for field in fields(Some)] == [(int, False), (list[str], True)]


def test_the_page_of_the_documentation_is_made_of_the_declarations() -> None:
    written = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")

    assert written == page(), "run python scripts/write_tables_page.py"


SHOWN = """
import json, sys
from tacticlens.export.flat import frame_csv
from tacticlens.export.json_export import table_json
from tacticlens.export.schema import json_schema
from tacticlens.log import read_log
from tacticlens.views.tables_page import page

log = read_log(sys.argv[1], processes=0)
schema = json_schema("messages")["properties"]["characters"]
print(json.dumps({
    "expected": [len(message.text) for message in log.messages],
    "records": [message.characters for message in log.messages],
    "frame": log.tables.messages["characters"].to_list(),
    "dtype": str(log.tables.messages["characters"].dtype),
    "json": [row["characters"] for row in json.loads("".join(table_json(log.tables, "messages")))],
    "csv": "characters" in frame_csv(log.tables.messages).splitlines()[0],
    "schema": [schema["type"], schema["description"]],
    "page": "| `characters` | integer |  | Length of the text. |" in page(),
}))
"""


@pytest.mark.slow
def test_a_new_column_is_written_in_two_places_and_seen_everywhere(tmp_path: Path) -> None:
    for folder in ("tacticlens", "grammars"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))

    def write(path: str, line: str, added: str) -> None:
        file = tmp_path / "tacticlens" / path
        text = file.read_text(encoding="utf-8")
        assert text.count(line) == 1
        file.write_text(text.replace(line, line + added), encoding="utf-8")

    write(
        "schema/program_rows.py",
        '    text: Annotated[str, Column("The message, with the lines that continue it.")]\n',
        '    characters: Annotated[int, Column("Length of the text.")]\n',
    )
    write("assemble/messages.py", "messages.add(", "characters=len(text), ")

    shown = subprocess.run(
        [sys.executable, "-c", SHOWN, str(FIXTURE)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(shown.stdout)

    assert found["expected"]
    assert found["records"] == found["frame"] == found["json"] == found["expected"]
    assert found["dtype"] == "Int64"
    assert found["csv"]
    assert found["schema"] == ["integer", "Length of the text."]
    assert found["page"]
