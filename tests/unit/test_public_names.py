"""What `import tacticlens as tl` gives."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import tacticlens as tl

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"


@pytest.fixture(scope="module")
def log() -> tl.Log:
    return tl.read_log(COMPOSED / "trt861.log", processes=0)


def test_the_public_names_are_listed_before_anything_is_imported() -> None:
    script = "import tacticlens as tl; print(set(tl.__all__) <= set(dir(tl)))"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "True"


def test_diff_is_a_plain_function_before_and_after_its_room_is_imported(log: tl.Log) -> None:
    assert inspect.isfunction(tl.diff)
    tl.diff(log, log)
    import tacticlens.diff.changes  # noqa: F401 - the import system puts the room where the function stands

    assert inspect.isfunction(tl.diff)
    assert inspect.getdoc(tl.diff)


def test_results_show_themselves_as_tables_in_a_notebook(log: tl.Log) -> None:
    other = tl.read_log(COMPOSED / "trt82.log", processes=0)
    for result in (log, tl.diff(other, log), tl.matrix(log, other), tl.findings(log)):
        html = result._repr_html_()  # type: ignore[union-attr]
        assert "<table>" in html or isinstance(result, list)
        assert "<script" not in html
        assert html.startswith('<div class="tl">')


def test_a_log_shows_its_answer_and_its_time_by_family_in_a_notebook() -> None:
    log = tl.read_log(COMPOSED.parents[2] / "examples" / "resnet50" / "fp16.log", processes=0)
    html = log._repr_html_()
    begin = html.partition("<details>")[0]

    assert "GEMM takes" in begin
    assert begin.count("background:") > 5
    assert "implicit_gemm <b>" in begin
    assert "Slowest" in begin
    assert "<script" not in html


def test_the_changes_are_as_many_as_the_command_counts(
    log: tl.Log, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    from tacticlens.cli.app import main

    other = COMPOSED / "trt82.log"
    capfdbinary.readouterr()
    main(["diff", str(other), str(COMPOSED / "trt861.log")])
    text = capfdbinary.readouterr().out.decode()
    number = len(tl.diff(tl.read_log(other, processes=0), log).changes)

    assert f"\n{number} change" in text
