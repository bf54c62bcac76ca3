"""What a page says of an engine is that of its own run; numbers that are sums say what they add up."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from tacticlens.diff.changes import diff
from tacticlens.log import read_log
from tacticlens.report import log_page as room
from tacticlens.report.diff_page import diff_page
from tacticlens.report.log_page import log_page
from tacticlens.report.places import Finder
from tacticlens.tables.shares import by_family

COMPOSED = Path(__file__).parents[1] / "fixtures" / "composed"
RESNET = Path(__file__).parents[2] / "examples" / "resnet50" / "fp16.log"


def part(packed: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(packed), -15))


@pytest.fixture
def two_runs(tmp_path: Path) -> Path:
    """Two runs of trtexec in one log, of another version, GPU and precision each."""
    first = RESNET.read_text()
    second = (
        first.replace("NVIDIA A10", "NVIDIA L4").replace("8.6.1", "8.5.3").replace("v8601", "v8503")
        .replace("FP32+FP16", "FP32+INT8")
    )  # fmt: skip
    log = tmp_path / "two.log"
    log.write_text(first.rstrip("\n") + "\n" + second)
    return log


def test_each_engine_has_the_version_gpu_and_options_of_its_own_run(two_runs: Path) -> None:
    built = log_page(read_log(two_runs, processes=0).tables, two_runs.read_bytes())
    facts = [{fact.label: fact.value for fact in engine.facts} for engine in built.log.engines]

    assert [one["run"] for one in facts] == ["2 of 2", "1 of 2"]
    assert [one["TensorRT"] for one in facts] == ["8.5.3", "8.6.1"]
    assert [one["GPU"] for one in facts] == ["NVIDIA L4", "NVIDIA A10"]
    assert [one["options"].partition(",")[0] for one in facts] == ["FP32+INT8", "FP32+FP16"]


def test_the_lines_of_facts_say_what_the_facts_say(two_runs: Path) -> None:
    lines = two_runs.read_text().splitlines()
    built = log_page(read_log(two_runs, processes=0).tables, two_runs.read_bytes())
    for engine in built.log.engines:
        for fact in engine.facts:
            if fact.label in {"TensorRT", "GPU", "compute capability"}:
                assert fact.line is not None
                assert fact.value in lines[fact.line - 1]


def test_the_layers_of_a_family_add_up_to_its_time() -> None:
    tables = read_log(RESNET, processes=0).tables
    families = log_page(tables, None).log.engines[0].families
    expected = by_family(tables, 1)

    assert families.family.texts == expected["family"].to_list()
    assert [sum(one.time_ms) for one in families.of] == pytest.approx(expected["time_ms"].to_list())


def test_the_shares_of_the_engine_are_sums_of_layers_too() -> None:
    engine = log_page(read_log(RESNET, processes=0).tables, None).log.engines[0]
    assert engine.time_ms is not None
    for share in (engine.gemm, engine.tensor_core, engine.reformat):
        assert share.known is not None
        assert sum(share.of.time_ms) == pytest.approx(share.known * engine.time_ms)


def test_the_sums_of_the_build_time_hold_each_row_once() -> None:
    tables = read_log(RESNET, processes=0).tables
    built = log_page(tables, None)
    times = part(built.parts["log0-times"])
    total = float(tables.build_times["seconds"].sum())

    assert times["slabs"]["seconds"][0] == pytest.approx(total)
    for row, parent in enumerate(times["slabs"]["parent"]):
        below = [
            s for s, of in zip(times["slabs"]["seconds"], times["slabs"]["parent"], strict=True) if of == row
        ]
        leaves = [s for s, of in zip(times["seconds"], times["slab"], strict=True) if of == row]
        assert sum(below) + sum(leaves) == pytest.approx(times["slabs"]["seconds"][row]), (row, parent)
    assert sum(times["share"]) == pytest.approx(1.0)


def test_the_runner_up_is_the_fastest_that_did_not_win() -> None:
    details = part(log_page(read_log(RESNET, processes=0).tables, None).parts["log0-details"])
    tried, combinations = details["candidates"], details["combinations"]
    found = [row for row in combinations["runner_up"] if row is not None]

    assert found
    for row in found:
        assert not tried["won"][row]
        assert tried["time_ms"][row] is not None


def test_what_a_page_leaves_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_LINES", 1)
    monkeypatch.setattr(room, "_MOST_WINNERS", 0)
    tables = read_log(COMPOSED / "trt861.log", processes=0).tables
    log = log_page(tables, None).log

    assert any("without an engine" in note and "to keep the page small" in note for note in log.notes)
    assert all(len(one.lines) <= 1 for one in log.findings)
    assert any(one.lines_left_out for one in log.findings)


def test_every_fact_of_a_comparison_says_where_it_comes_from() -> None:
    logs = [RESNET.with_name("fp32.log"), RESNET]
    tables = [read_log(log, processes=0).tables for log in logs]
    found = diff(*tables)
    built = [
        log_page(one, log.read_bytes(), number)
        for number, (one, log) in enumerate(zip(tables, logs, strict=True))
    ]
    finders = [
        Finder(number, built[number], tables[number], side)
        for number, side in enumerate((found.old, found.new))
    ]
    for fact in diff_page(found, *finders).facts:
        for value, place in ((fact.old, fact.old_place), (fact.new, fact.new_place)):
            assert (place is not None) == (value != "–"), fact

    facts = {fact.label: fact for fact in diff_page(found, *finders).facts}
    line = facts["latency"].new_place
    assert line is not None
    assert line.line is not None
    assert "Latency" in RESNET.read_text().splitlines()[line.line - 1]


def test_the_numbers_of_the_builds_open_the_lines_that_print_them() -> None:
    log = COMPOSED / "trt10.log"
    lines = log.read_text().splitlines()
    grid = log_page(read_log(log, processes=0).tables, log.read_bytes()).log.builds
    told = {
        "estimated": "estimated inference time",
        "selection": "election completed",
        "generation": "generation completed",
    }
    seen = set()
    for row, places in zip(grid.rows, grid.places, strict=True):
        for title, cell, place in zip(grid.titles, row, places, strict=True):
            assert (place is None) == (cell in {"", "–"})
            if title in told and place is not None:
                assert place.line is not None
                assert told[title] in lines[place.line - 1], (title, lines[place.line - 1])
                seen.add(title)
    assert seen == set(told)


def test_the_page_of_a_failed_build_says_so_first(tmp_path: Path) -> None:
    log = tmp_path / "failed.log"
    log.write_text(
        "[E] 10: [o.cpp::costs::2] Error Code 10: Internal Error (Could not find any implementation for node a.)\n"
    )

    assert (
        log_page(read_log(log).tables, None).log.headline
        == "The build failed: no implementation for a (line 1)."
    )
