"""Housekeeping of a dataset: small parts are made one, and files go that the list of logs no longer names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import polars as pl

from tacticlens.errors.fleet import cannot_tidy
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.entries import Entries
from tacticlens.fleet.places import absolute, file_system
from tacticlens.fleet.writing import PARTITIONS, TABLES_FOLDER, Partition, new_part, path_of, stream_to
from tacticlens.tables.schema import TABLE_NAMES

PART_ROWS = 20_000_000
"""How many rows of all tables a part is filled up to; one with half as many is left as it is."""
KEPT_HOURS = 24.0
"""How long files stay that no entry names: a reader may have them open, and a collector may be about to name them."""
_PART = re.compile(r"/(\d{8}T\d{6}-[0-9a-f]{12})\.parquet")


@dataclass
class Tidied:
    """What `tidy` did.

    Attributes:
        merged: number of parts whose logs are in fewer parts now; into: number of these.
        removed: number of files that are gone; removed_bytes: their size.
        waiting: number of files that no entry names now, but one did lately, or they are new.
        kept_hours: how long such files stay.
    """

    merged: int = 0
    into: int = 0
    removed: int = 0
    removed_bytes: int = 0
    waiting: int = 0
    kept_hours: float = KEPT_HOURS


def tidy(address: str, *, kept_hours: float = KEPT_HOURS) -> Tidied:
    """Make the small parts of each version and GPU one, and remove files that nothing names any more.

    Collectors and readers may be at work meanwhile: a dataset that is open shows its logs from the old parts, which
    stay for `kept_hours`; one that is opened later shows the same rows from the new ones. Each step is one commit to
    the list of logs, so that a kill leaves a whole dataset and a few more files for the next run.

    Raises:
        UsageError: there is no dataset, or a file of it cannot be read or written.
    """
    dataset, entries, done = Dataset(address), Entries(address), Tidied(kept_hours=kept_hours)
    for partition, logs in _groups(dataset.logs):
        part = new_part()
        _write(dataset, logs, partition, part)
        if entries.move(_moves(dataset, logs, part)):
            done.merged += logs["part"].n_unique()
            done.into += 1
    entries.tidy()
    entries.vacuum(kept_hours)
    _remove(address, entries, done)
    return done


def _groups(logs: pl.DataFrame) -> Iterator[tuple[Partition, pl.DataFrame]]:
    """Yield logs that shall share a part: those of small parts of one version and GPU, the oldest parts first."""
    sizes = logs.group_by(*PARTITIONS, "part").agg(pl.col("rows").sum())
    small = sizes.filter(pl.col("rows") * 2 < PART_ROWS).sort(*PARTITIONS, "part", nulls_last=True)
    together = (pl.col("rows").cum_sum() - pl.col("rows")).over(PARTITIONS) // PART_ROWS
    for (version, gpu, _), group in small.group_by(*PARTITIONS, together, maintain_order=True):
        if group.height > 1:
            yield (version, gpu), logs.join(group, on=[*PARTITIONS, "part"], how="semi", nulls_equal=True)


def _write(dataset: Dataset, logs: pl.DataFrame, partition: Partition, part: str) -> None:
    there = set(logs["tables"].explode())
    for name in TABLE_NAMES:
        if name in there:
            rows = dataset.table(name, logs).drop(PARTITIONS)
            try:
                with stream_to(dataset.address, path_of(name, partition, part)) as stream:
                    rows.sink_parquet(stream, compression="zstd")
            except Exception as error:  # noqa: BLE001  each file system has errors of its own
                why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
                raise cannot_tidy(dataset.address, why) from None


def _moves(dataset: Dataset, logs: pl.DataFrame, part: str) -> pl.DataFrame:
    """Return where the entries of some parts go: the same bytes read a second time have no rows in the new one."""
    kept = logs.select(
        "sha256", "part", pl.lit(part).alias("new_part"), pl.lit("collected").alias("new_status")
    )
    of_these = dataset.entries.filter(status="collected").join(
        logs, on=["part", *PARTITIONS], how="semi", nulls_equal=True
    )
    others = of_these.join(kept, on=["sha256", "part"], how="anti").select(
        "sha256", "part", pl.lit(None, pl.String).alias("new_part"), pl.lit("same").alias("new_status")
    )
    return pl.concat([kept, others])


def _remove(address: str, entries: Entries, done: Tidied) -> None:
    before = datetime.now(timezone.utc) - timedelta(hours=done.kept_hours)
    system, root = file_system(absolute(address))
    system.invalidate_cache()
    # what is named is looked up after the files: a part that is published in between is among it
    files = system.find(f"{root}/{TABLES_FOLDER}", detail=True)
    lately, named = entries.parts_named(), set(entries.read()["part"])
    gone = []
    for path, info in files.items():
        part = _PART.search(path)
        if part is None or part[1] in named:
            continue
        if part[1] not in lately and _written(info) < before:
            gone.append(path)
            done.removed_bytes += int(info["size"] or 0)
        else:
            done.waiting += 1
    if gone:
        system.rm(gone)
    done.removed = len(gone)


def _written(info: dict[str, Any]) -> datetime:
    """Return when a file was written; now, if its file system does not tell."""
    at = info.get("mtime") or info.get("LastModified") or info.get("last_modified") or info.get("updated")
    if isinstance(at, (int, float)):
        return datetime.fromtimestamp(at, timezone.utc)
    return at if isinstance(at, datetime) else datetime.now(timezone.utc)
