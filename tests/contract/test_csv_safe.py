"""CSV for spreadsheets, and CSV that is exact."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tacticlens.cli.app import main

LOG = Path(__file__).resolve().parents[1] / "fixtures" / "composed" / "trt861.log"


def cells(log: Path, form: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert main(["parse", str(log), "--table", "layers", "--format", form]) == 0
    return [cell for row in csv.reader(io.StringIO(capsys.readouterr().out)) for cell in row]


@pytest.mark.parametrize("first", "=+-@\t")
def test_a_name_that_a_spreadsheet_would_compute_is_text_in_csv_safe_and_exact_in_csv(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{first}cmd()"
    log = tmp_path / "build.log"
    log.write_text(
        LOG.read_text(encoding="utf-8").replace("stem/conv 3x3 + stem/relu", f"x{name}"), encoding="utf-8"
    )
    assert f"x{name}" in cells(log, "csv", capsys)
    log.write_text(
        LOG.read_text(encoding="utf-8").replace("stem/conv 3x3 + stem/relu", name), encoding="utf-8"
    )
    exact, safe = cells(log, "csv", capsys), cells(log, "csv-safe", capsys)

    assert not any(cell.startswith(first) for cell in safe)
    changed = {old: new for old, new in zip(exact, safe, strict=True) if old != new}
    assert set(changed.values()) == {f"'{old}" for old in changed}
    if first != "\t":  # a blank at the begin of a name is none of it
        assert changed[name] == f"'{name}"
