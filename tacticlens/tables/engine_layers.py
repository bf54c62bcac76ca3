"""Printed lists of engine layers -> one row per layer of each engine.

The builder prints an engine short or detailed, ``--dumpLayerInfo`` prints it again: the lists of one
engine are merged by layer name. A short list is a fused region's one line; a detailed one may open it
into its kernels: both facts are kept, the region's line where only it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tacticlens.assemble.builds import Build
from tacticlens.assemble.engine import PrintedLayer, PrintedList
from tacticlens.assemble.state import tactic_id
from tacticlens.grammar.engine_layer import EngineTensor, parse_detail, parse_tensors
from tacticlens.grammar.layer_name import onnx_nodes, split_profile, without_profile
from tacticlens.tables.nested import column, shared_column
from tacticlens.tables.schema import TABLES


@dataclass
class _Row:
    """One engine layer, merged from the forms in which it was printed."""

    name: str
    profile: int | None
    line: int
    layer_type: str | None = None
    tactic: str | None = None
    kernel: str | None = None
    inputs: tuple[EngineTensor, ...] = ()
    outputs: tuple[EngineTensor, ...] = ()
    nodes: tuple[str, ...] | None = None

    def take(self, layer: PrintedLayer) -> None:
        """Add what another form of the same layer says."""
        self.layer_type = self.layer_type or layer.layer_type
        self.tactic = self.tactic or layer.tactic
        if layer.tensors is not None:
            sides = parse_tensors(layer.tensors)
            if sides is not None and not (self.inputs or self.outputs):
                self.inputs, self.outputs = sides
        detail = parse_detail(layer.detail) if layer.detail is not None else None
        if detail is not None:
            self.kernel = self.kernel or detail.kernel
            self.tactic = self.tactic or (tactic_id(detail.tactic) if detail.tactic else None)
            if "Metadata" in detail.fields:  # empty too: a kernel of no node
                self.nodes = self.nodes or detail.onnx_nodes
            if (not self.inputs and not self.outputs) or any(
                t.format for t in (*detail.inputs, *detail.outputs)
            ):
                self.inputs, self.outputs = detail.inputs, detail.outputs


@dataclass
class _Engine:
    """The rows of one engine and the builds it may be made of."""

    builds: list[Build]
    number: int | None
    line: int
    detailed: bool
    rows: list[_Row] = field(default_factory=list)


def _rows(printed: PrintedList) -> list[_Row]:
    rows = []
    for layer in printed.layers:
        name, profile = split_profile(layer.name)
        row = _Row(name, profile, layer.line)
        if profile is None and layer.detail is not None:
            profile_in_tensors = split_profile(layer.detail.split("TacticName", 1)[0])[1]
            row.profile = profile_in_tensors
        row.take(layer)
        rows.append(row)
    return rows


def _same_engine(engine: _Engine, printed: PrintedList) -> bool:
    """Tell whether a list prints an engine again: the same builds, and mostly the same names."""
    if engine.number != printed.engine or [b.build for b in engine.builds] != [
        b.build for b in printed.builds
    ]:
        return False
    if not engine.builds and printed.line - engine.line > 100_000:
        return False
    names = {row.name for row in engine.rows}
    again = [without_profile(layer.name) for layer in printed.layers]
    return bool(again) and (sum(name in names for name in again) * 2 >= min(len(again), len(names)))


def merge(lists: Sequence[PrintedList]) -> list[_Engine]:
    """Merge the printed lists into engines."""
    engines: list[_Engine] = []
    for printed in lists:
        if not printed.layers:
            continue
        last = engines[-1] if engines else None
        if last is None or not _same_engine(last, printed):
            engines.append(
                _Engine(printed.builds, printed.engine, printed.line, printed.detailed, _rows(printed))
            )
            continue
        waiting: dict[str, list[_Row]] = {}
        for row in last.rows:
            waiting.setdefault(row.name, []).append(row)
        extra: list[_Row] = []
        again: set[int] = set()
        for layer, row in zip(printed.layers, _rows(printed), strict=True):
            known = waiting.get(row.name)
            if known:
                again.add(id(known[0]))
                known.pop(0).take(layer)
            else:
                extra.append(row)
        if extra and printed.detailed and not last.detailed:
            # the detailed form opens fused regions into kernels: they stand in place of the region's line
            region = [row for row in last.rows if row.layer_type == "Myelin" or "{ForeignNode[" in row.name]
            opened = {id(row) for row in region} - again
            last.rows = [row for row in last.rows if id(row) not in opened]
            last.rows.extend(extra)
        elif extra and not last.detailed:
            last.rows.extend(extra)
    return engines


def _build_of(engine: _Engine, profile: int | None) -> int | None:
    """Return the build of a layer: that of its optimization profile."""
    if not engine.builds:
        return None
    if len(engine.builds) == 1:
        return engine.builds[0].build
    return next((b.build for b in engine.builds if b.profile == (profile or 0)), engine.builds[0].build)


def _fill_profiles(rows: list[_Row]) -> None:
    """Give kernels of a fused region the profile that another kernel of the same region shows."""
    by_region: dict[str, int] = {}
    for row in rows:
        region = _region(row.name)
        if region and row.profile is not None:
            by_region[region] = row.profile
    for row in rows:
        if row.profile is None:
            row.profile = by_region.get(_region(row.name) or "")


def _region(name: str) -> str | None:
    at = name.rfind("_myl")
    return name[at + 1 :].split("_", 1)[0] if at >= 0 else None


def engine_layer_rows(lists: Sequence[PrintedList]) -> list[dict[str, Any]]:
    """Return the engine layers as printed; what was measured for them is joined by `EngineJoin`."""
    rows: list[dict[str, Any]] = []
    for engine in merge(lists):
        _fill_profiles(engine.rows)
        number = engine.number
        for position, row in enumerate(engine.rows, 1):
            rows.append({
                "engine": number, "build": _build_of(engine, row.profile), "position": position, "name": row.name,
                "layer_type": row.layer_type, "tactic": row.tactic, "kernel": row.kernel,
                "kernel_source": "layer_info" if row.kernel else "none", "time_ms": None, "time_source": "none",
                "combination": None, "inputs": row.inputs, "outputs": row.outputs,
                "onnx_nodes": list(onnx_nodes(row.name) if row.nodes is None else row.nodes), "line": row.line,
            })  # fmt: skip
    return rows


def engine_layers_frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return the rows as a frame of the schema."""
    columns = {name: [row.get(name) for row in rows] for name in TABLES["engine_layers"]}
    return pl.DataFrame({
        name: (shared_column if name in {"inputs", "outputs"} else column)(columns[name], dtype)
        for name, dtype in TABLES["engine_layers"].items()
    }).with_columns(
        pl.coalesce("time_ms", "low_ms").alias("low_ms"), pl.coalesce("time_ms", "high_ms").alias("high_ms")
    )  # fmt: skip
