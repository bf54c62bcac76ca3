"""What an engine was built with: version, GPU, options and latency of the run that it belongs to."""

from __future__ import annotations

from typing import Any

import polars as pl

from tacticlens.analysis.options import settings
from tacticlens.report.contract import Fact
from tacticlens.tables.runs import Environment, environment_at
from tacticlens.tables.table_set import TableSet
from tacticlens.views.run_words import settings_text
from tacticlens.words import milliseconds, plain, rate_number, seconds, size

_MEASURED = {
    "Throughput": "throughput",
    "GPU Compute Time": "GPU compute, median",
    "Latency": "latency, median",
}
_KEYS = {"TensorRT version": "version", "Selected Device": "gpu", "Compute Capability": "capability"}


class Facts:
    """Facts of the runs of one log.

    Args:
        tables: the tables.
        text: the log itself, to find the lines of what no table has a line of; None if it cannot be read again.
    """

    def __init__(self, tables: TableSet, text: bytes | None) -> None:
        self._tables = tables
        self._text = text
        self._known: dict[tuple[int | None, int | None], list[Fact]] = {}
        self._reached = 0, -1

    def at(self, line: int | None, measured: int | None = None) -> list[Fact]:
        """Return the facts of the run to which a line belongs.

        Args:
            line: the line; None = facts of the log.
            measured: the run that measured the engine; None = the one to which the line belongs.
        """
        env = environment_at(self._tables, line)
        key = env.run, env.run if measured is None else measured
        if key not in self._known:
            self._known[key] = self._facts(env, key[1])
        return self._known[key]

    def _facts(self, env: Environment, measured: int | None) -> list[Fact]:
        log = self._tables.log.row(0, named=True)
        run = self._run(env.run)
        begin = run["line"] if run else None
        option_lines = self._option_lines(env.run)
        several = len(self._tables.runs) > 1
        version, gpu, capability = env.tensorrt_version, env.gpu, env.compute_capability
        known = [
            (
                "TensorRT",
                version,
                option_lines.get("version") or begin or self.first_line(b"TensorRT", version),
            ),
            ("GPU", gpu, option_lines.get("gpu") or self.first_line(gpu)),
            ("compute capability", capability, option_lines.get("capability")),
            (
                "producer",
                run["program"] if run else None if len(self._tables.runs) else log["producer"],
                begin,
            ),
            (
                "outcome",
                run["outcome"] if run and several else log["outcome"],
                run["last_line"] if run else None,
            ),
        ]
        facts = [Fact(label=label, value=plain(str(value)), line=at) for label, value, at in known if value]
        if several:
            name = (
                f"{env.run} of {len(self._tables.runs)}"
                if run
                else f"outside the {len(self._tables.runs)} runs in this log"
            )
            facts.insert(0, Fact(label="run", value=name, line=begin))
        return [*facts, *self._options(env.run, begin), *self._measured(measured), *self._whole(log)]

    def _run(self, number: int | None) -> dict[str, Any] | None:
        rows = self._tables.runs.filter(pl.col("run").eq_missing(number)).rows(named=True)
        return rows[0] if rows else None

    def _own(self, frame: pl.DataFrame, run: int | None) -> pl.DataFrame:
        """Return the rows that belong to a run; all of them in a log without runs."""
        return frame if self._tables.runs.is_empty() else frame.filter(pl.col("run").eq_missing(run))

    def _option_lines(self, run: int | None) -> dict[str, int]:
        rows = self._own(self._tables.options, run).filter(pl.col("key").is_in(list(_KEYS)))
        return {_KEYS[key]: line for key, line in rows.select("key", "line").iter_rows()}

    def first_line(self, *words: bytes | str | None, after: int = 0) -> int | None:
        """Return the first line of the log that has all words; `after`: the line below which to look."""
        wanted = [word.encode() if isinstance(word, str) else word for word in words if word]
        if self._text is None or len(wanted) < len(words):
            return None
        at = self._end_of(after)
        while (at := self._text.find(wanted[-1], at + 1)) >= 0:
            begin, end = self._text.rfind(b"\n", 0, at) + 1, self._text.find(b"\n", at)
            if all(word in self._text[begin : end if end >= 0 else None] for word in wanted):
                return self._text.count(b"\n", 0, begin) + 1
        return None

    def _end_of(self, line: int) -> int:
        """Return where a line ends, -1 for line 0; quick for lines that ascend."""
        known, at = self._reached if self._reached[0] <= line else (0, -1)
        while self._text is not None and known < line:
            end = self._text.find(b"\n", at + 1)
            known, at = (known + 1, end) if end >= 0 else (line, len(self._text))
        self._reached = line, at
        return at

    def _options(self, run: int | None, begin: int | None) -> list[Fact]:
        if run is None and len(self._tables.runs):
            return []
        options = settings_text(settings(self._tables, run), wide=True)
        if not options:
            return []
        lines = self._own(self._tables.options, run).filter(pl.col("section") == "Build Options")["line"]
        line = lines[0] if len(lines) else begin
        return [Fact(label="options", value=options.removeprefix("Options: "), line=line, view="facts")]

    def _measured(self, run: int | None) -> list[Fact]:
        rows = self._own(self._tables.performance, run).filter(pl.col("statistic").is_in(["value", "median"]))
        latest = {row["metric"]: row for row in rows.iter_rows(named=True)}
        found = []
        for metric, label in _MEASURED.items():
            row = latest.get(metric)
            if row is not None and row["value"] is not None:
                value = (
                    f"{rate_number(row['value'])} qps"
                    if metric == "Throughput"
                    else milliseconds(row["value"])
                )
                found.append(Fact(label=label, value=value, line=row["line"]))
        return found

    def _whole(self, log: dict[str, Any]) -> list[Fact]:
        """Return what is known of the log as a whole."""
        lines = Fact(label="lines", value=f"{log['lines']:,} ({size(log['bytes'])})", view="facts")
        times = self._tables.build_times
        if times.is_empty():
            return [lines]
        spent = seconds(float(times["seconds"].sum()))
        several = "built in" if len(self._tables.builds) < 2 else "all builds took"
        return [Fact(label=several, value=spent, view="build-time"), lines]
