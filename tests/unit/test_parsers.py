"""What Lark worked out is kept for the next time, and nothing depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacticlens.grammar import parsers, rules
from tacticlens.grammar.rules import LINE_GRAMMAR_FILES, line_rules, named_terminal_order

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_stage4"


@pytest.fixture(autouse=True)
def _afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(parsers.CACHE_VARIABLE, str(tmp_path / "kept"))
    parsers.cache_folder.cache_clear()
    yield
    parsers.cache_folder.cache_clear()


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "kept").glob("*.lark-cache"))


def test_a_parser_is_kept_and_the_kept_one_gives_the_same(tmp_path: Path) -> None:
    first = parsers.parser("kernel_name").parse(NAME)
    (file,) = kept(tmp_path)
    stamp = file.stat().st_mtime_ns
    second = parsers.parser("kernel_name").parse(NAME)

    assert second == first
    assert file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("damage", [b"", b"\x80", b"not what Lark wrote\n"])
def test_a_damaged_file_is_no_harm(tmp_path: Path, damage: bytes) -> None:
    first = parsers.parser("kernel_name").parse(NAME)
    (file,) = kept(tmp_path)
    file.write_bytes(damage)

    assert parsers.parser("kernel_name").parse(NAME) == first


@pytest.mark.parametrize("value", ["", "/dev/null/folder"])
def test_without_a_folder_nothing_is_kept(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(parsers.CACHE_VARIABLE, value)

    assert parsers.cache_folder() is None
    assert parsers.parser("layer_name", maybe_placeholders=False).parse("conv1 + relu1")


def test_the_rules_are_those_of_the_files_with_and_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for value in (None, None, ""):  # made, taken from the folder, made without a parser
        if value is not None:
            monkeypatch.setenv(parsers.CACHE_VARIABLE, value)
        for remembers in (parsers.cache_folder, rules.line_parser, rules._grammar, line_rules):
            remembers.cache_clear()
        order = named_terminal_order()
        ranked = sorted(order, key=order.__getitem__)
        used = {symbol.name for rule in line_rules() for variant in rule.variants for symbol in variant}
        made.append((line_rules(), [name for name in ranked if name in used]))

    assert made[0] == made[1] == made[2]
    assert len(LINE_GRAMMAR_FILES) > 1
    assert len(made[0][0]) > 200
