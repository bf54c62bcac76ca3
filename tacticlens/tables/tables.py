"""The tables of one log that was read, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl

from tacticlens.assemble.assembler import Assembled
from tacticlens.assemble.columns import Columns
from tacticlens.grammar.engine_layer import onnx_tags
from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.ingest.source import SourceFacts
from tacticlens.tables.build_times import build_times
from tacticlens.tables.collector import without_collector
from tacticlens.tables.engine_join import EngineJoin
from tacticlens.tables.engine_layers import engine_layer_rows, engine_layers_frame
from tacticlens.tables.engine_ops import engine_ops, judge_regions, take_op_tables, take_op_times
from tacticlens.tables.families import families_by_number, with_families, with_layer_families
from tacticlens.tables.frames import conform, distinct_numbers, empty, frame, texts_series
from tacticlens.tables.measured import Measured
from tacticlens.tables.nested import list_of_structs, list_of_texts
from tacticlens.tables.op_choices import with_choices
from tacticlens.tables.profiles import take_profile
from tacticlens.tables.schema import SCHEMA_VERSION, TABLES
from tacticlens.tables.table_set import TableSet


class LogTables(TableSet):
    """The tables of a log, made from what the assembler filled."""

    def __init__(self, assembled: Assembled, facts: SourceFacts) -> None:
        self._assembled = assembled
        self._facts = facts
        self._made: dict[str, pl.DataFrame] = {}

    @cached_property
    def _texts(self) -> pl.Series:
        return texts_series(self._assembled.state.texts.all())

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table by name; raises KeyError for a name that the schema does not have."""
        if name not in TABLES:
            raise KeyError(name)
        table = self._made.get(name)
        if table is None:
            with without_collector():
                table = self._made[name] = conform(getattr(self, f"_make_{name}")(), name)
        return table

    def _filled(self, name: str, columns: Sequence[str]) -> Columns | None:
        """Return the filled columns of a long table that was not made yet, if they are all it takes."""
        state = self._assembled.state
        long = {"tactics": state.tactics, "combinations": state.combinations, "layers": state.layers}
        filled = long.get(name)
        if name in self._made or filled is None or not set(columns) <= set(filled.kinds):
            return None
        return None if name == "layers" and "onnx_nodes" in columns else filled

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table; of a long table that was not made yet only these are made."""
        filled = self._filled(name, columns)
        if filled is None:
            return self[name].select(columns)
        types = TABLES[name]
        return frame(filled, self._texts, columns).select(
            pl.col(column).cast(types[column]) for column in columns
        )

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how often each combination of texts stands in a table, counted without making its rows."""
        filled = self._filled(name, columns)
        if filled is None or any(filled.kinds[column] != "text" for column in columns):
            return super().count_by(name, columns)
        texts = [None, *self._assembled.state.texts.all()]
        codes = np.stack([filled.column(column) for column in columns], axis=1)
        values, counts = np.unique(codes, axis=0, return_counts=True)
        data = {
            column: pl.Series([texts[code + 1] for code in values[:, at].tolist()], dtype=pl.String)
            for at, column in enumerate(columns)
        }
        return pl.DataFrame({**data, "len": pl.Series(counts.tolist(), dtype=pl.UInt32)})

    def forget(self, name: str) -> None:
        """Let go of a table that will not be asked for again."""
        self._made.pop(name, None)

    def _make_log(self) -> pl.DataFrame:
        """One row: what the log is."""
        program, facts = self._assembled.program, self._facts
        row = {
            "schema_version": SCHEMA_VERSION, "source": facts.name, "bytes": facts.bytes,
            "lines": self._assembled.lines, "sha256": facts.sha256, "producer": program.facts.producer,
            "tensorrt_version": program.facts.tensorrt_version, "gpu": program.facts.gpu,
            "compute_capability": program.facts.compute_capability, "command": program.facts.command,
            "outcome": self._outcome(), "troubles": facts.troubles,
        }  # fmt: skip
        return pl.DataFrame([row], schema=TABLES["log"])

    def _outcome(self) -> str:
        said = self._assembled.program.outcome()
        if said != "incomplete" or self._assembled.program.facts.statuses:
            return said
        # without trtexec's status lines the library's own lines decide: an error with no engine after it
        builds = self._assembled.builds.builds.all
        if builds and builds[-1].finished:
            return "passed"
        errors = self.messages.filter(pl.col("severity").is_in(["error", "internal_error"]))
        after = max((build.last_line for build in builds if build.finished), default=0)
        return "failed" if len(errors.filter(pl.col("line") > after)) else "incomplete"

    def _make_builds(self) -> pl.DataFrame:
        """One row per pass of the builder."""
        return frame(self._assembled.state.builds, self._texts)

    def _make_layers(self) -> pl.DataFrame:
        """One row per layer that was costed."""
        data = frame(self._assembled.state.layers, self._texts)
        nodes = [
            list(onnx_tags(tags)) if tags is not None else (list(onnx_nodes(name)) if name else None)
            for tags, name in zip(data["onnx_nodes"].to_list(), data["name"].to_list(), strict=True)
        ]
        return data.with_columns(list_of_texts(nodes).alias("onnx_nodes"))

    def _make_combinations(self) -> pl.DataFrame:
        """One row per format combination and reformat, with its winner."""
        filled, texts = self._assembled.state.combinations, self._assembled.state.texts.all()
        # each text is parsed once, and its tensors are gathered by number: a join would copy the long table
        distinct, places = distinct_numbers(filled.column("formats"))
        parsed = [parse_formats(texts[number]) if number >= 0 else None for number in distinct.tolist()]
        rows = pl.Series(values=places)
        schema = TABLES["combinations"]
        sides = [
            list_of_structs([p and p[side] for p in parsed], schema[name]).gather(rows).alias(name)
            for side, name in enumerate(("inputs", "outputs"))
        ]
        return frame(filled, self._texts).with_columns(sides)

    def _make_runners(self) -> pl.DataFrame:
        """One row per runner tried on a combination."""
        return frame(self._assembled.state.runners, self._texts)

    def _make_tactics(self) -> pl.DataFrame:
        """One row per candidate."""
        filled, texts = self._assembled.state.tactics, self._assembled.state.texts.all()
        families = families_by_number(filled.column("runner"), filled.column("kernel"), texts)
        return frame(filled, self._texts).hstack(families)

    def _make_op_tactics(self) -> pl.DataFrame:
        """One row per row of a Myelin table."""
        state = self._assembled.state
        data = with_choices(frame(state.op_tactics, self._texts), frame(state.op_choices, self._texts))
        tags = data["onnx_nodes"].unique(maintain_order=True).drop_nulls()
        nodes = pl.DataFrame({
            "onnx_nodes": tags,
            "_nodes": pl.Series([list(onnx_tags(text)) for text in tags], dtype=pl.List(pl.String)),
        })  # fmt: skip
        joined = data.join(nodes, on="onnx_nodes", how="left", maintain_order="left")
        renamed = joined.drop("onnx_nodes").rename({"_nodes": "onnx_nodes"})
        return with_families(renamed, runner=None)

    def _make_reformats(self) -> pl.DataFrame:
        """One row per reformat layer that the builder added to the network."""
        return frame(self._assembled.state.reformats, self._texts)

    def _make_engine_layers(self) -> pl.DataFrame:
        """One row per layer of the finished engines, with its kernel and time."""
        rows = engine_layer_rows(self._assembled.engine.lists)
        join = EngineJoin(Measured(self._assembled.state), self.reformats, self.options, rows)
        choices = pl.DataFrame(join.join(), schema=TABLES["choices"])
        self._made.setdefault("choices", conform(choices, "choices"))
        take_profile(rows, self.profile)
        take_op_tables(rows, self.op_tactics)
        take_op_times(rows, self.op_tactics)
        data = with_layer_families(engine_layers_frame(rows))
        ops = engine_ops(data, self.op_tactics)
        self._made.setdefault(
            "engine_ops", conform(ops, "engine_ops")
        )  # few rows that took all the layers to find
        return judge_regions(data, ops)

    def _make_choices(self) -> pl.DataFrame:
        """One row per format combination that an engine layer may have by its tactic."""
        _ = self.engine_layers  # the choices are made with the layers
        return self._made["choices"]

    def _make_engine_ops(self) -> pl.DataFrame:
        """One row per operation of a fused region in the engine: the fastest row of its table."""
        return engine_ops(self.engine_layers, self.op_tactics)

    def _make_options(self) -> pl.DataFrame:
        """trtexec's echo of its options, and the device block."""
        return frame(self._assembled.state.options, self._texts)

    def _make_performance(self) -> pl.DataFrame:
        """trtexec's measurements of the engine."""
        return frame(self._assembled.state.performance, self._texts)

    def _make_profile(self) -> pl.DataFrame:
        """Rows of ``--dumpProfile``."""
        return frame(self._assembled.state.profile, self._texts)

    def _make_memory(self) -> pl.DataFrame:
        """Memory that the builder prints, in bytes."""
        return frame(self._assembled.state.memory, self._texts)

    def _make_timing_cache(self) -> pl.DataFrame:
        """What was said about the timing cache."""
        data = frame(self._assembled.state.timing_cache, self._texts)
        # the state of the cache is said before the line that begins the pass's profile
        passes = self.builds.select(pl.col("build").alias("_build"), "first_line", "last_line").sort(
            "first_line"
        )
        at = data.with_columns(pl.col("line").cast(pl.Int64)).join_asof(
            passes, left_on="line", right_on="first_line", check_sortedness=False
        )
        inside = pl.when(pl.col("line") <= pl.col("last_line")).then("_build")
        return at.with_columns(pl.coalesce(pl.col("build").cast(pl.Int64), inside).alias("build"))

    def _make_build_times(self) -> pl.DataFrame:
        """Where the seconds of the builds went; the rows add up."""
        return build_times(self)

    def _make_joined(self) -> pl.DataFrame:
        """Nothing: this log was read without files beside it."""
        return empty("joined")

    def _make_messages(self) -> pl.DataFrame:
        """Warnings and errors."""
        return frame(self._assembled.state.messages, self._texts)

    def _make_ledger(self) -> pl.DataFrame:
        """Every line of the log, counted once."""
        return pl.DataFrame(self._assembled.ledger.rows(), schema=TABLES["ledger"], orient="row")

    def _make_unread(self) -> pl.DataFrame:
        """One row per shape of line that no rule reads, most lines first."""
        shapes = [
            (seen.line, seen.origin, count, seen.text)
            for count, seen in self._assembled.ledger.shapes.values()
        ]
        ordered = sorted(shapes, key=lambda shape: (-shape[2], shape[0]))
        return pl.DataFrame(ordered, schema=TABLES["unread"], orient="row")
