"""The tables of one log, each made on first access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import polars as pl

from tacticlens.assemble.assembler import Assembled
from tacticlens.assemble.columns import NULL, Columns
from tacticlens.assemble.messages import TACTIC_LEFT_OUT
from tacticlens.grammar.engine_layer import onnx_tags
from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.grammar.memo import Answers
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.ingest.source import SourceFacts
from tacticlens.tables.build_times import build_times
from tacticlens.tables.collector import without_collector
from tacticlens.tables.engine_join import match_engines
from tacticlens.tables.engine_layers import engine_layers_frame, engine_rows
from tacticlens.tables.engine_ops import engine_ops, judge_regions, with_op_kernels, with_op_times
from tacticlens.tables.families import families_by_number, with_layer_families
from tacticlens.tables.frames import TextSeries, conform, distinct_numbers, empty, frame, kept
from tacticlens.tables.measured import Measured
from tacticlens.tables.nested import list_of_structs, list_of_texts
from tacticlens.tables.op_choices import with_choices
from tacticlens.tables.profiles import with_profile
from tacticlens.tables.schema import COMPACT, SCHEMA_VERSION, TABLES, Type
from tacticlens.tables.table_set import TableSet

PORTION: Final = 1 << 16
"""Rows of a table that are written at a time."""
Types = Mapping[str, Mapping[str, Type]]
"""Table name -> column name -> type."""


class LogTables(TableSet):
    """The tables of a log, made from what the assembler filled."""

    def __init__(self, assembled: Assembled, facts: SourceFacts, answers: Answers) -> None:
        self._answers = answers  # parsed texts live as long as the tables
        self._assembled = assembled
        self._rows = assembled.rows
        self._facts = facts
        self._made: dict[str, pl.DataFrame] = {}

    @cached_property
    def _texts(self) -> TextSeries:
        return TextSeries(self._rows.texts.all())

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table by name; raises KeyError for a name that the schema does not have."""
        if name not in TABLES:
            raise KeyError(name)
        if name not in self._made:
            with without_collector():
                self._made |= {made: conform(data, made) for made, data in self._make(name).items()}
        return self._made[name]

    def _make(self, name: str) -> Mapping[str, pl.DataFrame]:
        """Return a table, and those that are made together with it."""
        if name in _ENGINE_TABLES:
            return self._engine_tables()
        maker = getattr(self, f"_make_{name}", None)
        return {name: self._kept(name) if maker is None else maker()}

    def _kept(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the rows of a table as they were read, or only some of the columns."""
        return frame(getattr(self._rows, name), TABLES[name], self._texts, columns)

    def portions(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield a table for writing; one that grows with the log has categories for texts and is never there whole."""
        if name not in COMPACT or name in self._made:
            yield self[name]
            return
        make, total = getattr(self, f"_make_{name}"), len(getattr(self._rows, name))
        spans = [(begin, begin + PORTION) for begin in range(0, max(total, 1), PORTION)]
        for span in spans if name in _LONG else [()]:
            with without_collector():
                rows = conform(make(COMPACT, *span), name, COMPACT)
            yield rows

    def _filled(self, name: str, columns: Sequence[str]) -> Columns | None:
        """Return the rows of a long table that was not made yet, if they hold all these columns as texts or numbers."""
        filled: Columns | None = getattr(self._rows, name) if name in _LONG else None
        if name in self._made or filled is None or not set(columns) <= set(filled.kinds):
            return None
        return None if name == "layers" and "onnx_nodes" in columns else filled

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table, without making the others of a long table."""
        filled = self._filled(name, columns)
        if filled is None:
            return self[name].select(columns)
        return self._kept(name, columns).select(columns)

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how many rows each combination of texts has, without making the table."""
        filled = self._filled(name, columns)
        if filled is None or any(filled.kinds[column] != "text" for column in columns):
            return super().count_by(name, columns)
        texts = self._texts
        counted = (
            pl.DataFrame([kept(filled, column) for column in columns]).group_by(columns).len().sort(columns)
        )
        return counted.with_columns(
            texts.column(counted[column], TABLES[name][column]).alias(column) for column in columns
        )

    def forget(self, name: str) -> None:
        """Free a table; the next access makes it again."""
        self._made.pop(name, None)

    # -- tables that need more than the rows as they were read ----------------------------------------

    def _make_log(self) -> pl.DataFrame:
        program, facts = self._assembled.facts, self._facts
        row = {
            "schema_version": SCHEMA_VERSION, "source": facts.name, "bytes": facts.bytes,
            "lines": self._assembled.lines, "sha256": facts.sha256, "producer": program.producer,
            "tensorrt_version": program.tensorrt_version, "gpu": program.gpu,
            "compute_capability": program.compute_capability, "command": program.command,
            "outcome": self._outcome(), "troubles": facts.troubles,
        }  # fmt: skip
        return pl.DataFrame([row], schema=TABLES["log"])

    def _outcome(self) -> str:
        outcome, builds = self._assembled.outcome, self._assembled.builds
        if outcome != "incomplete" or self._assembled.facts.statuses:
            return outcome
        # without trtexec's status lines the library's own lines decide: an error with no engine after it
        if builds and builds[-1].finished:
            return "passed"
        errors = self.messages.filter(
            pl.col("severity").is_in(["error", "internal_error"]),
            ~pl.col("kind").is_in(TACTIC_LEFT_OUT).fill_null(False),
        )
        after = max((build.last_line for build in builds if build.finished), default=0)
        return "failed" if len(errors.filter(pl.col("line") > after)) else "incomplete"

    def _make_layers(self) -> pl.DataFrame:
        data = self._kept("layers")
        nodes = [
            list(onnx_tags(tags)) if tags is not None else (list(onnx_nodes(name)) if name else None)
            for tags, name in zip(data["onnx_nodes"].to_list(), data["name"].to_list(), strict=True)
        ]
        return data.with_columns(list_of_texts(nodes).alias("onnx_nodes"))

    def _make_combinations(
        self, types: Types = TABLES, begin: int = 0, end: int | None = None
    ) -> pl.DataFrame:
        texts = self._rows.texts.all()
        # tensors of each distinct text, gathered by number: a join would copy the long table
        filled = self._rows.combinations
        distinct, places = distinct_numbers(kept(filled, "formats", begin, end))
        parsed = [parse_formats(texts[number]) if number >= 0 else None for number in distinct]
        schema = types["combinations"]
        sides = [
            list_of_structs([p and p[side] for p in parsed], schema[name]).gather(places).alias(name)
            for side, name in enumerate(("inputs", "outputs"))
        ]
        return frame(filled, schema, self._texts, begin=begin, end=end).with_columns(sides)

    def _make_tactics(self, types: Types = TABLES, begin: int = 0, end: int | None = None) -> pl.DataFrame:
        filled, schema = self._rows.tactics, types["tactics"]
        runners, kernels = (kept(filled, name, begin, end) for name in ("runner", "kernel"))
        families = families_by_number(runners, kernels, self._rows.texts.all(), schema)
        return frame(filled, schema, self._texts, begin=begin, end=end).hstack(families)

    def _make_op_tactics(self, types: Types = TABLES) -> pl.DataFrame:
        rows = self._rows
        if not len(rows.op_tactics) and not len(rows.op_choices):  # as in most logs
            return pl.DataFrame(schema=types["op_tactics"])
        return with_choices(
            *(self._of_ops(filled, types["op_tactics"]) for filled in (rows.op_tactics, rows.op_choices))
        )

    def _of_ops(self, filled: Columns, types: Mapping[str, Type]) -> pl.DataFrame:
        """Return rows of operations with their nodes, and the family of their kernels."""
        texts = self._rows.texts.all()
        distinct, places = distinct_numbers(kept(filled, "onnx_nodes"))
        nodes = list_of_texts([onnx_tags(texts[tags]) if tags >= 0 else None for tags in distinct])
        unknown = pl.repeat(NULL, len(filled), dtype=pl.Int32, eager=True)
        kernels = kept(filled, "kernel") if "kernel" in filled.kinds else unknown
        return (
            frame(filled, types, self._texts)
            .with_columns(nodes.cast(types["onnx_nodes"]).gather(places).alias("onnx_nodes"))
            .hstack(families_by_number(unknown, kernels, texts, types))
        )

    def _engine_tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables of the engines: printed layers, matched with what was tried, timed, classified."""
        matched = match_engines(engine_rows(self._assembled.engines), Measured(self._rows), self.options)
        choices = frame(matched.choices, TABLES["choices"], TextSeries(matched.choices.texts.all()))
        timed = with_profile(matched.rows, self.profile)
        del matched
        (op_tactics,) = self.portions("op_tactics")
        timed = with_op_times(with_op_kernels(timed, op_tactics), op_tactics)
        classified = with_layer_families(engine_layers_frame(timed))
        ops = conform(engine_ops(classified, op_tactics), "engine_ops")
        return {"engine_layers": judge_regions(classified, ops), "engine_ops": ops, "choices": choices}

    def _make_timing_cache(self) -> pl.DataFrame:
        data = self._kept("timing_cache")
        # the state of the cache is printed before the line that begins the build
        passes = self.builds.select(pl.col("build").alias("_build"), "first_line", "last_line").sort(
            "first_line"
        )
        at = data.join_asof(passes, left_on="line", right_on="first_line", check_sortedness=False)
        inside = pl.when(pl.col("line") <= pl.col("last_line")).then("_build")
        return at.with_columns(pl.coalesce("build", inside).alias("build"))

    def _make_build_times(self) -> pl.DataFrame:
        return build_times(self)

    def _make_joined(self) -> pl.DataFrame:
        return empty("joined")  # this log was read without files beside it

    def _make_ledger(self) -> pl.DataFrame:
        return pl.DataFrame(self._assembled.ledger.rows(), schema=TABLES["ledger"])

    def _make_unread(self) -> pl.DataFrame:
        return pl.DataFrame(self._assembled.ledger.unread_rows(), schema=TABLES["unread"])


_LONG: Final = frozenset({"tactics", "combinations", "runners", "layers"})
"""Tables of which some columns can be had without the others."""
_ENGINE_TABLES: Final = frozenset({"engine_layers", "engine_ops", "choices"})
"""Tables that are made together."""
