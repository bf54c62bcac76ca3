"""Candidates with the three facts apart; every expected value was read off the composed log by eye."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tacticlens.analysis.candidates import COLUMNS, Sort, Wanted, candidates, matching, order, select
from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMPOSED = sorted(path.stem for path in (FIXTURES / "composed").glob("*.log"))
RECORDED = sorted(path.stem for path in (FIXTURES / "recorded").glob("*.log"))


@cache
def tables_of(name: str) -> TableSet:
    folder = "recorded" if name.startswith("tensorrt-rtx") else "composed"
    return read_log(FIXTURES / folder / f"{name}.log", processes=0).tables


def at(name: str, line: int, build: int = 1) -> dict[str, Any]:
    """The candidate whose time, or whose reason for none, stands on a line."""
    return candidates(tables_of(name)).filter(line=line, build=build).row(0, named=True)


def test_the_winner_of_a_combination_need_not_be_in_the_engine() -> None:
    winner = at("trt861", 17)

    assert (winner["runner"], winner["tactic"]) == ("CudnnConvolution", "0x0000000000000005")
    assert (winner["tried"], winner["won"], winner["in_engine"]) == (True, True, False)


def test_the_engine_takes_the_winner_of_another_combination() -> None:
    taken, same_kernel_elsewhere = at("trt861", 29), at("trt861", 22)

    assert (taken["won"], taken["in_engine"], taken["margin"]) == (True, True, 0.0)
    assert same_kernel_elsewhere["kernel"] == taken["kernel"] == "ampere_scudnn_128x32_relu_small_nn_v1"
    assert (same_kernel_elsewhere["won"], same_kernel_elsewhere["in_engine"]) == (False, False)


def test_the_margin_is_the_time_over_that_of_the_winner_of_the_same_combination() -> None:
    assert at("trt861", 31)["margin"] == pytest.approx(0.908114 / 0.897748 - 1)
    assert at("trt861", 44)["margin"] == pytest.approx(0.328127 / 0.239807 - 1)


def test_a_skipped_tactic_was_not_tried_and_keeps_its_need_and_budget() -> None:
    skipped = at("trt861", 16)

    assert (skipped["status"], skipped["tried"], skipped["won"]) == ("skipped", False, False)
    assert (skipped["needed_bytes"], skipped["available_bytes"]) == (7527202816, 1073741824)
    assert skipped["time_ms"] is None
    assert skipped["margin"] is None


def test_a_failed_tactic_was_tried() -> None:
    failed = at("trt861", 46)

    assert (failed["status"], failed["tried"], failed["won"], failed["in_engine"]) == (
        "failed",
        True,
        False,
        False,
    )


def test_without_a_printed_winner_nothing_won_and_there_is_no_margin() -> None:
    cut = candidates(tables_of("trt861")).filter(pl.col("name") == "late/conv")

    assert len(cut) == 6
    assert cut["won"].any() is False
    assert cut["margin"].null_count() == 6


def test_where_the_engine_of_a_build_is_not_printed_nobody_knows_what_is_in_it() -> None:
    assert at("trt861", 128, build=2)["in_engine"] is None
    assert candidates(tables_of("trt5"))["in_engine"].null_count() == len(candidates(tables_of("trt5")))


def test_a_build_that_lost_has_nothing_in_the_engine() -> None:
    found = candidates(tables_of("trt10")).filter(build=1)

    assert len(found) > 0
    assert found["in_engine"].to_list() == [False] * len(found)


def test_a_repeated_combination_stands_with_the_candidates_of_its_origin() -> None:
    found = candidates(tables_of("trt10-profiles")).filter(pl.col("name") == "stem/conv 3x3 + stem/relu")
    first, second = (found.filter(build=build) for build in (1, 2))

    assert second["line"].to_list() == first["line"].to_list() == [13, 14, 15, 16, 21, 22, 27, 28]
    assert second["measured"].to_list() == first["combination"].to_list()
    assert second.filter(in_engine=True)["line"].to_list() == [27]


def test_an_implementation_without_rival_is_a_candidate_without_a_time() -> None:
    found = candidates(tables_of("tensorrt-rtx-1.7.1-mlp"))

    assert found.select("runner", "status", "tried", "won", "in_engine").rows() == [
        ("Myelin", "untimed", False, True, True)
    ]


@pytest.mark.parametrize("name", COMPOSED)
def test_each_measured_tactic_stands_once_under_its_own_combination(name: str) -> None:
    tables = tables_of(name)
    found = candidates(tables)
    own = found.filter(
        pl.col("measured").eq_missing(pl.col("combination")),
        pl.col("status").is_in(["timed", "skipped", "failed"]),
    )

    assert found.columns == list(COLUMNS)
    assert sorted(own["line"]) == sorted(tables["tactics"]["line"])


@pytest.mark.parametrize("name", COMPOSED + RECORDED)
def test_a_combination_has_at_most_one_winner_and_the_engine_at_most_one_of_its_candidates(name: str) -> None:
    found = candidates(tables_of(name)).filter(pl.col("combination").is_not_null())
    per = found.group_by("combination").agg(pl.col("won").sum(), pl.col("in_engine").sum())

    assert per["won"].max() in {None, 0, 1}
    assert per["in_engine"].max() in {None, 0, 1}


def test_layers_are_found_by_name_and_by_onnx_node() -> None:
    tables = tables_of("trt861")
    found = candidates(tables)

    assert matching(tables, found, re.compile("stem/relu")) == ["stem/conv 3x3 + stem/relu"]
    assert matching(tables, found, re.compile("^neck/gate$")) == [
        'PWN(PWN(neck/mul, neck/"q:1"), PWN((Unnamed Layer* 7) [ElementWise])) || neck/gate'
    ]


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (Wanted(runner="pointwisev2"), [43, 44, 45, 46, 51]),
        (Wanted(build=2), [120, 128, 129, 130, 131, 136, 138]),
        (Wanted(in_engine=True), [29, 45, 56]),
        (Wanted(family="gemm"), [72, 73]),
        (Wanted(layer=re.compile("dense"), in_engine=True), []),
    ],
)
def test_filters_keep_what_they_name(wanted: Wanted, lines: list[int]) -> None:
    tables = tables_of("trt861")

    assert select(candidates(tables), tables, wanted)["line"].to_list() == lines


@pytest.mark.parametrize(
    ("sort", "first"),
    [("line", 14), ("time", 73), ("margin", 31), ("layer", 17)],
)
def test_each_order_begins_where_it_says(sort: Sort, first: int) -> None:
    tables = tables_of("trt861")

    assert order(candidates(tables), sort, tables)["line"][0] == first


def test_layer_by_layer_the_builds_in_the_engine_come_first() -> None:
    tables = tables_of("trt10")

    assert order(candidates(tables), "layer", tables)["build"].unique(maintain_order=True).to_list() == [
        2,
        1,
        3,
    ]
