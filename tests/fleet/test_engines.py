"""Local processes and Dask workers: the same rows, whoever is killed, and two collectors at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any, Literal

import polars as pl
import pytest
from collecting import collect_folder, difference, rows
from compose.fleet import fleet, write
from scripted import load_script

from tacticlens.errors import UsageError
from tacticlens.fleet import engines
from tacticlens.fleet.collect import How, collect
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.engines import DaskEngine
from tacticlens.fleet.labels import from_manifest
from tacticlens.fleet.places import find
from tacticlens.fleet.reading import Portion
from tacticlens.log import read_log

distributed = pytest.importorskip("distributed")

LOGS = 40

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
    assert difference(rows(found), truth, found.logs["sha256"].to_list()) is None


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


@pytest.mark.parametrize("what", ["collector", "two"])
def test_what_is_killed_or_done_twice_is_in_the_dataset_once_after_the_next_run(
    what: str, tmp_path: Path
) -> None:
    script = load_script("kill_collect")
    write(fleet(script.LOGS), tmp_path / "logs")
    script.play(what, "local", rounds=2, seed=1, place=tmp_path)


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_a_worker_that_is_killed_loses_nothing(
    engine: Literal["local", "dask"], logs: Path, truth: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    marker, labels = str(tmp_path / "died"), from_manifest(logs / "manifest.csv")
    done = collect(
        find([str(logs)]), str(tmp_path / "dataset"), labels.__getitem__, partial(dies_once_on_net3, marker),
        how=How(engine, workers=2),
    )  # fmt: skip
    assert Path(marker).exists()
    assert done.failed == []
    assert_whole(tmp_path / "dataset", truth)


def dies_once_on_net3(marker: str, source: str, processes: int) -> object:
    if "/net3/" in source and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return read_log(source, processes=processes)


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


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start a Dask scheduler without workers; who waits for it looks often and has little patience."""
    monkeypatch.setattr(engines, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(engines, "_PATIENCE_SECONDS", 0.2)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        yield cluster


def test_a_cluster_started_here_says_nothing_where_another_has_the_usual_port(
    logs: Path, tmp_path: Path
) -> None:
    with socket() as other:
        with suppress(OSError):  # somebody has it already
            other.bind(("", 8787))
            other.listen()
        one = next(logs.rglob("*.log"))
        command = [
            sys.executable, "-m", "tacticlens", "collect", str(one), "-o", str(tmp_path / "d"),
            "--engine", "dask", "-j", "1",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 log collected")
    assert done.stderr == ""


def test_a_cluster_without_workers_is_told_and_not_waited_for_without_end(
    nobody: Any, logs: Path, tmp_path: Path
) -> None:
    how = How("dask", scheduler=nobody.scheduler_address)
    with pytest.raises(UsageError, match="no worker of the Dask cluster has taken work"):
        collect(find([str(logs)]), str(tmp_path / "dataset"), lambda _: {}, read_log, how=how)


def test_a_scheduler_that_goes_away_is_told(nobody: Any) -> None:
    engine = DaskEngine(lambda _: [], nobody.scheduler_address, None)
    engine.submit(Portion(()))
    nobody.close()
    with pytest.raises(UsageError, match="connection to the Dask scheduler is lost"):
        list(engine.completed())
    engine.close()
