"""The pages of two builds and of several, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tacticlens.diff.changes import diff
from tacticlens.log import read_log
from tacticlens.views import diff_words as words

COMPOSED = Path(__file__).parents[1] / "fixtures" / "composed"
RESNET = Path(__file__).parents[2] / "examples" / "resnet50"
PAIRS = (("trt82", "trt861"), ("trt10-editable", "trt10-editable-new"), ("trt5", "trt7"), ("trt80", "trt11"))
ROWS = "[role=grid][aria-label=Changes] .rows [role=row]"


def log(name: str) -> Path:
    return COMPOSED / f"{name}.log"


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_the_page_has_the_changes_and_totals_of_the_command(
    pair: tuple[str, str], written: Callable, open_page: Callable
) -> None:
    page = open_page(written("diff", log(pair[0]), log(pair[1]), "--format", "html"))
    found = diff(read_log(log(pair[0])).tables, read_log(log(pair[1])).tables)
    rows = page.locator("[role=grid][aria-label=Changes]").get_attribute("aria-rowcount")
    assert rows == str(len(words.shown(found)) + 1)
    shown = [" ".join(one.inner_text().split()) for one in page.locator(".causes li").all()]
    for total in words.totals(found):
        said = words.delta(total.delta_ms) if total.delta_ms is not None else ""
        assert any(text.startswith(total.cause) and said in text for text in shown), (total, shown)
    facts = page.locator(".pairs tbody tr").all_inner_texts()
    assert len(facts) == len(words.facts(found))


def test_one_click_on_a_change_shows_both_layers_with_all_that_was_tried(
    written: Callable, open_page: Callable
) -> None:
    page = open_page(written("diff", log("trt82"), log("trt861"), "--format", "html"))
    page.locator(ROWS).first.click()
    page.locator(".side-by-side .panel .dots svg").nth(1).wait_for()
    assert page.locator(".side-by-side .panel").count() == 2
    names = page.locator(".side-by-side .panel h2").all_inner_texts()
    assert names[0] == names[1]
    assert page.locator(".change .verdict").count() >= 1
    page.locator(".side-by-side .panel").nth(1).locator(".panel-facts .from-line").first.click()
    page.locator(".log-line.here").wait_for()
    assert "trt861.log" in page.locator(".drawer header").inner_text()


def test_facts_of_both_builds_open_the_line_or_the_layers_that_they_come_from(
    written: Callable, open_page: Callable
) -> None:
    old, new = RESNET / "fp32.log", RESNET / "fp16.log"
    page = open_page(written("diff", old, new, "--format", "html"))
    latency = page.locator(".pairs tr", has_text="latency").locator(".from-line").nth(1)
    said = latency.inner_text()
    latency.click()
    here = page.locator(".log-line.here")
    here.wait_for()
    assert "fp16.log" in page.locator(".drawer header").inner_text()
    assert f"median = {said.removesuffix(' ms')}" in here.inner_text()
    page.keyboard.press("Escape")
    page.locator(".pairs tr", has_text="sum of layers").locator(".from-line").nth(1).click()
    added = page.locator("[role=grid][aria-label='Layers that add up']")
    added.wait_for()
    layers = read_log(new).tables.engine_layers
    assert added.get_attribute("aria-rowcount") == str(len(layers.filter(layers["time_ms"] > 0)) + 1)


def test_changes_stand_on_one_axis_with_the_band_that_noise_explains(
    written: Callable, open_page: Callable
) -> None:
    pair = "trt10-editable", "trt10-editable-new"
    page = open_page(written("diff", *map(log, pair), "--format", "html"))
    found = diff(*(read_log(log(name)).tables for name in pair))
    judged = [one for one in words.shown(found) if one.verdict and one.old_ms and one.new_ms is not None]
    page.locator(".noise-band .band").wait_for()
    assert page.locator(".noise-band .moved").count() == len(judged)
    page.locator(".noise-band .moved").first.click()
    page.locator(".change .verdict").first.wait_for()


def test_the_page_of_a_comparison_holds_the_pages_of_both_logs(
    written: Callable, open_page: Callable
) -> None:
    page = open_page(written("diff", log("trt82"), log("trt861"), "--format", "html"))
    page.locator("nav a", has_text="New").click()
    page.locator(".split-main [role=grid]").wait_for()
    layers = len(read_log(log("trt861")).tables.engine_layers)
    assert page.locator(".split-main [role=grid]").get_attribute("aria-rowcount") == str(layers + 1)


def test_a_matrix_shows_a_column_per_build_and_leads_to_each_layer(
    written: Callable, open_page: Callable
) -> None:
    logs = [log(name) for name in ("trt80", "trt82", "trt85", "trt861")]
    page = open_page(written("diff", *logs, "--format", "html"))
    heads = page.locator("[role=grid][aria-label='Layers by build'] [role=columnheader]")
    assert heads.count() == 2 + len(logs)
    page.locator("[role=grid][aria-label='Layers by build'] .rows [role=row]").first.click()
    page.locator(".change .link").nth(2).click()
    page.locator(".panel .dots").wait_for()
    assert "log=2" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["diff", "matrix"])
def test_nothing_serious_keeps_people_from_reading(
    kind: str, scheme: str, written: Callable, open_page: Callable
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    logs = [log("trt82"), log("trt861"), *([log("trt85")] if kind == "matrix" else [])]
    page = open_page(written("diff", *logs, "--format", "html"), "change=0&row=0", dark=scheme == "dark")
    page.locator(".change .side-by-side .dots svg" if kind == "diff" else ".change table").first.wait_for()
    found = axe.Axe().run(page).response["violations"]
    serious = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found
               if one["impact"] in {"serious", "critical"}]  # fmt: skip
    assert serious == []
