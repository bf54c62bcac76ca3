"""Every result in every format, and what a table keeps and cuts."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tacticlens.cli.app import _application, main
from tacticlens.cli.help import COMMANDS as COMMANDS_OF_HELP
from tacticlens.cli.help import GROUPS
from tacticlens.views import registry
from tacticlens.views.blocks import Column, Table, line
from tacticlens.views.formats import markdown
from tacticlens.views.names import ShortNames
from tacticlens.views.result import Look
from tacticlens.views.text import as_text
from tacticlens.words import formats

ROOT = Path(__file__).resolve().parents[2]
LOG = str(ROOT / "tests" / "fixtures" / "composed" / "trt861.log")
COMMANDS = {
    "parse": ["parse", LOG],
    "table": ["parse", LOG, "--table", "log"],
    "tactics": ["tactics", LOG],
    "explain": ["explain", LOG, "stem"],
    "findings": ["findings", LOG],
    "finding": ["finding", "TL005"],
    "diff": ["diff", str(ROOT / "tests/fixtures/composed/trt82.log"), LOG],
    "matrix": ["diff", LOG, LOG, LOG],
    "kernel": ["kernel", "ampere_scudnn_128x32_relu_small_nn_v1"],
    "query": ["query", LOG, "SELECT runner, count(*) AS n FROM tactics GROUP BY runner"],
    "check": ["check", LOG, "--min-gemm-share", "0.1", "--max-unread", "0"],
}


@pytest.mark.parametrize("format_", registry.formats())
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_every_format(
    command: str, format_: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    out = (
        ["-o", str(tmp_path / "out")]
        if command == "parse" and format_ in {"csv", "csv-safe", "parquet"}
        else []
    )
    capfdbinary.readouterr()
    code = main([*COMMANDS[command], "-f", format_, *out])
    printed = capfdbinary.readouterr()

    # a rule may be undecided, which is exit code 2 and still prints the verdicts
    assert code == 0 or (command == "check" and code == 2)
    assert printed.out or out
    if format_ == "json":
        json.loads(printed.out)


def test_a_new_format_is_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "formats"
    folder.mkdir()
    for path in Path(markdown.__file__).parent.glob("*.py"):
        (folder / path.name).touch()
    (folder / "shouted.py").write_text("BINARY = False\n")
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    registry.formats.cache_clear()
    try:
        assert "shouted" in registry.formats()
    finally:
        monkeypatch.undo()
        registry.formats.cache_clear()


def test_numbers_are_never_cut_and_names_stay_unique() -> None:
    grid = Table((Column("name", name=True), Column("time", right=True), Column("more", optional=1)))
    for number in range(3):
        grid.add(f"a/rather/long/scope/of/layer{number}/Conv", f"{number}1.234567890123 ms", "x" * 30)
    lines = as_text([grid], Look(40, whole=False)).splitlines()

    assert max(map(len, lines)) <= 40
    assert [text.endswith("1.234567890123 ms") for text in lines[1:]] == [True] * 3
    assert len({text.split()[0] for text in lines[1:]}) == 3
    assert "xxx" not in "".join(lines)


def test_a_table_in_a_pipe_is_never_cut() -> None:
    grid = Table((Column("name", name=True),))
    grid.add("n" * 400)

    assert "n" * 400 in as_text([grid], Look())


def test_what_is_equal_in_all_rows_is_said_once() -> None:
    grid = Table((Column("build"), Column("time")), constants=True)
    grid.add("1", "2 ms")
    grid.add("1", "3 ms")

    assert as_text([grid]).splitlines() == ["time", "2 ms", "3 ms", "In all rows: build 1"]


def test_a_number_stays_with_its_unit() -> None:
    text = as_text([line("word " * 14 + "takes 0.123 ms of it")], Look(81))

    assert all(
        "0.123 ms" in one or ("0.123" not in one and "ms" not in one.split()) for one in text.splitlines()
    )


def test_symbolic_shapes_are_shortened_unless_asked_for() -> None:
    whole = "Float((* 64 (# 0 (SHAPE x))),1) -> Half(E0,1:8,1) where E0=(# 1 (SHAPE x))"

    assert formats(whole) == "Float(…,1) -> Half(E0,1:8,1)"
    assert formats(whole, wide=True) == whole
    assert formats("Half(784,1:8,28,1) -> Float(1,1)") == "Half(784,1:8,28,1) -> Float(1,1)"


def test_short_names_of_other_names_differ() -> None:
    names = [f"/scope/block{number}/conv/Conv" for number in range(40)]
    short = ShortNames(names)

    assert len({short.short(name, 14) for name in names}) == 40


def test_every_command_stands_in_a_group_with_two_examples() -> None:
    app = _application(COMMANDS_OF_HELP)
    named = {command.name for command in app.registered_commands}
    named |= {group.name for group in app.registered_groups}

    assert {name for group in GROUPS.values() for name in group} == named
    for entries in GROUPS.values():
        for name, entry in entries.items():
            assert len(entry.line) <= 66, name
            assert all(f"tacticlens {name} " in f"{command} " for command, _ in (entry.first, entry.second))


def test_views_run_no_analysis() -> None:
    """What views take from analysis, diff and pin are types and constants, not functions that compute."""
    calls = [
        f"{path.name}: {alias.name}"
        for path in sorted((ROOT / "tacticlens" / "views").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("tacticlens.analysis", "tacticlens.diff.", "tacticlens.pin."))
        for alias in node.names
        if alias.name[0].islower()
    ]
    assert calls == []


def test_a_bare_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Look:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prase"], "Did you mean 'parse'? 'tacticlens --help'"),
        (["parse"], "'tacticlens parse --help' shows the usage"),
        (["parse", LOG, "-t", "tactcs"], "did you mean 'tactics'?"),
        (["parse", LOG, "-f", "jsn"], "did you mean 'json'?"),
        (["tactics", LOG, "--family", "gem"], "did you mean 'gemm'?"),
        (["explain", LOG, "stm/conv"], "near names: 'stem/conv 3x3 + stem/relu'"),
    ],
)
def test_a_mistyped_word_is_answered_with_what_was_meant(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
