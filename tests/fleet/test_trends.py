"""Trends of a composed fleet."""

from __future__ import annotations

import re
from statistics import median

import pytest
from collecting import dataset_of
from compose.fleet import STEM, Built
from shown import shown

from tacticlens.errors import UsageError
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.heat import heat
from tacticlens.fleet.trends import Series, Trends, natural, trends
from tacticlens.views.colours import HEAT
from tacticlens.views.fleet import TrendsResult
from tacticlens.views.registry import render
from tacticlens.views.result import Look

NIGHTS = 24


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two models; the first layer of one is 8 % slower from night 12 on."""
    builds = [Built("calm", night=night) for night in range(1, NIGHTS + 1)]
    builds += [
        Built("hit", night=night, slower={STEM: 1.08} if night >= 12 else {})
        for night in range(1, NIGHTS + 1)
    ]
    return dataset_of(builds, tmp_path_factory.mktemp("nights"))


def test_the_slower_layer_is_found_with_its_night_and_nothing_else(nights: Dataset) -> None:
    found = trends(nights, layer=re.compile("."))
    assert [(step.series.name, step.at) for step in found.steps] == [
        ("hit/stem/conv 3x3 + hit/stem/relu", "012")
    ]
    assert found.steps[0].change == pytest.approx(0.08, abs=0.02)
    assert found.steps[0].series.key == {"gpu": "NVIDIA A10", "tensorrt_version": "8.6.1", "model": "hit"}
    assert found.steps[0].kernel_before == found.steps[0].kernel_after


def test_the_engine_whose_layer_is_slower_is_a_series_of_its_own(nights: Dataset) -> None:
    models = [one for one in trends(nights).series if one.kind == "model"]
    assert [one.key["model"] for one in models] == ["calm", "hit"]
    assert all(len(one.points) == NIGHTS for one in models)


def test_the_text_has_the_step_and_its_line_of_times(nights: Dataset) -> None:
    text = shown(TrendsResult(trends(nights, layer=re.compile("."))), width=80)
    assert text.startswith("1 step in 6 series over 24 values of night: 1 slower, 0 faster\n")
    assert "  012  " in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_frame_has_a_row_per_step(nights: Dataset) -> None:
    frame = trends(nights, layer=re.compile(".")).frame()
    assert frame.height == 1
    assert {"gpu", "model", "since", "change", "chance", "times_ms"} <= set(frame.columns)


def test_an_order_that_is_no_label_is_refused(nights: Dataset) -> None:
    with pytest.raises(UsageError, match="no label 'day'; the dataset has model, night, tensorrt_version"):
        trends(nights, over="day")


def test_numbers_in_labels_are_in_the_order_of_numbers() -> None:
    assert sorted(["10", "9", "2026-11-24", "v1.10", "v1.9"], key=natural) == [
        "9",
        "10",
        "2026-11-24",
        "v1.9",
        "v1.10",
    ]


def test_a_heat_map_has_each_time_against_what_was_usual_before_the_first_step(nights: Dataset) -> None:
    found = trends(nights)
    rows = heat(found)
    assert len(rows) == len(found.series)
    assert rows[0].series is found.steps[0].series
    for row in rows:
        times = dict(zip(row.series.points, row.series.times_ms, strict=True))
        stepped = [step for step in found.steps if step.series is row.series]
        assert row.usual_ms == (stepped[0].before_ms if stepped else median(times.values()))
        for point, ratio in zip(found.points, row.ratios, strict=True):
            assert (ratio is None) == (point not in times)
            if ratio is not None:
                assert row.usual_ms * (1 + ratio) == pytest.approx(times[point])


def test_nights_before_a_step_are_usual_and_those_after_it_slower(nights: Dataset) -> None:
    found = trends(nights, layer=re.compile("stem/conv"))
    text = shown(TrendsResult(found, heat(found)), width=80)
    assert "\n···········▴▴▴▴▴▴▴▴▴▴▴▴▴  " in text
    assert "░" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_point_without_a_time_is_seen_in_the_heat_map() -> None:
    series = Series({"model": "net"}, "layer", "conv", "tactic", ["1", "2", "4"], [1.0, 1.0, 1.2], [None] * 3)
    found = Trends("night", ["1", "2", "3", "4"], [series], 0)
    text = shown(TrendsResult(found, heat(found)))
    assert "\n··░▲       1 ms  conv · net\n" in text
    terminal = Look(width=80, whole=False, color=True, colors="all")
    coloured = "".join(map(str, render(TrendsResult(found, heat(found)), "text", terminal)))
    red, green, blue = (int(HEAT["much_slower"].dark[at : at + 2], 16) for at in (1, 3, 5))
    assert f"48;2;{red};{green};{blue}m▲" in coloured
