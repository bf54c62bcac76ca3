"""What commands print, letter by letter.

TACTICLENS_UPDATE_GOLDEN=1 writes the texts anew; look at the difference before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tacticlens.cli.app import main

TESTS = Path(__file__).resolve().parents[1]
GOLDEN = TESTS / "golden"
UPDATE = os.environ.get("TACTICLENS_UPDATE_GOLDEN") == "1"

SQL = "SELECT count(*) AS n, status FROM tactics GROUP BY status ORDER BY n"
RTX = "recorded/tensorrt-rtx-1.7.1-hostile-names.log"
CASES: dict[str, list[str]] = {
    "parse-trt5": ["parse", "composed/trt5.log"],
    "parse-trt861": ["parse", "composed/trt861.log"],
    "parse-trt10-profiles": ["parse", "composed/trt10-profiles.log"],
    "parse-rtx": ["parse", RTX],
    "tactics-trt861": ["tactics", "composed/trt861.log"],
    "tactics-trt861-in-engine": ["tactics", "composed/trt861.log", "--in-engine", "--sort", "time"],
    "tactics-trt10-top": ["tactics", "composed/trt10.log", "--top", "6"],
    "tactics-rtx": ["tactics", RTX],
    "explain-trt861": ["explain", "composed/trt861.log", "stem/conv 3x3 + stem/relu"],
    "explain-trt10-region": ["explain", "composed/trt10.log", "head/dense.weight"],
    "explain-trt5": ["explain", "composed/trt5.log", "stem/conv 3x3"],
    "explain-rtx": ["explain", RTX, "ForeignNode"],
    "findings-trt861": ["findings", "composed/trt861.log"],
    "findings-trt861-markdown": ["findings", "composed/trt861.log", "--format", "markdown"],
    "diff-trt82-trt861": ["diff", "composed/trt82.log", "composed/trt861.log"],
    "diff-trt82-trt861-markdown": ["diff", "composed/trt82.log", "composed/trt861.log", "--format", "markdown"],
    "diff-trt5-trt861": ["diff", "composed/trt5.log:1", "composed/trt861.log"],
    "check-trt861": ["check", "composed/trt861.log", "--min-gemm-share", "0.6", "--forbid-family", "pointwise"],
    "matrix-trt8-to-10": ["diff", *(f"composed/trt{number}.log" for number in (80, 82, 861, 10))],
    "matrix-profiles": ["diff", *(f"composed/trt10-profiles.log:{build}" for build in (1, 2, 3)), "--top", "9"],
    "matrix-trt8-markdown": ["diff", *(f"composed/trt{number}.log" for number in (80, 82, 861)), "-f", "markdown"],
    "query-trt861": ["query", "composed/trt861.log", SQL],
    "pin-trt10-editable": ["pin", "composed/trt10-editable.log"],
    "pin-trt10-editable-json": ["pin", "composed/trt10-editable.log", "--layer", "out", "-f", "json"],
    "pin-trt10-editable-tactic": ["pin", "composed/trt10-editable.log", "--layer", "query", "--tactic",
                                  "0xedce764021f7"],
    "pin-verify": ["pin", "--verify", "pins/trt10-editable.json", "composed/trt10-editable-new.log"],
    "pin-verify-held": ["pin", "--verify", "pins/trt10-editable.json", "composed/trt10-editable.log"],
    "pin-polygraphy-trt10-profiles": ["pin", "composed/trt10-profiles.log", "--polygraphy"],
    "explain-trt10-editable": ["explain", "composed/trt10-editable.log", "{ForeignNode[attn/query.weight...attn/out]}"],
    "kernel": ["kernel", "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x64x64_stage3_warpsize2x2x1_tensor16x8x16",
               "ampere_scudnn_128x32_relu_small_nn_v1"],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_golden_text(
    name: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(TESTS / "fixtures")
    capfdbinary.readouterr()
    code = main(CASES[name])
    text = capfdbinary.readouterr().out.decode()
    golden = GOLDEN / f"{name}.txt"
    if UPDATE:
        golden.write_text(text, encoding="utf-8")

    assert code in {0, 1}
    assert text == golden.read_text(encoding="utf-8")


def test_the_pins_among_the_fixtures_are_those_of_their_log(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(TESTS / "fixtures")
    assert main(["pin", "composed/trt10-editable.log", "-f", "json"]) == 0
    text = capfdbinary.readouterr().out.decode()
    stored = TESTS / "fixtures" / "pins" / "trt10-editable.json"
    if UPDATE:
        stored.write_text(text, encoding="utf-8")

    assert stored.read_text(encoding="utf-8") == text


def test_every_golden_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
