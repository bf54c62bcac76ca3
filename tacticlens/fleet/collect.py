"""Logs into a dataset: what is new, in portions, through an engine, and the commits that publish it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import polars as pl

from tacticlens.fleet.engines import DaskEngine, Engine, LocalEngine, Outcome, WorkerLostError
from tacticlens.fleet.entries import Entries, Entry
from tacticlens.fleet.labels import Labels
from tacticlens.fleet.places import Found
from tacticlens.fleet.reading import Portion, Read, Wanted, collect_portion, failure
from tacticlens.fleet.writing import WritingError

PORTION_LOGS = 128
PORTION_BYTES = 32 << 20
"""How much one worker reads before it writes: enough that files are few, little enough to be in memory."""
_EACH_WORKER = 4
"""Portions for each worker at least, so that all end at about the same time."""
_COMMIT_EVERY_SECONDS = 2.0


@dataclass
class Collected:
    """What a run of `collect` did.

    Attributes:
        new: logs whose rows are in the dataset now.
        same: logs whose bytes were in it already, at another address or time.
        known: logs that were skipped: they have not changed since they were read, or failed.
        failed: logs that could not be read, with the reason.
        unwritten: why rows could not be written, if so; their logs are tried again by the next run.
        bytes: of the logs that were read, uncompressed.
        rows: that were written.
        seconds: that it took.
    """

    new: int = 0
    same: int = 0
    known: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    bytes: int = 0
    rows: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class How:
    """Who reads.

    Attributes:
        engine: local or dask.
        workers: number of processes; None = one per core, or those of the cluster.
        scheduler: address of a Dask scheduler; None = a cluster on this machine.
    """

    engine: Literal["local", "dask"] = "local"
    workers: int | None = None
    scheduler: str | None = None


def collect(
    found: Sequence[Found], dataset: str, labels: Callable[[str], Labels], read: Read, *, how: How | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collected:  # fmt: skip
    """Collect logs into a dataset; those that are in it and have not changed are not read again.

    Args:
        found: the logs.
        dataset: address of the dataset, which is made if it is not there.
        labels: gives the labels of an address.
        read: `read_log`.
        how: who reads.
        progress: called with the number of logs done, and of all.
    """
    began = time.monotonic()
    how = how or How()
    entries = Entries(dataset)
    rows = entries.read()
    wanted = _new(found, rows, labels)
    done = Collected(known=len(found) - len(wanted))
    if wanted:
        engine = _engine(partial(collect_portion, dataset=dataset, read=read), how)
        try:
            _run(engine, portions(wanted, how.workers or 2), entries, done, progress)
        finally:
            engine.close()
        entries.tidy()
    done.failed += _failed_before(found, rows, {one.found.address for one in wanted})
    done.seconds = time.monotonic() - began
    return done


def portions(wanted: Sequence[Wanted], workers: int) -> list[Portion]:
    """Divide logs among workers: the largest first and alone, the others in order, some together."""
    large = sorted(
        (one for one in wanted if one.found.bytes >= PORTION_BYTES), key=lambda one: -one.found.bytes
    )
    made = [Portion((one,)) for one in large]
    most = max(1, min(PORTION_LOGS, -(-len(wanted) // (workers * _EACH_WORKER))))
    waiting: list[Wanted] = []
    for one in wanted:
        if one.found.bytes >= PORTION_BYTES:
            continue
        if waiting and (
            len(waiting) == most or sum(w.found.bytes for w in waiting) + one.found.bytes > PORTION_BYTES
        ):
            made.append(Portion(tuple(waiting)))
            waiting = []
        waiting.append(one)
    return [*made, Portion(tuple(waiting))] if waiting else made


def _engine(work: Callable[[Portion], list[Entry]], how: How) -> Engine:
    if how.engine == "dask":
        return DaskEngine(work, how.scheduler, how.workers)
    return LocalEngine(work, how.workers)


def _new(found: Sequence[Found], rows: pl.DataFrame, labels: Callable[[str], Labels]) -> list[Wanted]:
    """Return the logs that must be read, each with the digests that it may turn out to have."""
    before = set(rows.select("address", "stamp").drop_nulls("stamp").iter_rows())
    sizes: dict[int, set[str]] = {}
    read = rows.filter(status="collected").select("file_bytes", "sha256").unique()
    for size, digest in read.iter_rows():
        sizes.setdefault(size, set()).add(digest)
    return [
        Wanted(log, labels(log.address), frozenset(sizes.get(log.bytes, ())))
        for log in found
        if (log.address, log.stamp) not in before
    ]


def _failed_before(found: Sequence[Found], rows: pl.DataFrame, tried: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the logs that failed in an earlier run and have not changed since."""
    requested = {log.address for log in found} - tried
    last = rows.unique("address", keep="last", maintain_order=True).filter(status="failed")
    for address, reason in last.select("address", "reason").iter_rows():
        if address in requested:
            yield address, reason


def _run(
    engine: Engine, work: Iterable[Portion], entries: Entries, done: Collected,
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    total = finished = 0
    for portion in work:
        total += len(portion.logs)
        engine.submit(portion)
    waiting: list[Entry] = []
    last = time.monotonic()
    try:
        for portion, outcome in engine.completed():
            if isinstance(outcome, WorkerLostError) and len(portion.logs) > 1:
                for one in portion.logs:
                    engine.submit(Portion((one,)))
                continue
            waiting += _entries(portion, outcome, done)
            finished += len(portion.logs)
            if progress is not None:
                progress(finished, total)
            if time.monotonic() - last >= _COMMIT_EVERY_SECONDS:
                entries.append(waiting)
                waiting, last = [], time.monotonic()
    finally:
        entries.append(waiting)


def _entries(portion: Portion, outcome: Outcome, done: Collected) -> list[Entry]:
    """Count what became of a portion; return the entries to publish."""
    if isinstance(outcome, WorkerLostError):
        outcome = [failure(one, str(outcome), again=True) for one in portion.logs]
    if isinstance(outcome, WritingError):
        done.unwritten.append(str(outcome))
        return []
    if isinstance(outcome, Exception):
        raise outcome
    for entry in outcome:
        done.new += entry["status"] == "collected"
        done.same += entry["status"] == "same"
        done.bytes += entry["bytes"] or 0
        done.rows += entry["rows"]
        if entry["status"] == "failed":
            done.failed.append((entry["address"], entry["reason"] or ""))
    return outcome
