"""Composed builds, collected into datasets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import polars as pl
import psutil
from compose.fleet import Built, write

from tacticlens.fleet.collect import Collected, How, collect
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.labels import from_manifest
from tacticlens.fleet.places import find
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES

ONE = How(workers=1)
COMMIT_EACH = (
    "import sys; from tacticlens.fleet import collect; collect._COMMIT_EVERY_SECONDS = 0\n"
    "from tacticlens.cli.app import main; sys.exit(main(sys.argv[1:]))"
)
"""`tacticlens` as a program, but each portion is committed as it comes: more moments at which to be disturbed."""


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


def difference(
    found: Mapping[str, pl.DataFrame], truth: Mapping[str, pl.DataFrame], logs: Collection[str]
) -> str | None:
    """Return how tables differ from those of an undisturbed run, which may have more logs; None if they do not."""
    for name in TABLE_NAMES:
        wanted = truth[name].filter(pl.col("sha256").is_in(list(logs)))
        if not found[name].equals(wanted):
            return f"{name} has {found[name].height} rows and not {wanted.height}, or others"
    return None


def is_worker(process: psutil.Process) -> bool:
    """Tell whether a process reads logs for a collector, and neither leads nor watches others."""
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return "resource_tracker" not in command and ("spawn_main" in command or "popen_loky" in command)
