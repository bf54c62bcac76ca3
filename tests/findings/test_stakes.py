"""No stake exceeds what the engine takes on the GPU."""

from __future__ import annotations

import pytest
from shown import in_markdown, shown
from small_tables import OFF, Row, ampere, layer, small

from tacticlens.analysis.findings import findings
from tacticlens.analysis.overview import overview
from tacticlens.tables.table_set import StoredTables
from tacticlens.views.findings import FindingsResult
from tacticlens.views.summary import summary
from tacticlens.views.text import as_text


def measured(ms: float, line: int) -> Row:
    return {
        "run": 1,
        "metric": "GPU Compute Time",
        "statistic": "median",
        "value": ms,
        "unit": "ms",
        "line": line,
    }


def chain(**more: list[Row]) -> StoredTables:
    layers = [layer(0, "conv", "implicit_gemm", 0.041, kernel=OFF), layer(1, "copy", "reformat", 0.1)]
    return small({**ampere(), "lines": 2000, "bytes": 9, "outcome": "passed"}, engine_layers=layers, **more)


def test_stakes_are_scaled_to_the_measured_time() -> None:
    """0.141 ms of layers measured alone; the engine takes 0.0398 ms in a CUDA graph."""
    plain = {one.code: one.stake_ms for one in findings(chain())}
    found = findings(chain(performance=[measured(0.0398, 1500)]))

    assert found
    for one in found:
        if one.stake_ms is not None:
            assert one.stake_ms == pytest.approx(plain[one.code] * 0.0398 / 0.141)  # type: ignore[operator]
            assert one.stake_ms <= 0.0398
    said = (
        "the layers add up to 0.141 ms; the engine takes 0.0398 ms on the GPU, so stakes are scaled by 0.28"
    )
    assert " ".join(shown(FindingsResult(found, details=True)).split()).count(said) == 1
    assert said.replace(".", "") in in_markdown(FindingsResult(found)).replace(".", "").replace("\\", "")
    assert said[1:] in " ".join(
        as_text(summary(overview(chain(performance=[measured(0.0398, 1500)])))).split()
    )


def test_layers_that_add_up_to_less_are_not_scaled_up() -> None:
    plain = [one.stake_ms for one in findings(chain())]
    found = findings(chain(performance=[measured(0.2, 1500)]))

    assert [one.stake_ms for one in found] == plain
    assert "scaled" not in shown(FindingsResult(found, details=True))


def test_a_measurement_before_the_engine_is_not_its_own() -> None:
    assert all(one.scale is None for one in findings(chain(performance=[measured(0.0398, 10)])))
