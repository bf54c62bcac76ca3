"""The page of a dataset of logs, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from compose.fleet import STEM, Built, write

from tacticlens.cli.app import main
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.heat import heat
from tacticlens.fleet.trends import trends
from tacticlens.views.heat import name_of

HEAT = "[role=grid][aria-label='Heat map']"
HOSTILE = "<img src=x onerror=document.title='run'>"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models; one is slower from night 8 on, and lacks a night."""
    place = tmp_path_factory.mktemp("fleet")
    builds = [Built("calm", night=night) for night in range(1, 15)]
    builds += [
        Built("hit", night=night, slower={STEM: 1.2} if night >= 8 else {})
        for night in range(1, 15)
        if night != 4
    ]
    manifest = write(builds, place / "logs")
    manifest.write_text(manifest.read_text().replace(",calm,", f",{HOSTILE},"))
    assert HOSTILE in manifest.read_text()
    made = place / "dataset"
    arguments = ["collect", str(place / "logs"), "--manifest", str(manifest), "-o", str(made), "-j", "1"]
    assert main(arguments) == 0
    return made


def test_the_page_has_the_steps_and_the_series_of_the_command(
    dataset: Path, written: Callable, open_page: Callable
) -> None:
    found = trends(Dataset(str(dataset)))
    page = open_page(written("fleet", dataset, "--format", "html"))
    assert page.locator("[role=grid][aria-label=Steps]").get_attribute("aria-rowcount") == str(
        len(found.steps) + 1
    )
    assert page.locator(HEAT).get_attribute("aria-rowcount") == str(len(found.series) + 1)
    since = page.locator("[role=grid][aria-label=Steps] .rows [role=row]").first.inner_text()
    assert found.steps[0].at in since
    assert page.locator(".trend-line .step-line").count() == 1


def test_a_night_without_a_log_is_hatched_and_says_so(
    dataset: Path, written: Callable, open_page: Callable
) -> None:
    found = trends(Dataset(str(dataset)))
    page = open_page(written("fleet", dataset, "--format", "html"))
    row = next(place for place, one in enumerate(heat(found)) if None in one.ratios)
    cells = page.locator(f"{HEAT} [data-row='{row}'] .heat")
    box = cells.bounding_box()
    assert box is not None
    missing = heat(found)[row].ratios.index(None)
    cells.hover(position={"x": box["width"] * (missing + 0.5) / len(found.points), "y": 8})
    page.locator(".tip", has_text="no log").wait_for()


def test_one_click_on_a_row_draws_its_times(dataset: Path, written: Callable, open_page: Callable) -> None:
    rows = heat(trends(Dataset(str(dataset))))
    page = open_page(written("fleet", dataset, "--format", "html"))
    page.locator(f"{HEAT} [data-row='2']").click()
    name = name_of(rows[2].series)
    page.wait_for_function(
        "name => document.querySelector('.trend-line h2').textContent.startsWith(name)", arg=name
    )
    assert page.locator(".trend-line .series-dot").count() == len(rows[2].series.points)
    assert "row=2" in page.url


def test_a_hostile_label_is_shown_and_does_nothing(
    dataset: Path, written: Callable, open_page: Callable
) -> None:
    page = open_page(written("fleet", dataset, "--format", "html"))
    page.locator(HEAT).get_by_text(HOSTILE, exact=True).first.wait_for()
    assert page.title() != "run"
    assert page.locator("img, iframe").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_people_from_reading(
    scheme: str, dataset: Path, written: Callable, open_page: Callable
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    page = open_page(written("fleet", dataset, "--format", "html"), dark=scheme == "dark")
    page.locator(".trend-line svg").wait_for()
    found = axe.Axe().run(page).response["violations"]
    serious = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found
               if one["impact"] in {"serious", "critical"}]  # fmt: skip
    assert serious == []
