"""The list of what was collected: one Delta table, whose commits are what makes rows of the dataset exist.

A log's tables lie in Parquet files of their own. They count when, and only when, a row of this list names the part
of the dataset in which they are. So a commit is one append to one Delta table, whole or not there, whoever else
writes at the same time; a crash before it leaves files that nobody reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from typing import Any, TypedDict

import polars as pl

from tacticlens.errors.fleet import newer_dataset
from tacticlens.extras import need
from tacticlens.fleet.places import absolute, file_system, is_local, scan_options
from tacticlens.tables.schema import SCHEMA_VERSION

FOLDER = "collected"
_MANY_COMMITS = 100
"""So many files of one commit each are made one."""
_ATTEMPTS = 20
"""How often a change is tried while others commit; they do so every two seconds at most."""

SCHEMA: dict[str, Any] = {
    "address": pl.String, "stamp": pl.String, "status": pl.String, "reason": pl.String, "sha256": pl.String,
    "part": pl.String, "tensorrt_version": pl.String, "gpu": pl.String, "labels": pl.String,
    "tables": pl.List(pl.String), "file_bytes": pl.Int64, "bytes": pl.Int64, "lines": pl.Int64, "outcome": pl.String,
    "rows": pl.Int64, "schema_version": pl.Int64, "collected_at": pl.String,
}  # fmt: skip


class Entry(TypedDict):
    """What became of one log.

    status: collected = its rows are in the part; same = its bytes are in the dataset already; failed = see reason.
    stamp: None where the next run shall try again even if the file has not changed.
    tables: those of which it has rows. labels: a JSON object. rows: of all tables together.
    """

    address: str
    stamp: str | None
    status: str
    reason: str | None
    sha256: str | None
    part: str | None
    tensorrt_version: str | None
    gpu: str | None
    labels: str
    tables: list[str]
    file_bytes: int
    bytes: int | None
    lines: int | None
    outcome: str | None
    rows: int
    schema_version: int
    collected_at: str


class Entries:
    """The list of a dataset, read and appended to.

    Args:
        dataset: address of the dataset.
    """

    def __init__(self, dataset: str) -> None:
        self._address = f"{absolute(dataset)}/{FOLDER}"
        self._options = scan_options(self._address)

    def exists(self) -> bool:
        """Tell whether anything was ever collected into the dataset."""
        answer: bool = need("deltalake").DeltaTable.is_deltatable(
            self._address, storage_options=self._options
        )
        return answer

    def read(self) -> pl.DataFrame:
        """Return all rows, the oldest first; none for a dataset that is not there yet.

        Raises:
            UsageError: the dataset was written by a newer tacticlens.
        """
        if not self.exists():
            return pl.DataFrame(schema=SCHEMA)
        rows = (
            pl.scan_delta(self._table(), storage_options=self._options)
            .collect()
            .sort("collected_at", maintain_order=True)
        )
        newest = rows["schema_version"].max()
        if isinstance(newest, int) and newest > SCHEMA_VERSION:
            raise newer_dataset(newest, SCHEMA_VERSION)
        return rows.select(*SCHEMA)

    def append(self, entries: Sequence[Entry]) -> None:
        """Publish what was collected, in one commit."""
        if not entries:
            return
        if is_local(self._address):
            system, path = file_system(self._address)
            system.makedirs(path, exist_ok=True)
        rows = pl.DataFrame(list(entries), schema=SCHEMA)
        need("deltalake").write_deltalake(self._address, rows, mode="append", storage_options=self._options)

    def move(self, moves: pl.DataFrame) -> bool:
        """Say that logs are in other parts now, in one commit; return whether that was done.

        It is not if somebody else has moved one of them: nothing changes then.

        Args:
            moves: sha256 and part of entries, with their new_part and new_status.
        """
        for _ in range(_ATTEMPTS):
            table = self._table()
            there = pl.scan_delta(table, storage_options=self._options).select("sha256", "part").collect()
            if moves.join(there, on=["sha256", "part"], how="anti").height:
                return False
            with suppress(need("deltalake.exceptions").CommitFailedError):  # somebody else has just committed
                table.merge(
                    moves,
                    predicate="(old.sha256 = moved.sha256) AND (old.part = moved.part)",
                    source_alias="moved",
                    target_alias="old",
                ).when_matched_update({"part": "moved.new_part", "status": "moved.new_status"}).execute()
                return True
        return False

    def parts_named(self) -> set[str]:
        """Return the parts that are named now or were since the list was vacuumed: all that its files name."""
        system, path = file_system(self._address)
        system.invalidate_cache()
        files = [name for name in system.ls(path, detail=False) if name.endswith(".parquet")]
        if not is_local(self._address):
            files = [system.unstrip_protocol(name) for name in files]
        rows = pl.scan_parquet(files, glob=False, extra_columns="ignore", storage_options=self._options)
        return set(rows.select(pl.col("part").drop_nulls().unique()).collect()["part"])

    def tidy(self) -> None:
        """Make the files of many commits one; readers and other collectors are not disturbed."""
        table = self._table()
        if len(table.file_uris()) > _MANY_COMMITS:
            with suppress(
                need("deltalake.exceptions").CommitFailedError
            ):  # somebody else does it, or is committing
                table.optimize.compact()
                table.create_checkpoint()

    def vacuum(self, hours: float) -> None:
        """Remove files of the list itself that it has not had in the last hours."""
        self._table().vacuum(retention_hours=ceil(hours), enforce_retention_duration=False, dry_run=False)

    def _table(self) -> Any:
        return need("deltalake").DeltaTable(self._address, storage_options=self._options)


def current(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the logs that are in the dataset, one per digest.

    Two collectors may have read the same log: the part of the smaller name counts, for every reader alike. A log
    that had no end when it was read gives way to a longer one that was read at the same address later.
    """
    read = (
        rows.filter(status="collected")
        .sort("part", "address")
        .unique("sha256", keep="first", maintain_order=True)
    )
    longest = read.group_by("address").agg(pl.col("bytes").max().alias("_longest"))
    grown = (pl.col("outcome") == "incomplete") & (pl.col("bytes") < pl.col("_longest"))
    return read.join(longest, on="address", how="left", maintain_order="left").filter(~grown).drop("_longest")


def failed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the logs whose last attempt failed."""
    return rows.unique("address", keep="last", maintain_order=True).filter(status="failed")
