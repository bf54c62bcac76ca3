"""What a command loads is what it needs: loading takes longer than reading a short log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOG = Path(__file__).resolve().parents[1] / "fixtures" / "composed" / "trt10.log"
NEVER = {"lark", "pydantic", "rich.console", "rich.markdown", "pygments", "concurrent.futures.process"}
"""What no text for a pipe needs: grammars are tables already, records are for Python, colours for terminals."""


def loaded(*arguments: str) -> set[str]:
    """Return the names of the modules that a command has loaded at its end."""
    code = (
        "import os, sys\n"
        "from tacticlens.cli.app import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "sys.stdout.flush()\n"
        "os.write(2, ' '.join(sys.modules).encode())"
    )
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stderr.split())


def test_the_text_of_a_log_is_made_without_lark_pydantic_consoles_and_helpers() -> None:
    found = loaded("parse", str(LOG))

    assert {"polars", "tacticlens.analysis.findings"} <= found  # the names are those that Python has
    assert found & NEVER == set()


@pytest.mark.parametrize(
    "arguments",
    [("kernel", "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64"), ("--help",), ("parse", "--help")],
)
def test_what_opens_no_log_is_done_without_tables_too(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) & (NEVER | {"polars", "numpy", "tacticlens.log"}) == set()
