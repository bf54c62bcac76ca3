"""The sum of the layers against the time of an inference, and why they differ."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from small_tables import OFF, Row, ampere, layer, small

from tacticlens.analysis.time_relation import time_relation
from tacticlens.tables.shares import by_family, engines
from tacticlens.tables.table_set import TableSet
from tacticlens.views.time_relation import relation_text


def median(metric: str, ms: float, line: int = 1500) -> Row:
    return {"run": 1, "metric": metric, "statistic": "median", "value": ms, "unit": "ms", "line": line}


def option(key: str, value: str) -> Row:
    return {"run": 1, "key": key, "value": value, "line": 5}


def engine(source: str, *times: float | None, **more: list[Row]) -> TableSet:
    layers = [
        layer(at, f"conv{at}", "implicit_gemm", time, kernel=OFF, time_source=source if time else "none")
        for at, time in enumerate(times)
    ]
    return small({**ampere(), "lines": 2000, "bytes": 9, "outcome": "passed"}, engine_layers=layers, **more)


def test_a_profile_that_adds_up_to_more_than_a_cuda_graph_takes_says_both_reasons() -> None:
    tables = engine(
        "profile", 0.1, 0.041,
        performance=[median("GPU Compute Time", 0.0398)], options=[option("CUDA Graph", "Enabled")],
    )  # fmt: skip
    relation = time_relation(tables, 1)

    assert (relation.relation, relation.counts) == ("more", "gpu")
    assert relation.ratio is not None
    assert relation.ratio.high == pytest.approx(0.141 / 0.0398)
    assert {"profiler", "cuda_graph"} <= set(relation.reasons)
    assert relation_text(relation).endswith("The 0.0398 ms count.")


def test_without_a_graph_the_graph_is_no_reason() -> None:
    tables = engine(
        "profile", 0.1, 0.041,
        performance=[median("GPU Compute Time", 0.0398)], options=[option("CUDA Graph", "Disabled")],
    )  # fmt: skip

    assert "cuda_graph" not in time_relation(tables, 1).reasons


def test_tactics_that_add_up_to_less_while_launching_takes_as_long_leave_gaps() -> None:
    measured = [median("GPU Compute Time", 0.4), median("Enqueue Time", 0.35)]
    relation = time_relation(engine("tactic", 0.1, 0.1, performance=measured), 1)

    assert (relation.relation, relation.reasons) == ("less", ("isolated", "launch_gaps"))


def test_a_launch_that_is_short_leaves_no_gaps() -> None:
    measured = [median("GPU Compute Time", 0.4), median("Enqueue Time", 0.05)]

    assert time_relation(engine("tactic", 0.1, 0.1, performance=measured), 1).reasons == ("isolated",)


def test_sums_within_a_twentieth_agree_and_need_no_reason() -> None:
    relation = time_relation(engine("tactic", 0.1, 0.1, performance=[median("GPU Compute Time", 0.205)]), 1)

    assert (relation.relation, relation.reasons) == ("about", ())
    assert "about the 0.205 ms" in relation_text(relation)


def test_a_layer_without_a_time_leaves_the_relation_open() -> None:
    relation = time_relation(engine("tactic", 0.1, None, performance=[median("GPU Compute Time", 0.2)]), 1)

    assert (relation.relation, relation.ratio) == ("unknown", None)
    assert "1 layer without a time may take the rest" in relation_text(relation)


def test_without_a_measurement_the_layers_count_and_nothing_is_said() -> None:
    relation = time_relation(engine("tactic", 0.1), 1)

    assert (relation.relation, relation.counts, relation_text(relation)) == ("unknown", "layers", "")


@pytest.mark.parametrize(
    ("name", "relation", "low", "high", "reasons"),
    [
        ("trtexec-8.5.10-orin-mnist-best.log", "more", 2.19, 2.2, {"profiler", "cuda_graph"}),
        ("trtexec-8.2.3-a100-centerpoint-rpn.log", "more", 1.09, 1.1, {"profiler", "average"}),
        ("trtexec-8.5.3-rtx2060-centerpoint-rpn.log", "less", 0.88, 0.89, {"other_run"}),
        ("trtexec-8.4.1-gtx1070-mnist-fp16.log", "less", 0.8, 0.81, {"isolated"}),
    ],
)
def test_real_engines_have_the_relation_that_their_lines_give(
    corpus_tables: Callable[[str], TableSet],
    name: str,
    relation: str,
    low: float,
    high: float,
    reasons: set[str],
) -> None:
    found = time_relation(corpus_tables(name), 1)

    assert found.relation == relation
    assert found.ratio is not None
    assert low < found.ratio.low <= (found.ratio.high or 0) < high
    assert set(found.reasons) == reasons


@pytest.mark.parametrize(
    "name",
    [
        "trtexec-10.16.1-h100-mnist-level5.log",
        "trtexec-8.5.10-orin-mnist-best.log",
        "python-8.6.1-unknown-bert-a.log",
    ],
)
def test_rows_of_families_add_up_to_the_layers_and_times_of_the_engine(
    corpus_tables: Callable[[str], TableSet], name: str
) -> None:
    tables = corpus_tables(name)
    for number in engines(tables):
        layers = tables.engine_layers.filter(pl.col("engine").eq_missing(number))
        rows = by_family(tables, number)
        expected = layers.group_by("family").agg(pl.len(), pl.col("time_ms").sum()).sort("family")

        assert rows["layers"].sum() == len(layers)
        assert rows.sort("family")["layers"].to_list() == expected["len"].to_list()
        assert rows.sort("family")["time_ms"].to_list() == pytest.approx(expected["time_ms"].to_list())
