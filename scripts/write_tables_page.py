"""Write docs/tables.md from the declarations of the tables."""

from __future__ import annotations

from pathlib import Path

from tacticlens.views.tables_page import page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
