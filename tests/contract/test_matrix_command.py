"""`diff` of more than two logs, and its baseline, against bad and odd input: an exit code, one true line."""

from __future__ import annotations

import io
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from compose.nights import night, won_by_another

from tacticlens.cli.app import main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMPOSED = FIXTURES / "composed"
OLD, MIDDLE, NEW = COMPOSED / "trt80.log", COMPOSED / "trt82.log", COMPOSED / "trt861.log"
PROFILES = COMPOSED / "trt10-profiles.log"
HOSTILE = FIXTURES / "recorded" / "tensorrt-rtx-1.7.1-hostile-names.log"
OTHER = FIXTURES / "recorded" / "tensorrt-rtx-1.7.1-mlp.log"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def nights(tmp_path: Path) -> list[Path]:
    """The plain log, three other nights of it, and a build whose pointwise layer took another tactic."""
    text = NEW.read_text(encoding="utf-8")
    texts = [text, *(night(text, number) for number in (1, 2, 3)), night(won_by_another(text, ms=0.1), 9)]
    paths = [tmp_path / f"night{number}.log" for number in range(len(texts))]
    for path, one in zip(paths, texts, strict=True):
        path.write_text(one, encoding="utf-8")
    return paths


def test_three_logs_are_side_by_side(run: Run) -> None:
    code, out, err = run(OLD, MIDDLE, NEW)

    assert (code, err) == (0, "")
    assert "1 row differs of 4" in out
    assert "  3  0.898 ms B ≠ cannot tell" in out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "csv"])
def test_a_log_three_times_differs_nowhere_in_any_format(run: Run, form: str) -> None:
    code, out, _ = run(NEW, NEW, NEW, "--format", form)

    assert code == 0
    if form == "json":
        document = json.loads(out)
        assert document["differing"] == 0
        assert [log["log"] for log in document["logs"]] == [1, 2, 3]
    elif form == "csv":
        assert len(out.splitlines()) == 1 + 4 * 3
    else:
        assert "no row differs" in out


def test_json_names_things_as_the_comparison_of_two_does(run: Run) -> None:
    two = json.loads(run(MIDDLE, NEW, "-f", "json")[1])
    many = json.loads(run(MIDDLE, NEW, NEW, "-f", "json")[1])
    (change,) = two["changes"]
    cell = many["rows"][0]["cells"][1]

    assert set(two["new"]) < set(many["logs"][1])
    for name, value in change.items():
        if name.startswith("new_") and name != "new_ms":
            assert cell[name.removeprefix("new_")] == value
        elif not name.startswith("old_") and name not in {"change", "new_ms", "onnx_nodes"}:
            assert cell[name] == value
    assert cell["time_ms"] == change["new_ms"]


def test_the_long_form_is_written_as_csv_and_parquet(run: Run, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        path = tmp_path / f"matrix.{form}"
        assert run(OLD, MIDDLE, NEW, "-f", form, "-o", path)[0] == 0
        data = pl.read_csv(path) if form == "csv" else pl.read_parquet(path)
        assert data["log"].to_list() == [1, 2, 3] * 4


def test_top_shows_rows_that_are_equal_too(run: Run) -> None:
    few, all_ = run(OLD, MIDDLE, NEW)[1], run(OLD, MIDDLE, NEW, "--top", 4)[1]

    assert "3 rows are the same in all logs: --top 4 shows all" in few
    assert "are the same" not in all_
    assert "Shuffle" not in few
    assert "Shuffle" in all_


def test_builds_are_chosen_behind_the_names(run: Run) -> None:
    code, out, _ = run(f"{PROFILES}:1", f"{PROFILES}:2", f"{PROFILES}:3", "-f", "json")

    assert code == 0
    assert [log["build"] for log in json.loads(out)["logs"]] == [1, 2, 3]
    assert "no build 9" in run(PROFILES, PROFILES, f"{PROFILES}:9")[2]


def test_standard_input_is_one_log_at_most(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD.read_bytes())))

    assert run(MIDDLE, "-", NEW)[0] == 0
    for logs in (("-", NEW, "-"), (NEW, NEW, "-", "-"), ("-", NEW, "--baseline", "-")):
        code, _, err = run(*logs)
        assert code == 2
        assert "standard input can be only one of the logs" in err


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"Dear reader,\nno builder spoke here.\n", "none of its 2 lines"),
        (b"[01/02/2024-10:00:00] [I] Engine built in 4.1 sec.\n", "layers of the engine are not in this log"),
    ],
)
def test_a_broken_log_among_three_is_named(
    run: Run, tmp_path: Path, place: int, content: bytes | None, word: str
) -> None:
    path = tmp_path / "input.log"
    if content is not None:
        path.write_bytes(content)
    logs = [NEW, NEW]
    code, _, err = run(*logs[:place], path, *logs[place:])

    assert code == 2
    assert str(path) in err
    assert word in err


def test_a_log_of_another_network_among_three_is_named(run: Run) -> None:
    code, _, err = run(OLD, NEW, OTHER)

    assert code == 2
    assert str(OTHER) in err
    assert "different networks" in err


def test_conditions_hold_the_last_log_against_the_first(run: Run) -> None:
    gate = ("--fail-on", "slower:5%")
    code, out, err = run(MIDDLE, MIDDLE, NEW, *gate)

    assert code == 1
    assert "1 row differs" in out
    assert err == run(MIDDLE, NEW, *gate)[2]
    assert run(NEW, MIDDLE, MIDDLE, *gate)[0] == 0
    assert run(MIDDLE, NEW, MIDDLE, *gate)[0] == 0  # what came and went is no reason
    assert "is not a condition" in run(OLD, MIDDLE, NEW, "--fail-on", "slower:lots")[2]


@pytest.mark.parametrize("option", ["--old-build", "--new-build", "--baseline"])
def test_options_for_two_logs_are_refused_with_more(run: Run, option: str) -> None:
    code, _, err = run(OLD, MIDDLE, NEW, option, "2" if option != "--baseline" else OLD)

    assert code == 2
    assert "are for two logs" in err


def test_a_log_that_is_cut_anywhere_is_a_column_or_refused(
    run: Run, tmp_path: Path, nights: list[Path]
) -> None:
    whole = NEW.read_bytes()
    path = tmp_path / "cut.log"
    for offset in random.Random(5).sample(range(100, len(whole)), 10):
        path.write_bytes(whole[:offset])
        run(OLD, path, NEW)
        run(path, NEW, path, "--top", 99, "-f", "markdown")
        run(nights[0], nights[-1], "--baseline", path, "--baseline", nights[1])


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_hostile_names_are_no_commands(run: Run, tmp_path: Path, form: str) -> None:
    hostile = tmp_path / "hostile.log"
    text = NEW.read_text(encoding="utf-8")
    hostile.write_text(text.replace("neck/mul", "[x](javascript:1)<b>\x07|"), encoding="utf-8")
    code, out, _ = run(NEW, hostile, NEW, "-f", form, "--top", 99)

    assert code == 0
    assert "\x07" not in out
    if form == "markdown":
        assert "<b>" not in out
        assert "](javascript" not in out
    assert run(HOSTILE, HOSTILE, HOSTILE, "-f", form, "--top", 99)[0] == 0


def test_colours_mark_lost_tensor_cores_for_terminals_only(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("tacticlens.cli.output.to_terminal", lambda **_: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["diff", str(OLD), str(MIDDLE), str(NEW)])
    coloured = capfdbinary.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["diff", str(OLD), str(MIDDLE), str(NEW)])

    assert b"\x1b[" in coloured
    assert b"\x1b[" not in capfdbinary.readouterr().out


# the baseline


def test_a_baseline_makes_a_real_change_real_and_says_by_what(run: Run, nights: list[Path]) -> None:
    old, *repeats, new = nights
    given = [argument for one in repeats for argument in ("--baseline", one)]
    code, out, _ = run(old, new, *given)

    assert code == 0
    assert "Baseline of 4 builds, the old one included" in out
    assert "real: the new winner is faster than the old one usually is" in out
    assert "in 4 repeats)" in out.replace("\n    ", " ")
    (change,) = (
        one for one in json.loads(run(old, new, *given, "-f", "json")[1])["changes"] if one["verdict"]
    )
    assert (change["verdict"], change["yardstick"], change["repeats"]) == ("real", "repeats", 4)
    assert run(old, new, *given, "--fail-on", "tactic-changed:real")[0] == 1


def test_other_nights_of_one_build_have_no_real_change_with_a_baseline(run: Run, nights: list[Path]) -> None:
    old, one, *more, _ = nights
    given = [argument for path in more for argument in ("--baseline", path)]

    assert run(old, one, *given, "--fail-on", "tactic-changed:real")[0] == 0


def test_a_build_of_a_baseline_is_chosen_behind_its_name(run: Run, nights: list[Path]) -> None:
    old, one, *_, new = nights

    assert run(old, new, "--baseline", f"{one}:1") == run(old, new, "--baseline", one)
    assert "build 2 has no engine layers" in run(old, new, "--baseline", f"{one}:2")[2]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "no such file"),
        (b"[01/02/2024-10:00:00] [I] Engine built in 4.1 sec.\n", "layers of the engine are not in this log"),
        (OTHER.read_bytes(), "is of another network"),
        (NEW.read_bytes().replace(b"Time: ", b"Timed "), "0 measurements in common"),
        (NEW.read_bytes(), "is the old build itself"),
    ],
)
def test_a_baseline_that_repeats_nothing_is_named_with_the_reason(
    run: Run, tmp_path: Path, nights: list[Path], content: bytes | None, word: str
) -> None:
    path = tmp_path / "baseline.log"
    if content is not None:
        path.write_bytes(content)
    code, _, err = run(nights[0], nights[-1], "--baseline", nights[1], "--baseline", path)

    assert code == 2
    assert str(path) in err
    assert word in err
