"""Rows of logs -> Parquet files of one part of a dataset, in folders by table, TensorRT version and GPU."""

from __future__ import annotations

import io
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import polars as pl

from tacticlens.fleet.places import absolute, file_system

TABLES_FOLDER = "tables"
PARTITIONS = ("tensorrt_version", "gpu")
_UNKNOWN = "__HIVE_DEFAULT_PARTITION__"
"""How hive spells null."""

Partition = tuple[str | None, str | None]
"""TensorRT version and GPU."""


def path_of(table: str, partition: Partition, part: str) -> str:
    """Return where the rows of a table are, inside the dataset.

    Values come from logs: whatever a file system could take for more than a name is escaped.
    """
    folders = [f"{name}={_escaped(value)}" for name, value in zip(PARTITIONS, partition, strict=True)]
    return "/".join([TABLES_FOLDER, table, *folders, f"{part}.parquet"])


def _escaped(value: str | None) -> str:
    return _UNKNOWN if value is None else quote(value[:80], safe=" ")


def new_part() -> str:
    """Return a name for a part, which no other has; names sort by when they were given."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"


@contextmanager
def stream_to(dataset: str, path: str) -> Iterator[Any]:
    """Open a new file of a dataset for writing; it is there when the block is left."""
    system, root = file_system(absolute(dataset))
    _make_folder(system, f"{root}/{path}")
    with system.open(f"{root}/{path}", "wb") as stream:
        yield stream


def _make_folder(system: Any, path: str) -> None:
    if "file" in system.protocol:  # elsewhere a path needs none
        system.makedirs(path.rpartition("/")[0], exist_ok=True)


class WritingError(Exception):
    """The files of the dataset cannot be written; that is no fault of a log."""


class _Rows(NamedTuple):
    """Rows of one table of a log, and what goes with each of them."""

    rows: pl.DataFrame
    sha256: str
    labels: Mapping[str, str]


def _keyed(taken: Sequence[_Rows]) -> pl.DataFrame:
    """Return the rows of some logs as one frame, with digest and labels beside each; columns are added once for all."""
    rows = pl.concat([one.rows for one in taken]).drop("sha256", *PARTITIONS, strict=False)
    whose = np.repeat(np.arange(len(taken)), [one.rows.height for one in taken])
    names = sorted({name for one in taken for name in one.labels} - set(PARTITIONS))
    labels = {name: [one.labels.get(name) for one in taken] for name in names}
    values = {"sha256": [one.sha256 for one in taken], **labels}
    beside = pl.DataFrame(values, schema=dict.fromkeys(values, pl.String))[whose]
    return beside.select("sha256").hstack(rows).hstack(beside.drop("sha256"))


class PartWriter:
    """Writes the rows of some logs into the files of one part; nothing counts before the part is in the list.

    Args:
        dataset: address of the dataset.
        part: name of the part, used once.
        at_once: write each table as it comes, for a part of one log, instead of all at the end.
    """

    def __init__(self, dataset: str, part: str, *, at_once: bool) -> None:
        self._system, self._root = file_system(absolute(dataset))
        self._part = part
        self.at_once = at_once
        self._open: dict[tuple[str, Partition], _Rows] = {}
        self._kept: dict[tuple[str, Partition], list[_Rows]] = defaultdict(list)

    def add(
        self, table: str, rows: pl.DataFrame, sha256: str, partition: Partition, labels: Mapping[str, str]
    ) -> None:
        """Take the rows of one table of a log; they go into the part when the whole log is kept.

        Raises:
            WritingError: a file cannot be written.
        """
        taken = _Rows(rows, sha256, labels)
        if self.at_once:
            self._write({(table, partition): [taken]})
        else:
            self._open[table, partition] = taken

    def drop(self) -> None:
        """Forget the tables of a log that was not read to its end."""
        self._open.clear()

    def keep(self) -> None:
        """Take the tables of a log for good."""
        for key, rows in self._open.items():
            self._kept[key].append(rows)
        self._open.clear()

    def write(self) -> None:
        """Write what was kept.

        Raises:
            WritingError: a file cannot be written.
        """
        self._write(self._kept)
        self._kept.clear()

    def _write(self, tables: Mapping[tuple[str, Partition], list[_Rows]]) -> None:
        files = {}
        for (table, partition), taken in tables.items():
            buffer = io.BytesIO()
            _keyed(taken).write_parquet(buffer, compression="zstd")
            files[f"{self._root}/{path_of(table, partition, self._part)}"] = buffer.getvalue()
        if not files:
            return
        try:
            for path in files:
                _make_folder(self._system, path)
            self._system.pipe(files)
        except Exception as error:  # noqa: BLE001  each file system has errors of its own
            message = f"{self._root}: cannot be written ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
            raise WritingError(message) from None
