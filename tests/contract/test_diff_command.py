"""The command `diff` against bad and odd input: an exit code, one true line, never a traceback."""

from __future__ import annotations

import io
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tacticlens.cli.app import main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMPOSED = FIXTURES / "composed"
OLD, NEW = COMPOSED / "trt82.log", COMPOSED / "trt861.log"
PROFILES = COMPOSED / "trt10-profiles.log"
HOSTILE = FIXTURES / "recorded" / "tensorrt-rtx-1.7.1-hostile-names.log"

Run = Callable[..., tuple[int, str, str]]


def test_two_logs_are_compared_in_one_screen(run: Run) -> None:
    code, out, err = run(OLD, NEW)

    assert (code, err) == (0, "")
    assert "kernel changed: stem/conv 3x3 + stem/relu" in out
    assert "was: volta_scudnn_128x64_relu_small_nn_v1" in out
    assert "is:  ampere_scudnn_128x32_relu_small_nn_v1" in out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "csv"])
def test_a_log_and_itself_have_no_changes_in_any_format(run: Run, form: str) -> None:
    code, out, _ = run(NEW, NEW, "--format", form)

    assert code == 0
    if form == "json":
        assert json.loads(out)["changes"] == []
    elif form == "csv":
        assert len(out.splitlines()) == 1
    else:
        assert "No changes" in out


def test_json_has_both_sides_a_summary_and_the_changes(run: Run) -> None:
    document = json.loads(run(OLD, NEW, "-f", "json")[1])

    assert list(document) == ["old", "new", "summary", "changes"]
    (change,) = (one for one in document["changes"] if one["cause"] == "kernel")
    assert (change["how"], change["verdict"]) == ("name", "cannot_tell")
    assert change["old_kernels"] == ["volta_scudnn_128x64_relu_small_nn_v1"]
    assert change["delta_ms"] == pytest.approx(0.897748 - 0.356808)


def test_the_table_of_changes_is_written_as_csv_and_parquet(run: Run, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        path = tmp_path / f"changes.{form}"
        assert run(OLD, NEW, "-f", form, "-o", path)[0] == 0
        data = pl.read_csv(path) if form == "csv" else pl.read_parquet(path)
        assert data["cause"].to_list() == ["kernel"]


def test_a_build_is_chosen_by_option_or_behind_the_name(run: Run) -> None:
    by_option = run(PROFILES, PROFILES, "--old-build", "1", "--new-build", "3")
    behind = run(f"{PROFILES}:1", f"{PROFILES}:3")

    assert by_option == behind
    assert "layer removed" in behind[1]
    assert run(f"{PROFILES}:1", PROFILES, "--old-build", "2")[0] == 2
    assert "no build 9" in run(f"{PROFILES}:9", PROFILES)[2]


def test_a_file_whose_name_ends_like_a_build_is_a_file(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / "build.log:2"
    odd.write_bytes(NEW.read_bytes())

    assert run(odd, NEW)[0] == 0


def test_one_side_may_be_standard_input_and_only_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD.read_bytes())))

    assert run("-", NEW)[0] == 0
    assert "only one of the logs" in run("-", "-")[2]


def test_gates_exit_with_one_and_their_reasons_beside_the_output(run: Run) -> None:
    code, out, err = run(OLD, NEW, "--fail-on", "slower:5%", "--fail-on", "tactic-changed", "-f", "json")

    assert code == 1
    json.loads(out)
    assert [line.split(": ")[1] for line in err.splitlines()] == [
        "failed on slower:5%",
        "failed on tactic-changed",
    ]
    assert run(OLD, NEW, "--fail-on", "tensor-core-lost", "--fail-on", "reformat-added")[0] == 0
    assert run(OLD, NEW, "--fail-on", "tactic-changed:real")[0] == 0
    assert "is not a condition" in run(OLD, NEW, "--fail-on", "slower:lots")[2]


BAD: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "no such file"),
    "empty": (b"", "empty"),
    "binary": (random.Random(7).randbytes(70_000), "binary"),
    "prose": (b"Dear reader,\nno builder spoke here.\n", "none of its 2 lines"),
    "not verbose": (
        b"[01/02/2024-10:00:00] [I] Engine built in 4.1 sec.\n",
        "layers of the engine are not in this log",
    ),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("side", [0, 1])
def test_a_broken_side_is_refused_in_one_line_that_names_it(
    run: Run, tmp_path: Path, kind: str, side: int
) -> None:
    content, word = BAD[kind]
    path = tmp_path / "input.log"
    if content is not None:
        path.write_bytes(content)
    code, _, err = run(*((path, NEW) if side == 0 else (NEW, path)))

    assert code == 2
    assert str(path) in err
    assert word in err


def test_logs_of_different_networks_are_refused(run: Run) -> None:
    code, _, err = run(NEW, FIXTURES / "recorded" / "tensorrt-rtx-1.7.1-mlp.log")

    assert code == 2
    assert "different networks" in err


def test_a_log_that_is_cut_anywhere_is_compared_or_refused(run: Run, tmp_path: Path) -> None:
    whole = NEW.read_bytes()
    path = tmp_path / "cut.log"
    for offset in random.Random(3).sample(range(100, len(whole)), 12):
        path.write_bytes(whole[:offset])
        run(path, NEW)
        run(NEW, path)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_hostile_names_are_no_commands_to_terminals_or_markdown(run: Run, tmp_path: Path, form: str) -> None:
    hostile = tmp_path / "hostile.log"
    name = "stem/conv 3x3 + stem/relu"
    text = NEW.read_text(encoding="utf-8")
    hostile.write_text(
        text.replace("neck/mul", "[x](javascript:1)<b>\x07|").replace(name, name), encoding="utf-8"
    )
    code, out, _ = run(NEW, hostile, "-f", form)

    assert code == 0
    assert "\x07" not in out
    if form == "markdown":
        assert "`[x](javascript:1)<b><U+0007>|`" in out
    assert run(HOSTILE, HOSTILE, "-f", form)[0] == 0


def test_help_says_what_can_fail(run: Run) -> None:
    code, out, _ = run("--help")

    assert code == 0
    assert "tensor-core-lost" in out


def test_colours_are_for_terminals_without_no_color(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("tacticlens.cli.output.to_terminal", lambda **_: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["diff", str(OLD), str(NEW)])
    coloured = capfdbinary.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["diff", str(OLD), str(NEW)])

    assert b"\x1b[" in coloured
    assert b"\x1b[" not in capfdbinary.readouterr().out
