"""The page of one log, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tacticlens.log import read_log
from tacticlens.tables.shares import by_family, engines, of_engine, profiles
from tacticlens.words import milliseconds, percent

FIXTURES = Path(__file__).parents[1] / "fixtures"
GENERATIONS = (
    "trt5",
    "trt7",
    "trt80",
    "trt82",
    "trt84",
    "trt85",
    "trt860",
    "trt861",
    "trt10",
    "trt10-profiles",
    "trt11",
)
LOG = FIXTURES / "composed" / "trt861.log"
ROWS = ".split-main [role=grid] .rows [role=row]"


@pytest.mark.parametrize("name", GENERATIONS)
def test_the_page_shows_the_layers_and_times_of_the_tables(
    name: str, written: Callable, open_page: Callable
) -> None:
    log = FIXTURES / "composed" / f"{name}.log"
    page = open_page(written("report", log))
    tables = read_log(log).tables

    assert page.locator(".headline").count() == 1
    numbers = engines(tables)
    if not numbers:
        assert page.locator("text=prints no engine layers").count()
        return
    number = numbers[-1]
    builds = profiles(tables, number)
    build = builds[0] if len(builds) > 1 else None
    layers = of_engine(tables.engine_layers, number, build)
    assert page.locator(".split-main [role=grid]").get_attribute("aria-rowcount") == str(len(layers) + 1)
    shown = {row.inner_text().split("\n")[0].strip() for row in page.locator(".legend li").all()}
    times = by_family(tables, number, build).filter(by_family(tables, number, build)["time_ms"] > 0)
    for family, time in times.select("family", "time_ms").iter_rows():
        assert any(text.startswith(f"{family} {milliseconds(time)}") for text in shown), (family, time, shown)


@pytest.mark.parametrize("name", ["explain-editable", "rtx"])
def test_a_log_of_another_kind_opens_too(name: str, written: Callable, open_page: Callable) -> None:
    log = (
        next((FIXTURES / "recorded").glob("*.log"))
        if name == "rtx"
        else FIXTURES / "composed" / "trt10-editable.log"
    )
    page = open_page(written("report", log))
    assert page.locator(".headline").inner_text()


def test_numbers_look_as_in_the_terminal(written: Callable, open_page: Callable) -> None:
    page = open_page(written("report", LOG))
    values = [0.00123456, 0.1, 0.0999, 1.23456, 12.34567, 99.96, 123.4, 1234.5, 1e-5, 3.2e-7, 1e-9, 0.0, 5.0]
    formatted = page.evaluate(
        "values => values.map((value) => [window.tacticlens.ms(value), window.tacticlens.percent(value / 10)])",
        values,
    )
    assert formatted == [[milliseconds(value), percent(value / 10)] for value in values]


def test_a_click_on_a_title_sorts_and_the_longest_layer_comes_first(
    written: Callable, open_page: Callable
) -> None:
    page = open_page(written("report", LOG))
    longest = read_log(LOG).tables.engine_layers.sort("time_ms", descending=True, nulls_last=True)["name"][0]
    page.locator(".split-main [role=columnheader] button", has_text="time").click()
    assert longest in (page.locator(ROWS).first.text_content() or "")
    assert (
        page.locator(".split-main [role=columnheader]", has_text="time").get_attribute("aria-sort")
        == "descending"
    )


def test_text_and_family_filter_the_layers(written: Callable, open_page: Callable) -> None:
    layers = read_log(LOG).tables.engine_layers
    page = open_page(written("report", LOG))
    name = layers["name"][1]
    page.locator(".search").fill(name)
    page.wait_for_function("document.querySelector('.filter h2').textContent.includes(' of ')")
    assert page.locator(ROWS).count() >= 1
    assert all(name in row.text_content() for row in page.locator(ROWS).all())
    page.locator(".search").fill("")
    family = layers.drop_nulls("time_ms")["family"][0]
    page.locator(".legend button", has_text=family).first.click()
    page.wait_for_function("location.hash.includes('family=')")
    expected = len(layers.filter(layers["family"] == family))
    assert page.locator(".split-main [role=grid]").get_attribute("aria-rowcount") == str(expected + 1)


def test_the_graph_of_the_whole_engine_folds_repeated_blocks_and_unfolds_one_by_a_click(
    written: Callable, open_page: Callable
) -> None:
    log = FIXTURES.parents[1] / "examples" / "resnet50" / "fp16.log"
    layers = len(read_log(log).tables.engine_layers)
    page = open_page(written("report", log), "layer=29")
    page.locator(".graph button", has_text="Whole engine").click()
    blocks = page.locator(".graph .node.block")
    blocks.first.wait_for()
    assert blocks.count() == 4
    folded = page.locator(".graph .node").count()
    here = page.locator(".graph .node.block.here")
    times, size = (int(part) for part in re.findall(r"\d+", here.get_attribute("aria-label") or "")[:2])
    here.press("Enter")
    page.wait_for_function(
        "many => document.querySelectorAll('.graph .node').length === many", arg=folded - 1 + times * size
    )
    assert blocks.count() == 3
    assert folded < layers


def test_a_finding_shows_its_sentences_and_its_layers(written: Callable, open_page: Callable) -> None:
    page = open_page(written("report", LOG))
    page.locator(".findings button").first.click()
    page.locator(".findings .prose", has_text="Do:").wait_for()
    assert "finding=0" in page.url


def test_one_click_on_a_layer_shows_what_was_tried_for_it(written: Callable, open_page: Callable) -> None:
    page = open_page(written("report", LOG))
    page.locator(ROWS).nth(1).click()
    page.wait_for_selector(".panel .dots svg .dot.won")
    assert page.locator(".panel h2").inner_text() == read_log(LOG).tables.engine_layers["name"][1]
    assert page.locator(".panel [role=grid][aria-label=Candidates] .rows [role=row]").count() > 0


def test_the_keyboard_reaches_a_layer_and_the_lines_of_the_log(
    written: Callable, open_page: Callable
) -> None:
    page = open_page(written("report", LOG))
    page.locator(".split-main [role=grid]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".panel h2").inner_text() == read_log(LOG).tables.engine_layers["name"][1]
    page.locator(".panel-facts .from-line").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".log-line.here")
    page.keyboard.press("Escape")
    page.wait_for_selector(".drawer", state="detached")


def test_a_number_opens_the_line_that_it_was_read_from(written: Callable, open_page: Callable) -> None:
    row = read_log(LOG).tables.engine_layers.row(1, named=True)
    page = open_page(written("report", LOG), "layer=1")
    page.locator(".panel-facts .from-line").first.click()
    here = page.locator(".log-line.here")
    here.wait_for()
    text = LOG.read_text().splitlines()[row["line"] - 1]
    assert here.inner_text() == f"{row['line']}{text}"


def test_the_time_of_a_family_opens_the_layers_that_add_up_to_it(
    written: Callable, open_page: Callable
) -> None:
    layers = read_log(LOG).tables.engine_layers
    row = layers.drop_nulls("time_ms").sort("time_ms", descending=True).row(0, named=True)
    page = open_page(written("report", LOG))
    page.locator(".legend li", has_text=row["family"]).locator(".from-line").first.click()
    added = page.locator("[role=grid][aria-label='Layers that add up'] .rows [role=row]")
    added.first.wait_for()
    assert row["name"] in (added.first.text_content() or "")
    added.first.locator(".from-line").first.click()
    here = page.locator(".log-line.here")
    here.wait_for()
    assert here.inner_text().startswith(str(row["line"]))


def test_parse_as_html_is_the_same_page(written: Callable) -> None:
    assert written("parse", LOG, "--format", "html").read_bytes() == written("report", LOG).read_bytes()


def test_a_fragment_opens_a_layer_by_number_or_name(written: Callable, open_page: Callable) -> None:
    names = read_log(LOG).tables.engine_layers["name"]
    page = open_page(written("report", LOG), "layer=2")
    assert page.locator(".panel h2").inner_text() == names[2]
    page.evaluate("name => { location.hash = new URLSearchParams({layer: name}).toString(); }", names[3])
    page.wait_for_function("name => document.querySelector('.panel h2')?.textContent === name", arg=names[3])


def test_a_table_is_copied_as_csv_without_formulas(
    written: Callable, open_page: Callable, tmp_path: Path
) -> None:
    log = tmp_path / "formula.log"
    name = read_log(LOG).tables.engine_layers["name"][1]
    log.write_text(LOG.read_text().replace(name, "=HYPERLINK(1)"))
    page = open_page(written("report", log))
    page.locator(".split-main .table-bar button", has_text="Copy CSV").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('#,layer')")
    lines = page.evaluate("navigator.clipboard.readText()").split("\r\n")
    assert lines[0].startswith("#,layer,time")
    assert len(lines) == len(read_log(log).tables.engine_layers) + 2
    assert "'=HYPERLINK(1)" in lines[2]


HOSTILE = (
    "<script>document.title='run'</script>",
    "</script><img src=x onerror=document.title='run'>",
    "\"'`${document.title='run'}<!--",
    "a\u202egnp.evil\u2066",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_shown_and_does_nothing(
    hostile: str, written: Callable, open_page: Callable, tmp_path: Path
) -> None:
    name = read_log(LOG).tables.engine_layers["name"][1]
    log = tmp_path / "hostile.log"
    log.write_text(LOG.read_text().replace(name, hostile))
    page = open_page(written("report", log), "layer=1&line=20")
    page.wait_for_selector(".panel .dots")
    page.wait_for_selector(".log-line")
    assert page.title() != "run"
    assert page.locator("img, iframe").count() == 0
    body = page.locator("body").inner_text()
    assert not any(turned in body for turned in "\u202e\u2066")
    if hostile.isprintable():
        assert page.locator(".panel h2").inner_text() in hostile or hostile in body


def test_a_print_has_every_row_and_no_buttons(written: Callable, open_page: Callable) -> None:
    page = open_page(written("report", LOG), "layer=1", dark=True)
    page.locator(".panel .dots svg").wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    layers = len(read_log(LOG).tables.engine_layers)
    page.wait_for_function(
        "([rows, many]) => document.querySelectorAll(rows).length === many", arg=[ROWS, layers]
    )
    assert all(box["x"] < 100 for row in page.locator(ROWS).all() if (box := row.bounding_box()))
    assert not page.locator(".search").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


def test_build_time_and_the_rest_of_the_log_are_views_of_their_own(
    written: Callable, open_page: Callable
) -> None:
    page = open_page(written("report", LOG))
    page.locator("nav a", has_text="Build time").click()
    page.wait_for_selector(".icicle svg .slab, .note")
    page.locator("nav a", has_text="Log").last.click()
    lines = read_log(LOG).tables.log["lines"][0]
    ledger = page.locator("section", has_text="Ledger").locator("tr").last.inner_text()
    assert f"{lines:,}" in ledger


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_people_from_reading(
    scheme: str, written: Callable, open_page: Callable
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    page = open_page(written("report", LOG), dark=scheme == "dark")
    serious = []
    views = {
        "": ".strip svg",
        "layer=1&line=20": ".log-line.here",
        "sum=all": ".added [role=row]",
        "view=build-time": ".icicle svg .slab, .note",
        "view=facts": ".facts-view table",
    }
    for fragment, shown in views.items():
        page.evaluate("fragment => { location.hash = fragment; }", fragment)
        page.locator(shown).first.wait_for()
        serious += [
            (fragment, one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in axe.Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
    assert serious == []
