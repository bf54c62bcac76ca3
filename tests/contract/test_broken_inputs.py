"""Inputs that broke a command once, and a short run of the fuzzer of whole commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import load_script

ROOT = Path(__file__).resolve().parents[2]
BROKEN = sorted((ROOT / "tests" / "fixtures" / "broken").iterdir())


fuzz = load_script("fuzz_program")


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_what_broke_a_command_once_does_not_break_it_again(path: Path) -> None:
    found = fuzz.failure(path.read_bytes())

    assert found is None, found.text


def test_a_short_run_over_all_commands_finds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = fuzz.main(["--seed", "2", "--cases", str(2 * len(fuzz.TARGETS)), "--out", str(tmp_path)])

    assert code == 0, capsys.readouterr().out


def test_what_must_hold_is_noticed_when_it_does_not() -> None:
    text, data = fuzz.TARGETS[0], fuzz.TARGETS[1]
    for target, ended in (
        (text, fuzz.Ended(3, "", "", ())),
        (text, fuzz.Ended(0, "a\x1bb\n", "", ())),
        (text, fuzz.Ended(0, "", "a\u202eb\n", ())),
        (text, fuzz.Ended(2, "", "one\ntwo\n", ())),
        (text, fuzz.Ended(0, "", "", (Path("left"),))),
        (data, fuzz.Ended(0, "{", "", ())),
    ):
        assert fuzz.broken(target, ended) is not None
    assert fuzz.broken(data, fuzz.Ended(0, "{}\n", "", ())) is None
