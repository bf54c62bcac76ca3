"""A log -> pins: the choices that it made itself, or another tactic that it evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from re import Pattern
from typing import Any

import polars as pl

from tacticlens.errors import UsageError
from tacticlens.errors import pinning as refusals
from tacticlens.pin.choices import Conflict, KeyedOp, choices, keyed_ops
from tacticlens.pin.model import Pin, Pins
from tacticlens.pin.notes import (
    FastestTaken,
    FleetAgrees,
    KeysOfLayers,
    KeysWithoutTimes,
    LostPass,
    Note,
    TablesWithoutKeys,
)
from tacticlens.tables.table_set import TableSet


@dataclass(frozen=True)
class Planned:
    """A pin and the table that it comes from.

    Attributes:
        chosen: what the log itself took, also where another tactic is pinned.
    """

    pin: Pin
    table: KeyedOp

    @property
    def chosen(self) -> str | None:
        """The tactic that the log itself took."""
        return self.table.chosen.tactic_hash if self.table.chosen else None


@dataclass(frozen=True)
class Plan:
    """Pins, and what a reader must know about them.

    Attributes:
        pins: what goes into the file.
        planned: the same, each with its table.
        notes: what a reader must know about them.
    """

    pins: Pins
    planned: tuple[Planned, ...]
    notes: tuple[Note, ...]


def plan(
    log: Any, *, layer: Pattern[str] | None = None, tactic: str | None = None, build: int | None = None,
    usual: Mapping[str, str] | None = None,
) -> Plan:  # fmt: skip
    """Return the pins that keep what a log chose.

    Args:
        log: a log that was read, or its tables.
        layer: only operations in whose name or ONNX nodes this is found; if there are none, in whose layer.
        tactic: pin this evaluated tactic instead of the chosen one; any spelling of the number.
        build: only what was tuned in this build.
        usual: key -> the tactic that other logs mostly took; pinned where this log evaluated it.

    Raises:
        UsageError: the log has no keys, nothing matches, or the tactic was not evaluated.
    """
    tables: TableSet = getattr(log, "tables", log)
    info = tables["log"].row(0, named=True)
    ops = keyed_ops(tables, build)
    if not ops:
        raise _no_keys(tables, info["source"], build)
    decided, conflicts = choices(ops)
    wanted = _matching(list(decided.values()), layer)
    if not wanted:
        raise _no_match(info["source"], list(decided.values()), layer)
    chosen = None if tactic is None else spelled(tactic)
    planned = tuple(
        Planned(_pin(op, chosen or _evaluated(op, (usual or {}).get(op.key))), op)
        for op in sorted(wanted, key=lambda op: op.rows[0].line)
    )
    keys = {op.key for op in wanted}
    notes: list[Note | Conflict] = [conflict for conflict in conflicts if conflict.taken.key in keys]
    notes += _notes(ops, wanted)
    if usual is not None:
        notes.append(_agreement(planned, usual))
    if layer is None:
        notes += _left_out(tables)
    pins = Pins(
        schema_version=1,
        source=PurePath(info["source"]).name,
        tensorrt_version=info["tensorrt_version"],
        gpu=info["gpu"],
        pins=[one.pin for one in planned],
    )
    return Plan(pins, planned, tuple(notes))


def spelled(tactic: str) -> str:
    """Return a tactic hash as 0x%016x.

    Raises:
        UsageError: it is none.
    """
    try:
        value = int(tactic, 16) if "x" in tactic.lower() else int(tactic)
    except ValueError:
        value = -(2**64)
    if not -(2**63) <= value < 2**64:
        raise refusals.no_tactic_hash(tactic)
    return f"0x{value & 0xFFFFFFFFFFFFFFFF:016x}"


def _matching(ops: list[KeyedOp], pattern: Pattern[str] | None) -> list[KeyedOp]:
    """Return the operations that a pattern means.

    The name of a fused region repeats names of its nodes: it is looked at only where no operation matches.
    """
    if pattern is None:
        return ops
    named = [op for op in ops if any(pattern.search(name) for name in (op.op or "", *op.onnx_nodes))]
    return named or [op for op in ops if pattern.search(op.layer or "")]


def _evaluated(op: KeyedOp, tactic: str | None) -> str | None:
    """Return a tactic if it was evaluated and timed for an operation."""
    row = op.row(tactic) if tactic is not None else None
    return row.tactic_hash if row is not None and row.time_ms is not None else None


def _agreement(planned: Sequence[Planned], usual: Mapping[str, str]) -> FleetAgrees:
    known = [one for one in planned if one.pin.key in usual]
    other = sum(one.pin.tactic_hash != one.chosen for one in known)
    return FleetAgrees(len(known), len(planned), other)


def _pin(op: KeyedOp, tactic: str | None) -> Pin:
    row = op.chosen if tactic is None else op.row(tactic)
    if row is None or (tactic is not None and row.time_ms is None):
        timed = [(row.tactic_hash, row.time_ms) for row in op.rows if row.time_ms is not None]
        raise refusals.not_evaluated(tactic or "", op.op, op.rows[0].line, timed)
    return Pin(
        key=op.key, tactic_hash=row.tactic_hash, op=op.op, layer=op.layer, onnx_nodes=list(op.onnx_nodes) or None,
        kernel=row.kernel, time_ms=row.time_ms, build=op.build, line=row.line,
    )  # fmt: skip


def _no_keys(tables: TableSet, source: str, build: int | None) -> UsageError:
    if build is not None and keyed_ops(tables):
        builds = sorted({op.build for op in keyed_ops(tables) if op.build is not None})
        return refusals.no_keys_in_build(source, build, builds)
    version = tables["log"]["tensorrt_version"][0]
    if version is not None and _older(version, (10, 8)):
        return refusals.no_editable_cache(source, version)
    layers = tables["combinations"]["key"].drop_nulls().n_unique()
    if layers:
        return refusals.keys_of_layers_only(source, layers)
    return refusals.no_keys(source, tables["op_tactics"]["op_table"].n_unique())


def _older(version: str, than: tuple[int, int]) -> bool:
    parts = version.split(".")[:2]
    return all(part.isdecimal() for part in parts) and tuple(map(int, parts)) < than


def _no_match(source: str, ops: list[KeyedOp], layer: Pattern[str] | None) -> UsageError:
    if layer is None:
        return refusals.no_times(source)
    names = list(dict.fromkeys(op.op for op in ops if op.op is not None))
    return refusals.nothing_matches(source, layer.pattern, names)


def _left_out(tables: TableSet) -> Iterator[Note]:
    without = tables["op_tactics"].filter(pl.col("key").is_null())["op_table"].n_unique()
    if without:
        yield TablesWithoutKeys(without)
    layers = tables["combinations"]["key"].drop_nulls().n_unique()
    if layers:
        yield KeysOfLayers(layers)


def _notes(ops: list[KeyedOp], wanted: list[KeyedOp]) -> Iterator[Note]:
    guessed = sum(not op.printed for op in wanted)
    if guessed:
        yield FastestTaken(guessed, len(wanted))
    lost = sum(op.in_engine is False for op in wanted)
    if lost:
        yield LostPass(lost, len(wanted))
    untimed = {op.key for op in ops if op.chosen is None} - {op.key for op in ops if op.chosen is not None}
    if untimed:
        yield KeysWithoutTimes(len(untimed))
