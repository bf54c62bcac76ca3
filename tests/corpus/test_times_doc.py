"""The sums of docs/how-times-relate.md, done again from the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tacticlens.analysis.check import check
from tacticlens.analysis.check_rules import Rules
from tacticlens.analysis.findings import findings
from tacticlens.analysis.time_relation import Reason, time_relation
from tacticlens.tables.table_set import TableSet

pytestmark = pytest.mark.corpus

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-times-relate.md").read_text(encoding="utf-8")
GRAPH = "trtexec-8.5.10-orin-mnist-best"
AVERAGES = "trtexec-8.2.3-a100-centerpoint-rpn"
UNTIMED = "python-8.4.1-gtx1070-transpose-mul-to-conv"

Tables = Callable[[str], TableSet]


def test_the_page_names_each_reason() -> None:
    assert [reason for reason in Reason.__args__ if f"`{reason}`" not in PAGE] == []  # type: ignore[attr-defined]


def test_a_cuda_graph(corpus_tables: Tables) -> None:
    tables = corpus_tables(f"{GRAPH}.log")
    relation = time_relation(tables, 1)
    inference = relation.inference

    assert tables.profile["median_ms"].to_list() == [0.0102, 0.0051, 0.011, 0.0052, 0.0079]
    assert relation.time.total_ms.low == pytest.approx(0.0394)
    assert inference is not None
    assert (inference.gpu_ms, inference.line, inference.cuda_graph) == (0.0179443, 24994, True)
    assert set(relation.reasons) == {"profiler", "cuda_graph"}
    assert "0.0394 / 0.0179443 = 2.196" in PAGE
    assert all(one.stake_ms <= 0.0179443 for one in findings(tables) if one.stake_ms is not None)
    states = [check(tables, Rules(min_gemm_share=least))[0].state for least in (0.6, 0.5)]
    assert states == ["broken", "undecided"]


def test_averages(corpus_tables: Tables) -> None:
    tables = corpus_tables(f"{AVERAGES}.log")
    relation = time_relation(tables, 1)
    outputs = tables.profile.filter(pl.col("name").str.contains("for Output Tensor"))

    assert relation.time.clock == "profile_average"
    assert relation.time.total_ms.low == pytest.approx(2.5803, abs=0.003)
    assert relation.inference is not None
    assert relation.inference.latency_ms == pytest.approx(1.37 + 2.35217 + 0.449219, abs=0.0005)
    assert len(outputs) == 36
    assert outputs["average_ms"].sum() == pytest.approx(0.2648)
    stakes = [one.stake_ms for one in findings(tables) if one.cause == "output" and one.code == "TL005"]
    assert stakes == [pytest.approx(0.2648 * 2.35217 / relation.time.total_ms.low)]


def test_a_layer_without_a_time(corpus_tables: Tables) -> None:
    relation = time_relation(corpus_tables(f"{UNTIMED}.log"), 1)
    time = relation.time

    assert time.total_ms.low == pytest.approx(0.389803 + 0.0107613 + 0.230229)
    assert time.total_ms.high == pytest.approx(0.389803 + 0.0107613 + 0.309248)
    assert time.gemm is not None
    assert time.reformat is not None
    assert (time.gemm.low, time.gemm.high) == (pytest.approx(0.549, abs=1e-3), pytest.approx(0.618, abs=1e-3))
    assert (time.reformat.low, time.reformat.high) == (
        pytest.approx(0.365, abs=1e-3),
        pytest.approx(0.436, abs=1e-3),
    )
    assert (relation.relation, relation.reasons) == ("unknown", ("isolated",))
