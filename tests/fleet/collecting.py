"""Composed builds, collected into datasets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
from compose.fleet import Built, write

from tacticlens.fleet.collect import Collected, How, collect
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.labels import from_manifest
from tacticlens.fleet.places import find
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES

ONE = How(workers=1)


def collect_folder(folder: Path | str, dataset: Path | str, how: How = ONE) -> Collected:
    """Collect all logs of a folder, with the labels of its manifest."""
    manifest = Path(folder, "manifest.csv")
    labels = from_manifest(manifest) if manifest.exists() else {}
    return collect(
        find([str(folder)]), str(dataset), lambda address: labels.get(address, {}), read_log, how=how
    )  # fmt: skip


def dataset_of(builds: Iterable[Built], place: Path) -> Dataset:
    """Write builds, collect them, and open the dataset."""
    write(list(builds), place / "logs")
    collect_folder(place / "logs", place / "dataset")
    return Dataset(str(place / "dataset"))


def rows(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """Return all tables, in an order that does not depend on who collected them when."""
    tables = {name: dataset.table(name).collect() for name in TABLE_NAMES}
    return {
        name: table.sort(pl.struct(table.columns[:1]), maintain_order=True) for name, table in tables.items()
    }
