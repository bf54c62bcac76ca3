"""Parser tables are made when tacticlens is built, and nothing depends on them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from tacticlens.grammar import parsers, ready, rules
from tacticlens.grammar.driver import Table

NAME = "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_stage4"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ready, "FOLDER", tmp_path)
    return tmp_path


def loaded(name: str) -> bool:
    return ready.read(name, parsers.grammar(name), parsers.OPTIONS[name]) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", parsers.READY)
def test_a_ready_table_is_the_one_that_the_grammar_gives(folder: Path, name: str) -> None:
    parsers.write_tables()

    again = ready.read(name, parsers.grammar(name), parsers.OPTIONS[name])
    assert json.dumps(again) == json.dumps(parsers.table(name))
    assert json.dumps(Table.of(again)) == json.dumps(again)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"\x80", b"[]", b"{}", b'{"digest": "0"}', b"[" * 100])
def test_a_damaged_table_is_no_harm(folder: Path, damage: bytes) -> None:
    (folder / "kernel_name.json").write_bytes(damage)

    assert not loaded("kernel_name")
    assert parsers.driver("kernel_name").parse(NAME).children


@pytest.mark.slow
def test_a_table_of_another_grammar_is_not_used(folder: Path) -> None:
    parsers.write_tables()
    table = json.loads((folder / "layer_name.json").read_text())
    (folder / "layer_name.json").write_text(json.dumps(table | {"digest": "of another grammar"}))

    assert not loaded("layer_name")


def test_the_rules_in_use_are_those_of_the_grammar() -> None:
    assert rules._ready.__wrapped__() == (rules._rules(), rules._terminal_order())


def test_ready_rules_are_those_of_the_grammar(folder: Path) -> None:
    made = rules._rules(), rules._terminal_order()
    rules.write_rules()

    assert rules._ready.__wrapped__() == made
    (table,) = folder.glob("*.json")
    content = json.loads(table.read_text())["content"]
    table.write_text(json.dumps({"digest": "of another grammar", "content": [content[0][:1], {}]}))
    assert rules._ready.__wrapped__() == made


@pytest.mark.slow
def test_a_planted_cache_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Planted:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

    for variable in ("TACTICLENS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    for place in (tmp_path, tmp_path / "tacticlens"):
        place.mkdir(exist_ok=True)
        for name in parsers.OPTIONS:
            (place / f"{name}-cpython-311.lark-cache").write_bytes(pickle.dumps(Planted()))
    monkeypatch.setattr(ready, "FOLDER", tmp_path / "none")

    assert parsers.driver("kernel_name").parse(NAME).children
    assert not (tmp_path / "ran").exists()


def test_reading_a_log_reads_nothing_pickled_from_disk() -> None:
    package = Path(parsers.__file__).parents[1]
    words = ("import pickle", "import marshal", "import shelve", " cache=")
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in words)
    }

    assert users <= {"events/helpers.py", "events/chunk.py"}  # between our own processes
