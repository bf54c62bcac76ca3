"""A dataset of logs as lazy tables: only the files, columns and rows that a question needs are read."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import polars as pl

from tacticlens.errors.fleet import no_dataset
from tacticlens.fleet.entries import Entries, current, failed
from tacticlens.fleet.labels import label_names
from tacticlens.fleet.places import absolute, scan_options
from tacticlens.fleet.writing import PARTITIONS, path_of
from tacticlens.tables.schema import TABLE_NAMES, TABLES
from tacticlens.tables.table_set import StoredTables

COLLECTED = "collected"
"""Name of the list of logs among the tables that can be asked."""


class Dataset:
    """A dataset as it was when it was opened: what is collected meanwhile is not seen.

    Args:
        address: its path or address.

    Raises:
        UsageError: there is none.
    """

    def __init__(self, address: str) -> None:
        self.address = absolute(address)
        self._options = scan_options(self.address)
        entries = Entries(self.address)
        if not entries.exists():
            raise no_dataset(address)
        self._rows = entries.read()

    @cached_property
    def labels(self) -> list[str]:
        """Names of the labels."""
        return label_names(self._rows["labels"].to_list())

    @cached_property
    def logs(self) -> pl.DataFrame:
        """The logs whose rows are in the tables: one row each, labels as columns."""
        return self._with_labels(current(self._rows))

    @cached_property
    def failed(self) -> pl.DataFrame:
        """The logs that could not be read, with the reason."""
        return self._with_labels(failed(self._rows))

    @property
    def entries(self) -> pl.DataFrame:
        """The list of logs as it is kept: every attempt, with the part in which its rows are."""
        return self._rows

    @property
    def collected(self) -> pl.DataFrame:
        """All logs: those in the tables, and those that failed."""
        return pl.concat([self.logs, self.failed]).drop("stamp", "part", "tables", "schema_version")

    def table(self, name: str, logs: pl.DataFrame | None = None) -> pl.LazyFrame:
        """Return a table: its columns after ``sha256``, then version, GPU and labels.

        Args:
            name: as in the schema.
            logs: rows of `logs`; only the rows of these logs.
        """
        own = {
            column: dtype for column, dtype in TABLES[name].items() if column not in {"sha256", *PARTITIONS}
        }
        stored = {"sha256": pl.String, **own, **dict.fromkeys(self.labels, pl.String)}
        order = [
            "sha256", *(c for c in TABLES[name] if c != "sha256"), *(p for p in PARTITIONS if p not in TABLES[name]),
            *self.labels,
        ]  # fmt: skip
        kept = (self.logs if logs is None else logs).filter(pl.col("tables").list.contains(name))
        # of a part that another collector or a narrower question shares, only some logs count
        whole = self._rows.filter(pl.col("part").is_not_null(), pl.col("tables").list.contains(name))
        sizes = whole.group_by("part").agg(pl.len().alias("_all"))
        parts = kept.group_by("part").agg(
            pl.col("sha256"), pl.struct(*PARTITIONS).unique().alias("partitions"), pl.len().alias("_kept")
        ).join(sizes, on="part", how="left").sort("part")  # fmt: skip
        full = parts.filter(pl.col("_kept") == pl.col("_all"))
        scans = [self._scan(name, full, stored)] if full.height else []
        scans += [
            self._scan(name, shared, stored).filter(pl.col("sha256").is_in(shared["sha256"].item().to_list()))
            for shared in parts.filter(pl.col("_kept") < pl.col("_all")).iter_slices(1)
        ]
        if not scans:
            return pl.LazyFrame(schema=stored | dict.fromkeys(PARTITIONS, pl.String)).select(order)
        return (scans[0] if len(scans) == 1 else pl.concat(scans)).select(order)

    def tables(self, sha256: str) -> StoredTables:
        """Return the tables of one log, as they were when it was read."""
        log = self.logs.filter(sha256=sha256)
        return StoredTables({
            name: self.table(name, log).select(*TABLES[name]).collect() for name in TABLE_NAMES
        })  # fmt: skip

    def _scan(self, name: str, parts: pl.DataFrame, stored: dict[str, Any]) -> pl.LazyFrame:
        files = [
            f"{self.address}/{path_of(name, (place['tensorrt_version'], place['gpu']), part)}"
            for part, places in parts.select("part", "partitions").iter_rows()
            for place in places
        ]
        return pl.scan_parquet(
            files, hive_partitioning=True, hive_schema=dict.fromkeys(PARTITIONS, pl.String), schema=stored,
            missing_columns="insert", extra_columns="ignore", storage_options=self._options, glob=False,
        )  # fmt: skip

    def _with_labels(self, rows: pl.DataFrame) -> pl.DataFrame:
        labels = [json.loads(text) for text in rows["labels"].to_list()]
        columns = [
            pl.Series(name, [one.get(name) for one in labels], dtype=pl.String) for name in self.labels
        ]
        return rows.drop("labels").with_columns(columns)
