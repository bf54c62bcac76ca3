"""Which run of trtexec built an engine, and which one measured it."""

from __future__ import annotations

from typing import Any

import pytest
from findings.small_tables import layer, small

from tacticlens.diff.changes import diff
from tacticlens.diff.model import BuildSummary
from tacticlens.tables.runs import Environment, environment_at
from tacticlens.tables.table_set import TableSet


def option(run: int, line: int, key: str, value: str) -> dict[str, Any]:
    return {"run": run, "section": "Build Options", "key": key, "value": value, "line": line}


def median(run: int, line: int, ms: float) -> dict[str, Any]:
    return {
        "run": run,
        "metric": "GPU Compute Time",
        "statistic": "median",
        "value": ms,
        "unit": "ms",
        "line": line,
    }


def engine(number: int, line: int) -> dict[str, Any]:
    return layer(1, "conv", "implicit_gemm", engine=number, build=number, line=line, onnx_nodes=["conv"])


def build(number: int, first: int, last: int) -> dict[str, Any]:
    return {"build": number, "engine": number, "in_engine": True, "first_line": first, "last_line": last}


def sides(tables: TableSet) -> tuple[BuildSummary, BuildSummary]:
    found = diff(tables, tables, old_build=1, new_build=2)
    return found.old, found.new


def script(*loads: str) -> TableSet:
    """A script that builds, lets trtexec measure, and does both once more."""
    return small(
        builds=[build(1, 10, 90), build(2, 310, 390)],
        engine_layers=[engine(1, 100), engine(2, 400)],
        options=[
            option(run, line + at, key, value)
            for run, line, load in zip((1, 2), (200, 500), loads, strict=True)
            for at, (key, value) in enumerate((("Precision", "FP32"), ("Load engine", load)))
            if value
        ],
        performance=[median(1, 300, 0.7), median(2, 600, 0.5)],
    )


def test_each_engine_of_a_script_was_measured_by_the_run_that_loads_one_after_it() -> None:
    old, new = sides(script("a.plan", "b.plan"))

    assert (old.gpu_compute_ms, new.gpu_compute_ms) == (0.7, 0.5)
    assert (old.loaded, new.loaded) == (True, True)
    assert old.precision is None  # what the run echoes is not what the build was told


def test_a_run_that_loads_nothing_measured_no_engine_that_was_printed_before_it() -> None:
    old, new = sides(script("", ""))

    assert (old.gpu_compute_ms, new.gpu_compute_ms) == (None, None)
    assert (old.loaded, new.loaded) == (False, False)


def test_a_run_that_builds_measured_its_own_engine() -> None:
    tables = small(
        builds=[build(1, 10, 90), build(2, 310, 390)],
        engine_layers=[engine(1, 100), engine(2, 400)],
        options=[option(1, 2, "Precision", "FP32"), option(2, 302, "Precision", "FP32+FP16")],
        performance=[median(1, 200, 0.7), median(2, 500, 0.5)],
    )
    old, new = sides(tables)

    assert (old.gpu_compute_ms, new.gpu_compute_ms) == (0.7, 0.5)
    assert (old.precision, new.precision) == ("FP32", "FP32+FP16")
    assert not old.loaded


def test_an_engine_between_a_build_and_a_run_makes_it_unknown_what_was_measured() -> None:
    tables = small(
        builds=[build(1, 10, 90), build(2, 110, 190)],
        engine_layers=[engine(1, 100), engine(2, 200)],
        options=[option(1, 300, "Load engine", "a.plan")],
        performance=[median(1, 400, 0.7)],
    )
    old, new = sides(tables)

    assert (old.gpu_compute_ms, new.gpu_compute_ms) == (None, pytest.approx(0.7))
    assert (old.loaded, new.loaded) == (False, True)


def run(
    number: int, version: str | None, gpu: str | None, capability: str | None, last: int | None = None
) -> dict[str, Any]:
    return {
        "run": number, "tensorrt_version": version, "gpu": gpu, "compute_capability": capability,
        "line": number * 100, "last_line": last,
    }  # fmt: skip


LOG = {"tensorrt_version": "8.6.1", "gpu": "A", "compute_capability": "8.0"}
OF_THE_LOG = Environment(None, "8.6.1", "A", "8.0")


def test_lines_before_the_first_run_and_the_log_as_a_whole_have_what_the_log_says() -> None:
    tables = small(LOG, runs=[run(1, "10.0.0", "B", "9.0")])

    assert environment_at(tables, None) == environment_at(tables, 99) == OF_THE_LOG
    assert environment_at(small(LOG), 5) == OF_THE_LOG


def test_lines_of_a_run_have_what_it_says_and_lines_after_it_belong_to_no_run() -> None:
    tables = small(LOG, runs=[run(1, "8.6.1", "A", "8.0", last=150), run(2, "10.0.0", "B", "9.0")])

    assert environment_at(tables, 100) == environment_at(tables, 150) == Environment(1, "8.6.1", "A", "8.0")
    assert environment_at(tables, 151) == Environment(None, "8.6.1", "A", "8.0")
    assert (
        environment_at(tables, 200) == environment_at(tables, 9_999) == Environment(2, "10.0.0", "B", "9.0")
    )


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], Environment(1, "8.6.1", "A", "8.0")),
        # the GPU is that of the log as long as no two runs differ, the version may be any
        ([run(2, "8.6.1", "A", "8.0")], Environment(1, None, "A", "8.0")),
        ([run(2, "8.6.1", "A", None), run(3, "8.6.1", "B", None)], Environment(1, None, None, None)),
        ([run(2, "8.6.1", "A", None), run(3, "8.5.3", "A", None)], Environment(1, None, None, None)),
    ],
)
def test_what_a_run_leaves_out_is_that_of_the_log_where_all_runs_are_on_one_machine(
    others: list[dict[str, Any]], expected: Environment
) -> None:
    tables = small(LOG, runs=[run(1, None, None, None), *others])

    assert environment_at(tables, 150) == expected
