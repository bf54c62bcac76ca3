"""Where the time of a build went; the sums were added up by hand from the composed and recorded logs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from tacticlens.log import read_log
from tacticlens.tables.build_times import PHASES, SCHEMA, build_times
from tacticlens.tables.table_set import TableSet
from tacticlens.views.build_time import build_time_line

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LOGS = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*.log"))


@cache
def tables_of(path: str) -> TableSet:
    return read_log(FIXTURES / path, processes=0).tables


def phases(path: str, build: int) -> dict[str, float]:
    times = build_times(tables_of(path)).filter(build=build)
    return {
        phase: round(seconds, 6)
        for phase, seconds in times.group_by("phase").agg(pl.col("seconds").sum()).iter_rows()
    }


def test_phases_add_up_to_graph_and_generation() -> None:
    # 0.0370 graph; selection 3.71546 of the generation's 4.21546
    assert phases("composed/trt861.log", 1) == {"graph": 0.037, "selection": 3.71546, "generation": 0.5}


def test_what_runners_print_is_itemised_and_the_rest_has_no_layer() -> None:
    times = build_times(tables_of("composed/trt861.log")).filter(build=1, phase="selection")
    items = times.filter(pl.col("layer").is_not_null())

    assert items.filter(line=13).select("layer", "runner", "seconds").row(0) == (
        "stem/conv 3x3 + stem/relu", "CudnnConvolution", 0.005,
    )  # fmt: skip
    assert items["seconds"].sum() == pytest.approx(0.034)
    assert times.filter(pl.col("layer").is_null())["seconds"].to_list() == pytest.approx([3.71546 - 0.034])


def test_a_generation_that_is_printed_after_the_last_profile_counts_all_selections() -> None:
    # one profile: 1.75 s with a selection of 1.25 s; two profiles: 1.75 s are less than their selections of 2.5 s
    assert phases("composed/trt10-profiles.log", 3)["generation"] == 0.5
    assert "generation" not in phases("composed/trt10-profiles.log", 1)
    assert "generation" not in phases("composed/trt10-profiles.log", 2)


def test_a_generation_that_leaves_the_selection_out_stands_whole() -> None:
    seconds = tables_of("composed/trt5.log")["builds"].row(0, named=True)

    assert seconds["generation_s"] < seconds["selection_s"]
    assert phases("composed/trt5.log", 1)["generation"] == seconds["generation_s"]


def test_fused_regions_are_a_phase_of_their_own() -> None:
    times = build_times(tables_of("composed/trt10-profiles.log")).filter(build=1, phase="subgraph")

    assert times.select("runner", "seconds", "line").rows() == [
        ("Myelin", 0.003, 38), ("Myelin", 0.002, 58), ("Myelin", 0.002, 67),
    ]  # fmt: skip


def test_a_build_that_is_cut_has_what_was_printed() -> None:
    assert phases("composed/trt861.log", 2) == {"graph": 0.037, "selection": 0.007}


@pytest.mark.parametrize("path", LOGS)
def test_every_log_gives_rows_of_the_schema_whose_shares_add_up(path: str) -> None:
    times = build_times(tables_of(path))

    assert dict(times.schema) == SCHEMA
    assert set(times["phase"]) <= set(PHASES)
    assert times.is_empty() or times["share"].sum() == pytest.approx(1.0)
    assert (times["seconds"] > 0).all()


def test_the_line_names_phases_and_the_longest_layer() -> None:
    line = build_time_line(tables_of("composed/trt861.log"))

    assert line is not None
    assert line.startswith("Build time: 4.3 s, of which timing of candidates 87 %, the rest 12 %")
    assert line.endswith("longest stem/conv 3x3 + stem/relu (CudnnConvolution) 0.01 s")


def test_a_log_without_seconds_has_no_line() -> None:
    silent = [path for path in LOGS if build_times(tables_of(path)).is_empty()]

    assert [build_time_line(tables_of(path)) for path in silent] == [None] * len(silent)
