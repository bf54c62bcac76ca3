"""Rules and pins that are huge, nested deeply or of the wrong type: one sentence, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tacticlens.cli.app import main

LOG = str(Path(__file__).parents[1] / "fixtures" / "composed" / "trt10.log")
RULES = {
    "brackets": "[check]\nforbid_family = " + "[" * 20_000,
    "closed brackets": "[check]\nforbid_family = " + "[" * 20_000 + "]" * 20_000,
    "inline tables": "[check]\nmin_gemm_share = " + "{a=" * 20_000,
    "a long number": "[check]\nmax_unread = " + "9" * 20_000,
    "a dotted key": "[check]\n" + ".".join("a" * 20_000) + " = 1",
    "a table for a number": "[check]\nmax_unread = {a = 1}",
    "a text for a share": '[check]\nmin_gemm_share = "0.9"',
    "not a number": "[check]\nmin_gemm_share = nan",
    "a list for the table": "check = [1, 2]",
    "two megabytes": "[check]\n" + "# comment\n" * 220_000,
}
PINS = {
    "brackets": "[" * 200_000,
    "closed brackets": '{"pins": ' + "[" * 200_000 + "]" * 200_000 + "}",
    "a long number": '{"schema_version": ' + "9" * 200_000 + "}",
    "a text for a list": '{"schema_version": 1, "source": "", "tensorrt_version": null, "gpu": null, "pins": "x"}',
    "no text": "\x00\x01\x02",
}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("tacticlens: error: ")
    assert shown.err.count("\n") == 1
    return shown.err


@pytest.mark.parametrize("kind", RULES)
def test_rules_are_refused_in_one_sentence(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES[kind])

    assert "rules.toml: " in refused(["check", LOG, "--rules", str(path)], capsys)


@pytest.mark.parametrize("kind", PINS)
def test_pins_are_refused_in_one_sentence(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pins.json"
    path.write_text(PINS[kind])

    assert "pins.json: not a file of pins" in refused(["pin", "--verify", str(path), LOG], capsys)


def test_no_more_of_an_endless_file_is_read_than_allowed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero here")
    assert "longer than 1 MiB" in refused(["check", LOG, "--rules", "/dev/zero"], capsys)
    monkeypatch.setattr("tacticlens.cli.pin.MOST_TEXT_BYTES", 1 << 20)
    assert "longer than 1 MiB" in refused(["pin", "--verify", "/dev/zero", LOG], capsys)
