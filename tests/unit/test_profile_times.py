"""Which number of a measured profile is the time of a layer."""

from __future__ import annotations

import polars as pl
import pytest

from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.profiles import profile_ms, statistic_of, with_profile
from tacticlens.tables.schema import TABLES


def profile(*rows: tuple[str, float | None, float | None]) -> pl.DataFrame:
    given = [
        {"name": name, "average_ms": average, "median_ms": median, "line": 10 + at}
        for at, (name, average, median) in enumerate(rows)
    ]
    return pl.DataFrame(given, schema={**TABLES["profile"]}, strict=False)


def engine(*names: str) -> list[EngineRow]:
    return [
        EngineRow(
            engine=1, build=1, position=1 + at, name=name, layer_type=None, tactic=None, kernel=None,
            kernel_source="none", inputs=(), outputs=(), onnx_nodes=(), line=1 + at, time_ms=9.0, time_source="tactic",
        )
        for at, name in enumerate(names)
    ]  # fmt: skip


def test_a_layer_takes_the_median_and_not_the_average_with_its_spikes() -> None:
    rows = with_profile(engine("conv"), profile(("conv", 0.3614, 0.2858)))

    assert (rows[0].time_ms, rows[0].time_source) == (0.2858, "profile")


def test_a_profile_without_medians_gives_averages_and_says_so() -> None:
    old = profile(("conv", 0.5, None))
    rows = with_profile(engine("conv"), old)

    assert (rows[0].time_ms, statistic_of(old)) == (0.5, "average")


def test_layers_of_one_name_take_the_medians_in_order() -> None:
    rows = with_profile(engine("conv", "conv"), profile(("conv", 3.0, 1.0), ("conv", 3.0, 2.0)))

    assert [row.time_ms for row in rows] == [1.0, 2.0]


@pytest.mark.parametrize(("median", "expected"), [(0.2, "median"), (None, "average")])
def test_the_statistic_is_what_the_log_prints(median: float | None, expected: str) -> None:
    rows = profile(("conv", 0.3, median))

    assert statistic_of(rows) == expected
    assert rows.select(profile_ms()).item() == (median or 0.3)
