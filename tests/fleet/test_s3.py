"""Logs and datasets on S3: a real server process on this machine (moto), whole uploads and failed ones."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import polars as pl
import pytest
from collecting import COMMIT_EACH, collect_folder, difference, rows
from compose.fleet import GPUS, Built, fleet, write

from tacticlens.cli.app import main
from tacticlens.fleet.collect import How, collect
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.entries import Entries
from tacticlens.fleet.places import Found, find
from tacticlens.fleet.reading import Wanted, failure
from tacticlens.fleet.tidying import tidy
from tacticlens.fleet.trends import trends
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES

s3fs = pytest.importorskip("s3fs")
pytest.importorskip("moto.server")
pytestmark = pytest.mark.filterwarnings("ignore")  # of botocore and aiohttp

LOGS = 8


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server, and point every client at it."""
    said = tmp_path_factory.mktemp("s3") / "server.txt"  # a pipe that nobody reads would stop the server
    with said.open("w") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stderr=stream, stdout=stream
        )
    while not (port := re.search(r"Running on http://[\d.]+:(\d+)", said.read_text())):
        assert server.poll() is None, said.read_text()
        time.sleep(0.1)
    settings = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port[1]}", "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("fleet")
        yield "s3://fleet"
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def logs(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write(fleet(LOGS), folder)
    s3fs.S3FileSystem().put(str(folder), f"{bucket}/logs", recursive=True)
    return folder


def test_logs_and_dataset_on_s3_give_the_rows_of_local_ones(bucket: str, logs: Path, tmp_path: Path) -> None:
    collect_folder(logs, tmp_path / "dataset")
    local = rows(Dataset(str(tmp_path / "dataset")))
    first = collect_s3(bucket)
    assert (first.new, first.failed) == (LOGS, [])
    there = rows(Dataset(f"{bucket}/dataset"))
    for name in TABLE_NAMES:
        own = {"source", "model", "night"}  # where it was read, and labels, differ
        kept = [column for column in local[name].columns if column not in own]
        assert there[name].select(kept).equals(local[name].select(kept)), name
    assert there["log"]["source"].str.starts_with("s3://fleet/logs/").all()
    second = collect_s3(bucket)
    assert (second.new, second.known) == (0, LOGS)


def collect_s3(bucket: str, dataset: str = "dataset", number: str = "001") -> object:
    return collect(
        find([f"{bucket}/logs"]),
        f"{bucket}/{dataset}",
        lambda _: {"night": number},
        read_log,
        how=How(workers=1),
    )


def test_questions_are_put_to_a_dataset_on_s3(
    bucket: str, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collect_s3(bucket)
    assert trends(Dataset(f"{bucket}/dataset")).steps == []
    assert main(["fleet", f"{bucket}/dataset", "SELECT count(*) AS n FROM log", "--format", "csv"]) == 0
    assert capsys.readouterr().out == f"n\n{LOGS}\n"


def test_two_collectors_at_once_on_s3_put_each_log_in_once(bucket: str, logs: Path, tmp_path: Path) -> None:
    dataset, said = f"{bucket}/two", tmp_path / "said.txt"
    with said.open("w") as stream:
        command = [sys.executable, "-c", COMMIT_EACH, "collect", f"{bucket}/logs", "-o", dataset, "-j", "1"]
        runs = [subprocess.Popen(command, stdout=stream, stderr=stream) for _ in range(2)]
        codes = [run.wait() for run in runs]
    assert codes == [0, 0], said.read_text()
    collect_folder(logs, tmp_path / "dataset")
    local, there = rows(Dataset(str(tmp_path / "dataset"))), rows(Dataset(dataset))
    for name in TABLE_NAMES:
        kept = [column for column in there[name].columns if column != "source"]
        assert there[name].select(kept).equals(local[name].select(kept)), name


def test_commits_of_two_writers_at_the_same_moment_are_all_kept(bucket: str) -> None:
    dataset, together = f"{bucket}/commits", Barrier(2)

    def writes(name: str) -> None:
        for number in range(8):
            together.wait(timeout=60)
            Entries(dataset).append(
                [failure(Wanted(Found(f"{name}{number}", 1, "1"), {}), "none", again=False)]
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(writes, ["a", "b"]))
    assert sorted(Entries(dataset).read()["address"]) == [f"{name}{n}" for name in "ab" for n in range(8)]


def test_a_glob_on_s3_names_logs(bucket: str, logs: Path) -> None:
    assert len(find([f"{bucket}/logs/**/*.log"])) == LOGS


def breaks_uploads(source: object, processes: int) -> object:
    """Read a log; from the third on, uploads of this process fail as with a full or forbidden bucket."""
    breaks_uploads.reads += 1  # type: ignore[attr-defined]
    if breaks_uploads.reads == 3:  # type: ignore[attr-defined]

        async def refused(*_: object, **__: object) -> None:
            raise PermissionError("Access Denied")

        s3fs.S3FileSystem._pipe_file = refused
    return read_log(source, processes=processes)


breaks_uploads.reads = 0  # type: ignore[attr-defined]


def test_a_failed_upload_is_told_publishes_nothing_and_is_made_good_by_the_next_run(
    bucket: str, logs: Path
) -> None:
    found = find([f"{bucket}/logs"])
    done = collect(found, f"{bucket}/broken", lambda _: {}, breaks_uploads, how=How(workers=1))
    assert len(done.unwritten) > 0
    assert "PermissionError: Access Denied" in done.unwritten[0]
    dataset = Dataset(f"{bucket}/broken")
    before = len(dataset.logs)
    assert before < LOGS
    assert dataset.table("log").collect().height == before
    again = collect(found, f"{bucket}/broken", lambda _: {}, read_log, how=How(workers=1))
    assert again.new == LOGS - before
    whole = Dataset(f"{bucket}/broken")
    assert len(whole.logs) == whole.table("log").select(pl.len()).collect().item() == LOGS


def test_an_address_that_is_not_there_is_one_line(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "trends", f"{bucket}/nowhere"]) == 2
    assert "is not a dataset" in capsys.readouterr().err
    assert main(["collect", f"{bucket}/nothing", "-o", f"{bucket}/x"]) == 2
    assert "no log there" in capsys.readouterr().err


NIGHTS = 3


@pytest.fixture
def parts(bucket: str, tmp_path: Path) -> str:
    """Collect some nights one by one, so that each is a part of its own."""
    dataset = f"{bucket}/tidied-{uuid4().hex}"
    for night in range(1, NIGHTS + 1):
        write([Built("a", night=night), Built("b", gpu=GPUS[1], night=night)], tmp_path)
        collect_folder(tmp_path, dataset)
    return dataset


def files(dataset: str) -> list[str]:
    system = s3fs.S3FileSystem()
    system.invalidate_cache()
    return [path for path in system.find(f"{dataset}/tables") if path.endswith(".parquet")]


def assert_same(dataset: str, before: dict[str, pl.DataFrame]) -> None:
    opened = Dataset(dataset)
    assert difference(rows(opened), before, opened.logs["sha256"].to_list()) is None
    assert len(opened.logs) == 2 * NIGHTS


def test_small_parts_on_s3_become_one_and_their_files_go(parts: str) -> None:
    before, opened, number = rows(Dataset(parts)), Dataset(parts), len(files(parts))
    done = tidy(parts)
    assert (done.merged, done.into, done.removed) == (2 * NIGHTS, 2, 0)
    assert_same(parts, before)
    assert difference(rows(opened), before, opened.logs["sha256"].to_list()) is None  # who had it open
    assert tidy(parts, kept_hours=0).removed == number
    assert_same(parts, before)


def test_a_failed_upload_of_tidy_on_s3_is_one_line_and_changes_nothing(
    parts: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, number, uploads = rows(Dataset(parts)), len(files(parts)), count()
    real = s3fs.core.S3File.commit

    def refused(self: object) -> None:
        if next(uploads) == 5:
            raise PermissionError("Access Denied")
        real(self)

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.core.S3File, "commit", refused)
        assert main(["fleet", "tidy", parts]) == 2
    said = capsys.readouterr().err
    assert f"{parts}: small parts cannot be made one (PermissionError: Access Denied)" in said
    assert said.count("\n") == 1
    assert number < len(files(parts))
    assert_same(parts, before)
    assert tidy(parts).removed == 0
    assert_same(parts, before)
