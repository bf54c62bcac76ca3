"""`diff` and `check` against every kind of bad input, on either side: an exit code, one true line, no traceback."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from test_commands import BAD, NOTHING_TRIED, Said, hold

from tacticlens.cli.app import main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMPOSED = FIXTURES / "composed"
GOOD = COMPOSED / "trt861.log"
NO_ENGINE = COMPOSED / "trt5.log"
OTHER_NETWORK = FIXTURES / "recorded" / "tensorrt-rtx-1.7.1-mlp.log"
SIDES = ("old", "new")

Run = Callable[..., Said]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Return a function that runs a command in this process and holds it to the contract."""

    def command(*arguments: object) -> Said:
        capfdbinary.readouterr()
        code = main(list(map(str, arguments)))
        said = Said(code, *(stream.decode("utf-8", "replace") for stream in capfdbinary.readouterr()))
        hold(said)
        if code == 2 and arguments[0] == "diff":
            assert said.out == ""
        return said

    return command


def on_side(side: str, path: object, other: object = GOOD) -> tuple[object, object]:
    return (path, other) if side == "old" else (other, path)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("side", SIDES)
def test_what_is_no_log_is_refused_in_one_line_that_names_it(
    run: Run, tmp_path: Path, kind: str, side: str
) -> None:
    make, word = BAD[kind]
    path = tmp_path / "input.log"
    make(path)
    said = run("diff", *on_side(side, path))

    assert said.code == 2
    assert str(path) in said.err
    assert word in said.err


@pytest.mark.parametrize("form", ["json", "markdown", "csv"])
def test_no_format_prints_anything_for_what_is_no_log(run: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"")

    assert run("diff", GOOD, path, "--format", form).code == 2


@pytest.mark.parametrize("side", SIDES)
def test_a_gzip_that_is_cut_in_half_is_compared_as_far_as_it_goes_or_refused(
    run: Run, tmp_path: Path, side: str
) -> None:
    path = tmp_path / "cut.log.gz"
    whole = gzip.compress(GOOD.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])

    assert run("diff", *on_side(side, path)).code in {0, 2}
    path.write_bytes(whole)
    assert "No changes" in run("diff", *on_side(side, path)).out


def test_a_log_that_is_cut_at_any_hundredth_byte_is_compared_or_refused(run: Run, tmp_path: Path) -> None:
    good = COMPOSED / "trt82.log"
    whole = good.read_bytes()
    path = tmp_path / "cut.log"
    seen = set()
    for number, offset in enumerate(range(100, len(whole), 100)):
        path.write_bytes(whole[:offset])
        said = run("diff", *on_side(SIDES[number % 2], path, good))
        seen.add(said.code)
        if said.code == 0 and "engine is not in" not in said.out:
            assert "sum of layers" in said.out or "cannot be compared" in said.out
    assert seen == {0, 2}  # refused while nothing has won yet, compared from then on


def test_check_is_held_to_the_same_at_any_hundredth_byte(run: Run, tmp_path: Path) -> None:
    whole = GOOD.read_bytes()
    path = tmp_path / "cut.log"
    for offset in range(100, len(whole), 100):
        path.write_bytes(whole[:offset])
        said = run("check", path, "--min-gemm-share", "0.1", "--forbid-family", "pointwise")
        assert said.code != 2 or str(path) in said.err


@pytest.mark.parametrize("side", SIDES)
def test_a_line_of_ten_megabytes_changes_nothing(run: Run, tmp_path: Path, side: str) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(GOOD.read_bytes() + b"DEBUG: " + b"x" * 10_000_000 + b"\n")
    said = run("diff", *on_side(side, path))

    assert said.code == 0
    assert "No changes" in said.out
    assert run("check", path, "--max-unread", "100000").code in {0, 1}


@pytest.mark.parametrize("kind", NOTHING_TRIED)
@pytest.mark.parametrize("side", SIDES)
def test_a_log_without_tactics_is_refused_with_the_way_to_get_them(
    run: Run, tmp_path: Path, kind: str, side: str
) -> None:
    path = tmp_path / "quiet.log"
    path.write_text(NOTHING_TRIED[kind])
    said = run("diff", *on_side(side, path))

    assert said.code == 2
    assert str(path) in said.err
    assert "--verbose" in said.err


@pytest.mark.parametrize("side", SIDES)
def test_logs_of_different_networks_are_refused_with_their_names(run: Run, side: str) -> None:
    said = run("diff", *on_side(side, OTHER_NETWORK))

    assert said.code == 2
    assert "different networks" in said.err
    assert str(GOOD) in said.err
    assert str(OTHER_NETWORK) in said.err


@pytest.mark.parametrize("side", SIDES)
def test_a_side_without_an_engine_is_compared_by_winners_and_says_so(run: Run, side: str) -> None:
    said = run("diff", *on_side(side, f"{NO_ENGINE}:1"))
    told = " ".join(said.out.split())

    assert said.code == 0
    assert (
        f"The engine is not in the {side} log: winners of format combinations of both sides are compared"
        in told
    )
    assert "not the engine's choice" in told
    for of_engines in ("engine time", "GEMM", "on Tensor Cores", "reformats"):
        assert of_engines not in said.out
    assert "The engine is in neither log" in run("diff", f"{NO_ENGINE}:1", f"{NO_ENGINE}:1").out


@pytest.mark.parametrize("condition", ["slower:5%", "tactic-changed", "tensor-core-lost", "reformat-added"])
def test_a_condition_about_the_engine_cannot_be_judged_without_it(run: Run, condition: str) -> None:
    said = run("diff", f"{NO_ENGINE}:1", GOOD, "--fail-on", condition)

    assert said.code == 2
    assert "cannot be judged" in said.err
    assert condition in said.err
