"""Where the facts of one side of a comparison come from: lines of its log, or what its page adds up."""

from __future__ import annotations

import polars as pl

from tacticlens.diff.model import BuildSummary
from tacticlens.report.contract import Place
from tacticlens.report.log_page import LogPage
from tacticlens.tables.table_set import TableSet

_OF_THE_RUN = {"TensorRT": "TensorRT", "GPU": "GPU", "precision": "options"}
"""Fact of a comparison -> fact of the engine's page that has its line."""


class FactSources:
    """Tells where the facts of one side come from.

    Args:
        log: place of the log in the page.
        engine: place of the engine in the log; -1 = it is not in the page.
        page: the page of the log.
        tables: its tables.
        side: the engine and build that are compared.
    """

    def __init__(self, log: int, engine: int, page: LogPage, tables: TableSet, side: BuildSummary) -> None:
        facts = page.log.engines[engine].facts if engine >= 0 else page.log.facts
        lines = {fact.label: fact.line for fact in facts if fact.line is not None}
        engine_at = engine if engine >= 0 else None
        self._log = log
        self._tables = tables
        self._places: dict[str, Place] = {
            name: self._at(lines[label]) for name, label in _OF_THE_RUN.items() if label in lines
        }
        view = Place(log=log, engine=engine_at)
        for name in ("layers", "layers tuned", "winners of combinations", "reformats"):
            self._places[name] = view
        facts_view = Place(log=log, engine=engine_at, view="facts")
        self._places |= dict.fromkeys(("build", "source"), facts_view)
        if engine >= 0 and side.time_ms is not None:
            self._places["time"] = self._places["sum of layers"] = Place(log=log, engine=engine, sum="all")
            self._places["GEMM"] = Place(log=log, engine=engine, sum="gemm")
            self._places["on Tensor Cores"] = Place(log=log, engine=engine, sum="tensor_core")
            self._places["Tensor Cores"] = self._places["on Tensor Cores"]
        self._measured("GPU compute", "GPU Compute Time", "median", side.gpu_compute_ms)
        self._measured("latency", "Latency", "median", side.latency_ms)
        self._places["building took"] = Place(log=log, engine=engine_at, view="build-time")
        self._measured("building took", "Engine built in", "value", side.build_s)
        self._memory("weights", "weights", side.weights_bytes)
        self._memory("activations", "activation", side.activation_bytes)
        self._memory("scratch", "scratch", side.scratch_bytes)

    def of(self, fact: str, value: str) -> Place | None:
        """Return where a fact comes from; None where it has no value."""
        return None if value == "–" else self._places.get(fact)

    def _at(self, line: int | None) -> Place:
        return Place(log=self._log, line=line)

    def _measured(self, fact: str, metric: str, statistic: str, value: float | None) -> None:
        if value is None:
            return
        rows = self._tables.performance.filter(
            pl.col("metric") == metric, pl.col("statistic") == statistic, pl.col("value") == value
        )
        if len(rows):
            self._places[fact] = self._at(rows["line"][-1])

    def _memory(self, fact: str, what: str, value: int | None) -> None:
        if value is None:
            return
        rows = self._tables.memory.filter(
            pl.col("layer").is_null(), pl.col("what") == what, pl.col("bytes") == value
        )
        if len(rows):
            self._places[fact] = self._at(rows["line"][-1])
