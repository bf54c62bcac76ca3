"""Housekeeping: few files instead of many, the same rows, and nothing removed that somebody may need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from collecting import collect_folder, difference, rows
from compose.fleet import GPUS, Built, write

from tacticlens.cli.app import main
from tacticlens.fleet import tidying
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.entries import Entries
from tacticlens.fleet.places import Found
from tacticlens.fleet.reading import Wanted, failure
from tacticlens.fleet.tidying import tidy
from tacticlens.fleet.writing import new_part

NIGHTS = 4
LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect some nights one by one, so that each is a part of its own."""
    place = tmp_path_factory.mktemp("nights")
    for night in range(1, NIGHTS + 1):
        write([Built("a", night=night), Built("b", gpu=GPUS[1], night=night)], place / "logs")
        collect_folder(place / "logs", place / "dataset")
    return place / "dataset"


@pytest.fixture
def place(collected: Path, tmp_path: Path) -> Path:
    return shutil.copytree(collected, tmp_path / "dataset")


def tables(dataset: Path) -> dict[str, pl.DataFrame]:
    return rows(Dataset(str(dataset)))


def files(dataset: Path) -> set[Path]:
    return set((dataset / "tables").rglob("*.parquet"))


def assert_same(dataset: Dataset, before: dict[str, pl.DataFrame]) -> None:
    assert len(dataset.logs) == 2 * NIGHTS
    assert difference(rows(dataset), before, dataset.logs["sha256"].to_list()) is None


def test_small_parts_become_one_for_each_gpu_with_the_same_rows(place: Path) -> None:
    before, number = tables(place), len(files(place))
    done = tidy(str(place))
    assert (done.merged, done.into) == (2 * NIGHTS, 2)
    assert_same(Dataset(str(place)), before)
    assert len(files(place)) == number + number // NIGHTS
    assert (done.removed, done.waiting) == (0, number)


def test_who_has_the_dataset_open_reads_the_old_files(place: Path) -> None:
    before, opened = tables(place), Dataset(str(place))
    tidy(str(place))
    assert_same(opened, before)


def test_old_files_go_when_they_have_been_unnamed_for_long(place: Path) -> None:
    before, number = tables(place), len(files(place))
    tidy(str(place))
    done = tidy(str(place), kept_hours=0)
    assert (done.merged, done.removed, done.waiting) == (0, number, 0)
    assert len(files(place)) == number // NIGHTS
    assert_same(Dataset(str(place)), before)


def test_a_file_that_was_named_until_just_now_stays_however_old_it_is(place: Path) -> None:
    for path in files(place):
        os.utime(path, (LONG_AGO, LONG_AGO))
    opened, before = Dataset(str(place)), tables(place)
    assert tidy(str(place)).removed == 0
    assert_same(opened, before)


def test_what_a_killed_collector_left_goes_only_when_it_is_old(place: Path) -> None:
    one = next(iter(files(place)))
    young, old = (one.with_name(f"{new_part()}.parquet") for _ in range(2))
    for path in (young, old):
        path.write_bytes(one.read_bytes())
    os.utime(old, (LONG_AGO, LONG_AGO))
    other = one.with_name("notes.parquet")
    other.write_bytes(b"of somebody else")
    os.utime(other, (LONG_AGO, LONG_AGO))
    done = tidy(str(place))
    assert (done.removed, done.removed_bytes) == (1, one.stat().st_size)
    assert (young.exists(), old.exists(), other.exists()) == (True, False, True)


def test_a_log_that_two_collectors_read_is_there_once_afterwards(place: Path) -> None:
    before = tables(place)
    twice = Dataset(str(place)).entries.filter(pl.col("address").str.contains("night-002")).to_dicts()
    again = new_part()
    for entry in twice:
        for path in files(place):
            if path.stem == entry["part"]:
                path.with_name(f"{again}.parquet").write_bytes(path.read_bytes())
        entry["part"] = again
    Entries(str(place)).append(twice)
    tidy(str(place))
    tidy(str(place), kept_hours=0)
    assert_same(Dataset(str(place)), before)


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return how to have something happen while the first part is being written."""

    def during(happens: Callable[[], object]) -> None:
        real, todo = tidying._write, [happens]

        def writes(*given: Any) -> None:
            if todo:
                todo.pop()()
            real(*given)

        monkeypatch.setattr(tidying, "_write", writes)

    return during


def test_what_is_collected_meanwhile_stays(place: Path, once: Callable[[Callable[[], object]], None]) -> None:
    write([Built("late")], place.parent / "late")
    once(lambda: collect_folder(place.parent / "late", place))
    assert tidy(str(place)).into == 2
    assert len(Dataset(str(place)).logs) == 2 * NIGHTS + 1
    assert tables(place)["log"].height == 2 * NIGHTS + 1


def test_two_that_tidy_at_once_leave_each_log_once(
    place: Path, once: Callable[[Callable[[], object]], None]
) -> None:
    before = tables(place)
    once(lambda: tidy(str(place)))
    assert tidy(str(place)).into == 0
    assert_same(Dataset(str(place)), before)


def test_a_commit_in_the_same_moment_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, todo = tables(place), Entries._table, [1]

    def loaded_just_before(self: Entries) -> Any:
        table = real(self)
        if todo:
            todo.pop()
            Entries(str(place)).append([failure(Wanted(Found("x", 1, "1"), {}), "none", again=False)])
        return table

    dataset = Dataset(str(place))
    (partition, logs), *_ = tidying._groups(dataset.logs)
    part = new_part()
    tidying._write(dataset, logs, partition, part)
    monkeypatch.setattr(Entries, "_table", loaded_just_before)
    assert Entries(str(place)).move(tidying._moves(dataset, logs, part))
    assert Dataset(str(place)).failed["address"].to_list() == ["x"]
    assert_same(Dataset(str(place)), before)


def test_who_is_stopped_before_the_commit_has_changed_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(place)
    with monkeypatch.context() as patch:
        patch.setattr(Entries, "move", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tidy(str(place))
    assert_same(Dataset(str(place)), before)
    assert tidy(str(place)).into == 2
    assert_same(Dataset(str(place)), before)


def test_the_command_says_what_it_did(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place.parent)
    assert main(["fleet", "tidy", "dataset"]) == 0
    first = capsys.readouterr().out
    assert first.startswith("dataset: 8 parts rewritten as 2\nKept for now: ")
    assert main(["fleet", "tidy", "dataset", "--keep-hours", "0"]) == 0
    assert capsys.readouterr().out.startswith("dataset: no small parts to merge\nRemoved: ")
    assert main(["fleet", "tidy", "."]) == 2
