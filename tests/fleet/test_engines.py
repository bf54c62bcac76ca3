"""Local processes and Dask workers: the same rows, whoever is killed, and two collectors at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import psutil
import pytest
from collecting import collect_folder, rows
from compose.fleet import fleet, write

from tacticlens.fleet.collect import How, collect
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.places import find
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES

LOGS = 40
KILLS = 3
"""In the suite; so many that a broken protocol shows, so few that it does not take minutes."""

pytestmark = pytest.mark.filterwarnings("ignore")  # of distributed, about its own threads and ports


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write(fleet(LOGS), folder)
    return folder


@pytest.fixture(scope="module")
def truth(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Return the rows of an undisturbed run of one process."""
    place = tmp_path_factory.mktemp("truth")
    collect_folder(logs, place / "dataset")
    return rows(Dataset(str(place / "dataset")))


def assert_whole(dataset: Path, truth: dict[str, pl.DataFrame]) -> None:
    """Check that each log is in a dataset once, with all its rows."""
    found = Dataset(str(dataset))
    assert len(found.logs) == LOGS
    there = rows(found)
    for name in TABLE_NAMES:
        assert there[name].equals(truth[name]), name


def started(logs: Path, dataset: Path, engine: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, "-m", "tacticlens", "collect", str(logs), "--manifest", str(logs / "manifest.csv"),
            "-o", str(dataset), "--engine", engine, "-j", "2", "-f", "json",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_both_engines_give_the_rows_of_one_process(
    engine: str, logs: Path, truth: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    run = started(logs, tmp_path / "dataset", engine)
    assert run.wait(timeout=300) == 0, run.communicate()[1]
    assert_whole(tmp_path / "dataset", truth)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_collector_leaves_a_dataset_that_reads_and_the_next_run_ends_the_work(
    seed: int, logs: Path, truth: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    run = started(logs, dataset, "local")
    time.sleep(random.Random(seed).uniform(1, 5))
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    if (dataset / "collected").exists():
        found = Dataset(str(dataset))
        assert set(found.table("tactics").collect()["sha256"]) <= set(found.logs["sha256"])
        assert found.table("log").collect().height == len(found.logs)
    collect_folder(logs, dataset)
    assert_whole(dataset, truth)


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_a_killed_worker_loses_nothing(
    engine: str, logs: Path, truth: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    run = started(logs, tmp_path / "dataset", engine)
    victim, tables = None, tmp_path / "dataset" / "tables"
    while not tables.exists() and run.poll() is None:  # at work, not on its way to it
        time.sleep(0.05)
    while victim is None and run.poll() is None:
        victim = next(
            (one for one in psutil.Process(run.pid).children(recursive=True) if is_worker(one)), None
        )
        time.sleep(0.05)
    assert victim is not None
    victim.kill()
    assert run.wait(timeout=300) == 0, run.communicate()[1]
    assert_whole(tmp_path / "dataset", truth)


def is_worker(process: psutil.Process) -> bool:
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return "resource_tracker" not in command and ("spawn_main" in command or "popen_loky" in command)


def test_two_collectors_at_once_do_not_put_a_log_in_twice(
    logs: Path, truth: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    runs = [started(logs, tmp_path / "dataset", "local") for _ in range(2)]
    assert [run.wait(timeout=300) for run in runs] == [0, 0]
    assert_whole(tmp_path / "dataset", truth)


def kills_itself_on_net3(source: str, processes: int) -> object:
    if "/net3/" in source:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_log(source, processes=processes)


def test_a_log_that_kills_its_process_is_listed_and_the_others_are_read(logs: Path, tmp_path: Path) -> None:
    dataset = str(tmp_path / "dataset")
    done = collect(find([str(logs)]), dataset, lambda _: {}, kills_itself_on_net3, how=How(workers=2))
    assert {reason for _, reason in done.failed} == {
        "the process that read it was killed, or ran out of memory"
    }
    assert {address.split("/")[-4] for address, _ in done.failed} == {"net3"}
    assert done.new + len(done.failed) == LOGS
    assert len(Dataset(dataset).logs) == done.new
