"""Real pairs of builds: the texts that diff gives are the golden ones, and docs/diff-pairs.md says what is in the logs.

TACTICLENS_UPDATE_GOLDEN=1 writes the texts anew; look at the difference before you keep it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacticlens.cli.app import main
from tacticlens.diff.changes import diff

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.diff.result import Diff
    from tacticlens.tables.table_set import TableSet

    Read = Callable[[str], TableSet]

pytestmark = pytest.mark.corpus

ROOT = Path(__file__).resolve().parents[2]
DOC = ROOT / "docs" / "diff-pairs.md"
GOLDEN = ROOT / "tests" / "golden" / "pairs"
UPDATE = os.environ.get("TACTICLENS_UPDATE_GOLDEN") == "1"
TOP = "6"

Place = tuple[str, int | None]
GTX = "python-8.4.1-gtx1070"
PAIRS: dict[str, tuple[Place, Place]] = {
    "centerpoint-rpn": (
        ("trtexec-8.2.3-a100-centerpoint-rpn", None),
        ("trtexec-8.5.3-rtx2060-centerpoint-rpn", None),
    ),
    "mnist-fp32-fp16": (
        ("trtexec-8.4.1-gtx1070-mnist-fp32", None),
        ("trtexec-8.4.1-gtx1070-mnist-fp16", None),
    ),
    "mnist-x3": (("python-10.16.2-h100-mnist-x3-a", None), ("python-10.16.2-h100-mnist-x3-b", None)),
    "tacticsource": (
        ("letter-8.x-unknown-tacticsource-all", None),
        ("letter-8.x-unknown-tacticsource-nocudnn", None),
    ),
    "netserial": (
        ("python-10.14.1-rtx6000ada-netserial", None),
        ("python-10.16.0-rtx6000ada-netserial", None),
    ),
    **{
        name: ((f"{GTX}-{name}", 1), (f"{GTX}-{name}", 2))
        for name in ("squeeze-transpose", "3dmm-to-2dmm", "transpose-mul-to-conv")
    },
}


def compared(name: str, read: Read) -> Diff:
    (old, old_build), (new, new_build) = PAIRS[name]
    return diff(read(f"{old}.log"), read(f"{new}.log"), old_build=old_build, new_build=new_build)


@pytest.mark.parametrize("name", PAIRS)
def test_the_text_is_the_golden_text(
    name: str, corpus_dir: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(corpus_dir / "logs")
    places = [f"{log}.log" if build is None else f"{log}.log:{build}" for log, build in PAIRS[name]]
    capfdbinary.readouterr()
    code = main(["diff", *places, "--top", TOP])
    text = capfdbinary.readouterr().out.decode()
    golden = GOLDEN / f"{name}.txt"
    if UPDATE:
        golden.write_text(text, encoding="utf-8")

    assert code == 0
    assert text == golden.read_text(encoding="utf-8")


def chapters() -> dict[str, str]:
    """Return the text of each pair."""
    parts = re.split(r"^## (.+)$", DOC.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows() -> dict[str, dict[str, str]]:
    """Return the rows of the table, by pair."""
    lines = [line for line in DOC.read_text(encoding="utf-8").split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}


def told(old: float | str | None, new: float | str | None) -> str:
    both = (
        "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
        for value in (old, new)
    )
    return " → ".join(both)


@pytest.mark.parametrize("name", PAIRS)
def test_the_table_of_the_text_says_what_the_program_says(name: str, corpus_tables: Read) -> None:
    found, row = compared(name, corpus_tables), rows()[name]
    matched, verdicts = found.summary.matched, found.summary.verdicts

    assert row["compared"] == found.summary.basis
    assert row["layers"] == told(found.old.layers, found.new.layers)
    assert row["sum of times (ms)"] == told(found.old.time_ms, found.new.time_ms)
    assert row["GPU compute (ms)"] == told(found.old.gpu_compute_ms, found.new.gpu_compute_ms)
    assert row["by name / nodes / tensors"] == " / ".join(
        str(matched.get(how, 0)) for how in ("name", "onnx_nodes", "tensors")
    )
    assert row["on one side"] == str(matched.get("none", 0))
    assert row["real / tie / noise / cannot tell"] == " / ".join(
        str(verdicts.get(one, 0)) for one in ("real", "tie", "noise", "cannot_tell")
    )


@pytest.mark.parametrize("name", PAIRS)
def test_what_the_text_quotes_stands_in_that_line_of_the_log(
    name: str, corpus_lines: Callable[[str], list[str]]
) -> None:
    lines = {
        word: corpus_lines(f"{log}.log") for word, (log, _) in zip(("old", "new"), PAIRS[name], strict=True)
    }
    quoted = re.findall(r"`([^`]+)` \((old|new)\s+(\d+)\)", chapters()[name])

    assert len(quoted) >= 3
    for text, side, number in quoted:
        assert text in re.sub(r" +", " ", lines[side][int(number)]), f"{side} {number}"


def test_every_pair_has_a_row_a_chapter_and_a_golden_text() -> None:
    assert list(rows()) == list(chapters()) == list(PAIRS)
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(PAIRS)


def test_edits_of_a_graph_are_told_by_the_layers_that_went_with_them(corpus_tables: Read) -> None:
    fusions = [one for one in compared("squeeze-transpose", corpus_tables).changes if one.cause == "fusion"]
    went = [[layer.name for layer in one.old_between] for one in fusions if one.old_between]

    assert sorted(went) == [[f"Unsqueeze-%d{n}", f"Squeeze-%d{n}"] for n in range(5)]
    assert {one.verdict for one in fusions if one.old_between} == {"real"}
    assert {one.verdict for one in fusions if not one.old_between} == {"tie"}
    weights = [
        one.old_between for one in compared("3dmm-to-2dmm", corpus_tables).changes if one.cause == "fusion"
    ]
    assert len(weights) == 20
    assert all([layer.layer_type for layer in went] == ["Constant"] for went in weights)


def test_each_engine_of_a_script_has_the_measurement_of_the_run_after_it(corpus_tables: Read) -> None:
    medians = {
        name: (found.old.gpu_compute_ms, found.new.gpu_compute_ms, found.old.precision, found.summary.options)
        for name in ("squeeze-transpose", "3dmm-to-2dmm", "transpose-mul-to-conv")
        for found in [compared(name, corpus_tables)]
    }

    assert medians == {  # options of a run that only loads an engine are not those of its build
        "squeeze-transpose": (0.103394, 0.0900879, None, ()),
        "3dmm-to-2dmm": (42.2205, 35.2983, None, ()),
        "transpose-mul-to-conv": (0.728271, 0.575439, None, ()),
    }
