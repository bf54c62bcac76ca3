"""The places that CONTRIBUTING.md names are enough: each addition is made in a copy of the package and used.

A column has a test of its own (tests/unit/test_declared_tables.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tacticlens.analysis.findings import KINDS

ROOT = Path(__file__).resolve().parents[2]
CODE = f"TL{len(KINDS) + 1:03d}"
LOG = """\
[05/12/2023-12:00:00] [I] === Device Information ===
[05/12/2023-12:00:00] [I] Gadget found: 17 widgets
[05/12/2023-12:00:00] [I] Gizmo found: blue
"""


class Copy:
    """A copy of the package to add to; counts the places that were touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tacticlens", "grammars"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "a.log").write_text(LOG, encoding="utf-8")
        self.places: list[str] = []

    def insert(self, path: str, after: str, added: str) -> None:
        """Put a text behind one that stands once in a file."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(after) == 1, (path, after)
        file.write_text(text.replace(after, after + added), encoding="utf-8")
        self.places.append(path)

    def add(self, path: str, text: str) -> None:
        """Add a file."""
        assert not (self.folder / path).exists()
        (self.folder / path).write_text(text, encoding="utf-8")
        self.places.append(path)

    def run(self, *arguments: str) -> str:
        """Run the command; return what it prints."""
        ran = subprocess.run(
            [sys.executable, "-m", "tacticlens", *arguments],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(self.folder)}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def add_form(copy: Copy, name: str, begin: str, handler: str) -> None:
    rule = f' too ----\n\n// {begin}x\n{name}: "{begin}" REST\n\n//'
    copy.insert("grammars/log_line.lark", "polygraphy_command | module_loaded", f" | {name}")
    copy.insert("grammars/log_line.lark", "// ---- the finished engine", rule)
    below = '"module_loaded": self.module_loaded,'
    copy.insert("tacticlens/assemble/program.py", below, f'\n            "{name}": {handler},')


def test_a_line_form_is_a_rule_and_a_handler(copy: Copy) -> None:
    add_form(copy, "gadget_found", "Gadget found: ", 'lambda n, v: self.option(n, ("Gadget", v[0]))')

    rows = json.loads(copy.run("parse", "a.log", "-t", "options", "-f", "json"))
    assert [(row["section"], row["key"], row["value"]) for row in rows] == [
        ("Device Information", "Gadget", "17 widgets")
    ]
    assert len(set(copy.places)) == 2


def test_a_table_is_a_class_its_name_and_its_rows(copy: Copy) -> None:
    add_form(copy, "gizmo_found", "Gizmo found: ", "lambda n, v: self._state.gizmos.add(colour=v[0], line=n)")
    copy.places.clear()
    copy.insert(
        "tacticlens/schema/program_rows.py",
        "from tacticlens.schema.declaration import Column, Row\n",
        '\n\nclass Gizmo(Row):\n    """One gizmo."""\n\n'
        '    colour: Annotated[str, Column("Its colour.")]\n    line: Line\n',
    )
    copy.insert("tacticlens/schema/registry.py", "    options: list[Option]\n", "    gizmos: list[Gizmo]\n")
    copy.insert(
        "tacticlens/schema/registry.py", "from tacticlens.schema.program_rows import (\n", "    Gizmo,\n"
    )
    copy.insert("tacticlens/assemble/state.py", "    options: Columns\n", "    gizmos: Columns\n")

    assert json.loads(copy.run("parse", "a.log", "-t", "gizmos", "-f", "json")) == [
        {"colour": "blue", "line": 3}
    ]
    schema = json.loads(copy.run("schema", "gizmos"))
    assert schema["properties"]["colour"]["description"] == "Its colour."
    assert len(set(copy.places)) == 3


FINDING = f'''
from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "{CODE}", "lonely-log", "Log without an engine", what="Logs without an engine.", why="They are lonely.",
    action="Build one.", example="None.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding for a log without an engine."""
    if context.engines:
        return []
    return [KIND.found(title="No engine in {{lines_read}} lines", why=("It is lonely.",), action="Build one.",
                       facts={{"lines_read": 3}})]
'''


def test_a_finding_is_one_file(copy: Copy) -> None:
    copy.add("tacticlens/analysis/rules/lonely_log.py", FINDING)

    assert "They are lonely." in copy.run("finding", CODE)
    found = json.loads(copy.run("findings", "a.log", "-f", "json"))
    assert "lonely-log" in json.dumps(found)
    assert len(set(copy.places)) == 1


def test_a_format_is_one_file(copy: Copy) -> None:
    copy.add(
        "tacticlens/views/formats/shouted.py",
        "from tacticlens.views.text import as_text\n\nBINARY = False\n\n\n"
        "def render(result, look):\n    return [as_text(result.blocks(), look).upper()]\n",
    )

    assert "FAMILY" in copy.run("kernel", "volta_scudnn_128x64_relu_small_nn_v1", "-f", "shouted")
    assert "shouted" in copy.run("kernel", "--help")
    assert len(set(copy.places)) == 1


VIEW = '''
from tacticlens.views.blocks import line
from tacticlens.views.result import Result, frame_of


class LengthResult(Result):
    """How long names are."""

    kind = "length"

    def __init__(self, lengths):
        self._lengths = lengths

    def blocks(self):
        yield from (line(f"{name} has {length} letters") for name, length in self._lengths.items())

    def document(self):
        return [{"name": name, "letters": length} for name, length in self._lengths.items()]

    def rows(self):
        return frame_of(self.document())
'''
COMMAND = '''
from typing import Annotated

import typer

from tacticlens.cli.formats import FormatOption, OutputOption, show


def length(name: Annotated[str, typer.Argument()], format_: FormatOption = "text", out: OutputOption = None) -> int:
    """Count letters."""
    from tacticlens.views.length import LengthResult

    show(LengthResult({name: len(name)}), format_, out)
    return 0
'''
ENTRY = """
        "length": Entry("How long a name is", ("tacticlens length abc", "one"), ("tacticlens length abcd", "two")),
"""


def test_a_view_is_one_file_and_a_command_another_with_its_line_in_the_help(copy: Copy) -> None:
    copy.add("tacticlens/views/length.py", VIEW)
    copy.add("tacticlens/cli/length.py", COMMAND)
    copy.insert("tacticlens/cli/help.py", '    "Look": {\n', ENTRY)

    assert copy.run("length", "abc") == "abc has 3 letters\n"
    assert json.loads(copy.run("length", "abc", "-f", "json")) == [{"name": "abc", "letters": 3}]
    assert copy.run("length", "abc", "-f", "csv").splitlines() == ["name,letters", "abc,3"]
    assert "How long a name is" in copy.run("--help")
    assert len(set(copy.places)) == 3
