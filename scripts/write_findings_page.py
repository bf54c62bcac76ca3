"""Write docs/findings.md from the fields of the kinds of findings."""

from __future__ import annotations

from pathlib import Path

from tacticlens.analysis.findings import KINDS
from tacticlens.views.finding_page import page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "findings.md"

if __name__ == "__main__":
    PAGE.write_text(page(KINDS), encoding="utf-8")
