"""Times that are unknown are not 0 %."""

from __future__ import annotations

from small_tables import ON, ampere, layer, small

from tacticlens.analysis.overview import overview
from tacticlens.views.summary import summary
from tacticlens.views.text import as_text


def said(timed: int, untimed: int) -> str:
    rows = [layer(n, f"conv{n}", "implicit_gemm", kernel=ON) for n in range(50)]
    rows += [layer(50 + n, f"r{n}", "reformat", 1.0 if n < timed else None) for n in range(timed + untimed)]
    log = {**ampere(), "lines": 2000, "bytes": 9, "outcome": "passed"}
    return " ".join(as_text(summary(overview(small(log, engine_layers=rows)))).split())


def test_reformats_without_times_may_be_anything_up_to_all_of_the_time() -> None:
    assert "reformats and copies 7 % to 100 %" in said(4, 36)
    assert "36 working layers have no time" in said(4, 36)


def test_reformats_with_times_are_told() -> None:
    assert "reformats and copies 17 %" in said(10, 0)
