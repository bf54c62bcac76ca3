"""Tables of a log and the files beside it -> tables in which the files fill what the log lacks.

A file never overwrites what the log says: where both say something, it agrees or it disagrees. Times have ranks: a
profile stands above what a tactic took when it was measured alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.join.filling import JoinedValue
from tacticlens.join.kernels import fill_kernels
from tacticlens.join.layers import fill_layers, fill_nodes
from tacticlens.join.model import SideFile
from tacticlens.join.times import fill_profile, performance_table, profile_table
from tacticlens.tables.engine_layers import engine_layers_frame
from tacticlens.tables.engine_ops import judge_regions
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.families import with_layer_families
from tacticlens.tables.frames import conform
from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet

_FILL = {"layers": fill_layers, "onnx": fill_nodes, "profile": fill_profile, "nsys": fill_kernels}
"""What a file of each kind does to the rows of the engine; measured times of the whole engine do nothing to them."""
_ORDER = ("layers", "onnx", "profile", "times", "nsys")


class JoinedTables(TableSet):
    """The tables of a log, some of them filled up from files."""

    def __init__(self, base: TableSet, filled: dict[str, pl.DataFrame]) -> None:
        self._base = base
        self._filled = filled

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._filled[name] if name in self._filled else self._base[name]

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table."""
        return super().slim(name, columns) if name in self._filled else self._base.slim(name, columns)

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how often each combination of values stands in a table."""
        return super().count_by(name, columns) if name in self._filled else self._base.count_by(name, columns)

    def forget(self, name: str) -> None:
        """Let go of a table that will not be asked for again; what files filled stays."""
        if name not in self._filled:
            self._base.forget(name)


def join(tables: TableSet, files: Sequence[SideFile]) -> TableSet:
    """Return the tables with what the files add.

    ``engine_layers``, ``profile`` and ``performance`` may have more values and rows, ``joined`` says of each value
    which file it is from, and where log and file disagree.
    """
    if not files:
        return tables
    layers = tables.engine_layers
    names = {layer.name for file in files for layer in file.layers} | {
        r.name for f in files for r in f.profile
    }
    engine = _engine_of(layers, names)
    every = [_row(row) for row in layers.select(EngineRow._fields).iter_rows(named=True)]
    places = [place for place, row in enumerate(every) if row.engine == engine]
    rows = [every[place] for place in places]
    joined: list[JoinedValue] = []
    filled: dict[str, pl.DataFrame] = {}
    for file in sorted(files, key=lambda file: _ORDER.index(file.kind)):
        if file.kind in _FILL:
            rows, values = _FILL[file.kind](rows, file)
            joined += values
        if file.kind == "profile":
            filled["profile"] = profile_table(filled.get("profile", tables.profile), file, tables)
        elif file.kind == "times":
            there = filled.get("performance", tables.performance)
            filled["performance"], values = performance_table(there, file, tables)
            joined += values
    for place, row in zip(places, rows, strict=False):
        every[place] = row
    frame = with_layer_families(engine_layers_frame([*every, *rows[len(places) :]]))
    filled["engine_layers"] = conform(judge_regions(frame, tables.engine_ops), "engine_layers")
    filled["joined"] = pl.DataFrame(joined, schema=TABLES["joined"], orient="row")
    return JoinedTables(tables, filled)


def _row(row: dict[str, Any]) -> EngineRow:
    """Return a row of the table as the stages that made it had it."""
    sides = {
        side: tuple(EngineTensor(t["name"], t["dtype"], tuple(t["dims"]), t["format"]) for t in row[side])
        for side in ("inputs", "outputs")
    }
    return EngineRow(**{**row, **sides, "onnx_nodes": tuple(row["onnx_nodes"] or ())})


def _engine_of(layers: pl.DataFrame, names: set[str]) -> int | None:
    """Return the engine that has most of the names; the last one of several."""
    counts: dict[int | None, int] = {}
    for engine, name in layers.select("engine", "name").iter_rows():
        counts[engine] = counts.get(engine, 0) + (name in names)
    best = max(counts.values(), default=0)
    return next((engine for engine in reversed(counts) if counts[engine] == best), None)
