"""One portion of logs -> files in the dataset, and an entry for each log. All engines run this, and nothing else."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol, TypeVar

import polars as pl

from tacticlens.errors import SourceError
from tacticlens.fleet.entries import Entry
from tacticlens.fleet.places import Found, file_system, is_local
from tacticlens.fleet.writing import Partition, PartWriter, WritingError, new_part
from tacticlens.tables.schema import SCHEMA_VERSION, TABLE_NAMES
from tacticlens.tables.table_set import TableSet


class HasTables(Protocol):
    """A log that was read."""

    tables: TableSet


T = TypeVar("T")
Read = Callable[..., HasTables]
"""`read_log`: this room stands below it."""


@dataclass(frozen=True)
class Wanted:
    """A log to collect.

    Attributes:
        found: where it is.
        labels: its labels.
        known: digests of logs in the dataset that it may be, as its file has their size.
    """

    found: Found
    labels: Mapping[str, str]
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Portion:
    """Logs that one worker reads one after another, and whose rows share files."""

    logs: tuple[Wanted, ...]


class _UnreadableError(Exception):
    """Why a log is not in the dataset.

    Attributes:
        again: whether the next run shall try it again even if it has not changed.
    """

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


def collect_portion(portion: Portion, dataset: str, read: Read) -> list[Entry]:
    """Read logs, write their rows into a new part of the dataset, and return an entry for each.

    Nothing of it counts before the entries are in the list of the dataset. A log that cannot be read does not stop
    the others.

    Raises:
        WritingError: the files of the dataset cannot be written.
    """
    part = new_part()
    writer = PartWriter(dataset, part, at_once=len(portion.logs) == 1)
    entries: list[Entry] = []
    seen: set[str] = set()
    for wanted in portion.logs:
        try:
            entry = _collect(wanted, part, writer, seen, read)
        except _UnreadableError as error:
            writer.drop()
            entry = failure(wanted, str(error), again=error.again)
        entries.append(entry)
        if entry["sha256"] is not None:
            seen.add(entry["sha256"])
    writer.write()
    gc.collect()  # tables hang in cycles, and Python does not know how large they are
    return entries


def failure(wanted: Wanted, reason: str, *, again: bool) -> Entry:
    """Return the entry of a log that could not be read."""
    entry = _entry(wanted)
    entry["reason"] = reason
    if again:
        entry["stamp"] = None
    return entry


def _collect(wanted: Wanted, part: str, writer: PartWriter, seen: set[str], read: Read) -> Entry:
    """Read one log and hand its rows to the writer.

    Raises:
        _UnreadableError: it cannot be read.
    """
    tables = _tried(wanted, lambda: _tables(wanted.found.address, read))
    log = _tried(wanted, lambda: tables.log.row(0, named=True))
    entry = _entry(wanted)
    entry["sha256"], entry["bytes"], entry["lines"] = log["sha256"], log["bytes"], log["lines"]
    entry["outcome"] = log["outcome"]
    partition: Partition = (
        log["tensorrt_version"] or wanted.labels.get("tensorrt_version"), log["gpu"] or wanted.labels.get("gpu")
    )  # fmt: skip
    entry["tensorrt_version"], entry["gpu"] = partition
    if log["sha256"] in wanted.known | seen:
        entry["status"] = "same"
        return entry
    rows = _tried(wanted, lambda: _add(tables, writer, entry, partition, wanted))
    writer.keep()
    entry["status"], entry["part"], entry["rows"] = "collected", part, rows
    return entry


def _add(tables: TableSet, writer: PartWriter, entry: Entry, partition: Partition, wanted: Wanted) -> int:
    """Hand all tables to the writer, one after another; return the number of rows."""
    total = 0
    # of a large log each table is let go of, those that are derived first: their sources are still there then;
    # the small ones stay, the sources made first: each table is made only once in this order
    for name in reversed(TABLE_NAMES) if writer.at_once else TABLE_NAMES:
        rows = tables[name]
        if writer.at_once:
            tables.forget(name)
        if name == "log":
            rows = rows.with_columns(source=pl.lit(wanted.found.address))
        if rows.height:
            writer.add(name, rows, entry["sha256"] or "", partition, wanted.labels)
            entry["tables"].append(name)
            total += rows.height
    return total


def _tried(wanted: Wanted, step: Callable[[], T]) -> T:
    try:
        return step()
    except WritingError:
        raise
    except SourceError as error:
        raise _UnreadableError(_short(error, wanted), again=False) from None
    except Exception as error:  # noqa: BLE001  one log, whatever is in it, must not stop the others
        raise _UnreadableError(f"{type(error).__name__}: {_short(error, wanted)}", again=True) from None


def _tables(address: str, read: Read) -> TableSet:
    if is_local(address):
        tables = read(address, processes=0).tables
    else:
        system, path = file_system(address)
        with system.open(path, "rb") as stream:
            tables = read(stream, processes=0).tables
    if not any(outcome != "foreign" and kind != "blank" for outcome, kind, _ in tables.ledger.iter_rows()):
        message = f"none of its lines is TensorRT's ({tables.log['lines'][0]:,} read)"
        raise SourceError(message)
    return tables


def _short(error: Exception, wanted: Wanted) -> str:
    """Return what an error says without the name of the log, which stands beside it."""
    reason = " ".join(str(error).split()).removeprefix(f"{wanted.found.address}: ")
    return reason[:400]


def _entry(wanted: Wanted) -> Entry:
    """Return the entry of a log of which nothing is known yet: a failed one."""
    return Entry(
        address=wanted.found.address, stamp=wanted.found.stamp, status="failed", reason=None, sha256=None, part=None,
        tensorrt_version=None, gpu=None, labels=json.dumps(dict(wanted.labels), sort_keys=True), tables=[],
        file_bytes=wanted.found.bytes, bytes=None, lines=None, outcome=None, rows=0, schema_version=SCHEMA_VERSION,
        collected_at=datetime.now(timezone.utc).isoformat(timespec="microseconds"),
    )  # fmt: skip
