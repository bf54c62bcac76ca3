"""What a log decided per key: the tables of its keyed operations, and the row that each of them took."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

_KEY = re.compile("0x[0-9a-f]{32}")


@dataclass(frozen=True)
class Evaluated:
    """One tactic of a table.

    Attributes:
        tactic_hash: as 0x%016x.
        time_ms: None = it has no time.
        line: where it stands.
    """

    tactic_hash: str
    kernel: str | None
    time_ms: float | None
    line: int


@dataclass(frozen=True)
class KeyedOp:
    """One printed table of an operation with a key.

    Attributes:
        in_engine: whether its build is the engine's; None = the log does not say.
        rows: what was evaluated, as printed, each tactic once.
        chosen: what was taken; None where nothing has a time and no choice is printed.
        printed: the log prints the choice; otherwise it is the fastest row.
    """

    key: str
    op: str | None
    onnx_nodes: tuple[str, ...]
    layer: str | None
    build: int | None
    in_engine: bool | None
    rows: tuple[Evaluated, ...]
    chosen: Evaluated | None
    printed: bool

    def row(self, tactic_hash: str) -> Evaluated | None:
        """Return the row of a tactic."""
        return next((row for row in self.rows if row.tactic_hash == tactic_hash), None)


@dataclass(frozen=True)
class Conflict:
    """A key for which the log has several choices.

    Attributes:
        taken: the one that counts.
        others: tables with another choice.
    """

    taken: KeyedOp
    others: tuple[KeyedOp, ...]


def keyed_ops(tables: TableSet, build: int | None = None) -> list[KeyedOp]:
    """Return the tables of operations that have a key, in order of the log.

    Args:
        tables: of the log.
        build: only this build; None = all.

    Raises:
        UsageError: the log has no such build.
    """
    check_build(tables, build)
    verdicts = dict(tables["builds"].select("build", "in_engine").iter_rows())
    names = dict(tables["layers"].select("layer", "name").iter_rows())
    rows = tables["op_tactics"].filter(pl.col("key").is_not_null(), pl.col("op_table").is_not_null())
    if build is not None:
        rows = rows.filter(pl.col("build") == build)
    found = []
    for table in rows.partition_by("op_table", maintain_order=True):
        first = table.row(0, named=True)
        if not _KEY.fullmatch(first["key"]):
            continue  # a line that was cut or damaged: no cache has such a key
        evaluated = _distinct(
            Evaluated(*values)
            for values in table.select("tactic_hash", "kernel", "time_ms", "line").iter_rows()
            if values[0] is not None
        )
        marked = table.filter(pl.col("chosen").fill_null(False))["tactic_hash"].to_list()
        timed = [row for row in evaluated if row.time_ms is not None]
        chosen = next((row for row in evaluated if row.tactic_hash in marked), None)
        found.append(
            KeyedOp(
                first["key"], first["op"], tuple(first["onnx_nodes"] or ()), names.get(first["layer"]),
                first["build"], verdicts.get(first["build"]), evaluated,
                chosen or min(timed, key=lambda row: row.time_ms or 0.0, default=None), chosen is not None,
            )
        )  # fmt: skip
    return found


def _distinct(rows: Iterable[Evaluated]) -> tuple[Evaluated, ...]:
    """Return each tactic once, where it is fastest: a tactic may stand twice with other parameters."""
    best: dict[str, Evaluated] = {}
    for row in rows:
        there = best.get(row.tactic_hash)
        if there is None or (
            row.time_ms is not None and (there.time_ms is None or row.time_ms < there.time_ms)
        ):
            best[row.tactic_hash] = row
    return tuple(best.values())


def choices(ops: Sequence[KeyedOp]) -> tuple[dict[str, KeyedOp], list[Conflict]]:
    """Return the table that decides each key, and the keys of which tables disagree.

    All passes of a build share one timing cache, and a key is measured and printed once, in the pass that
    needs it first: that may be one that the engine was not made of. Where a key is printed again, the
    engine's passes count before those that are undecided or lost, and the last of them counts.
    """
    decided: dict[str, KeyedOp] = {}
    tables_of: dict[str, list[KeyedOp]] = {}
    for op in ops:
        if op.chosen is None:
            continue
        tables_of.setdefault(op.key, []).append(op)
        there = decided.get(op.key)
        if there is None or _rank(op) >= _rank(there):
            decided[op.key] = op
    conflicts = []
    for key, taken in decided.items():
        others = tuple(op for op in tables_of[key] if _hash(op) != _hash(taken))
        if others:
            conflicts.append(Conflict(taken, others))
    return decided, conflicts


def _rank(op: KeyedOp) -> int:
    return {True: 2, None: 1, False: 0}[op.in_engine]


def _hash(op: KeyedOp) -> str | None:
    return op.chosen.tactic_hash if op.chosen else None
