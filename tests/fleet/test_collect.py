"""Collecting: what is in the dataset afterwards, what is read again, and what is listed as failed."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import polars as pl
import pytest
from collecting import ONE, collect_folder, dataset_of, rows
from compose.fleet import GPUS, Built, write
from polars.testing import assert_frame_equal

from tacticlens.errors import SourceError, UsageError
from tacticlens.fleet.collect import PORTION_BYTES, collect, portions
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.labels import from_manifest, from_options
from tacticlens.fleet.places import Found, find
from tacticlens.fleet.reading import Wanted
from tacticlens.log import read_log
from tacticlens.tables.schema import TABLE_NAMES

BUILDS = [Built("a", gpu=GPUS[0]), Built("b", gpu=GPUS[1], version="8.4.1"), Built("b", gpu=GPUS[1], night=2)]


def test_the_dataset_has_the_tables_of_each_log_to_the_row(tmp_path: Path) -> None:
    dataset = dataset_of(BUILDS, tmp_path)
    for build in BUILDS:
        path = str(tmp_path / "logs" / build.file)
        own = read_log(path).tables
        stored = dataset.tables(own.log["sha256"][0])
        for name in TABLE_NAMES:
            assert_frame_equal(stored[name], own[name])


def test_labels_version_and_gpu_are_columns_of_every_table(tmp_path: Path) -> None:
    dataset = dataset_of(BUILDS, tmp_path)
    for name in TABLE_NAMES:
        schema = dataset.table(name).collect_schema()
        assert {"sha256", "tensorrt_version", "gpu", "model", "night"} <= set(schema)
    counted = (
        dataset.table("log")
        .select("model", "gpu", "tensorrt_version", "night")
        .sort("model", "night")
        .collect()
    )
    assert counted.rows() == [
        ("a", GPUS[0], "8.6.1", "001"), ("b", GPUS[1], "8.4.1", "001"), ("b", GPUS[1], "8.6.1", "002")
    ]  # fmt: skip


def test_a_filter_on_the_gpu_opens_the_files_of_that_gpu_only(tmp_path: Path) -> None:
    dataset = dataset_of(BUILDS, tmp_path)
    plan = dataset.table("tactics").filter(pl.col("gpu") == GPUS[0]).explain()
    assert f"gpu={GPUS[0]}" in plan
    assert f"gpu={GPUS[1]}" not in plan


def test_a_second_run_reads_only_what_is_new(tmp_path: Path) -> None:
    write(BUILDS, tmp_path / "logs")
    first = collect_folder(tmp_path / "logs", tmp_path / "dataset")
    write([Built("c"), *BUILDS], tmp_path / "logs2")
    (tmp_path / "logs2" / Built("c").file).rename(tmp_path / "logs" / "c.log")
    second = collect_folder(tmp_path / "logs", tmp_path / "dataset")
    assert (first.new, first.known) == (3, 0)
    assert (second.new, second.known) == (1, 3)


def test_a_copy_of_a_log_and_a_touched_log_add_no_rows(tmp_path: Path) -> None:
    write(BUILDS, tmp_path / "logs")
    collect_folder(tmp_path / "logs", tmp_path / "dataset")
    before = rows(Dataset(str(tmp_path / "dataset")))
    touched = tmp_path / "logs" / BUILDS[0].file
    os.utime(touched, (1, 1))
    (tmp_path / "logs" / "copy.log").write_bytes(touched.read_bytes())
    (tmp_path / "logs" / "packed.log.gz").write_bytes(gzip.compress(touched.read_bytes()))
    again = collect_folder(tmp_path / "logs", tmp_path / "dataset")
    after = rows(Dataset(str(tmp_path / "dataset")))
    assert again.new + again.same == 3
    for name in TABLE_NAMES:
        assert_frame_equal(before[name], after[name])
    third = collect_folder(tmp_path / "logs", tmp_path / "dataset")
    assert (third.new, third.same, third.known) == (0, 0, 5)


def test_a_failed_log_is_listed_with_its_reason_and_tried_again_when_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    write(BUILDS[:1], folder)
    bad = folder / "bad.log"
    bad.write_text("nothing of TensorRT\n" * 3)
    first = collect_folder(folder, tmp_path / "dataset")
    assert (first.new, first.failed) == (1, [(str(bad), "none of its lines is TensorRT's (3 read)")])
    second = collect_folder(folder, tmp_path / "dataset")
    assert (second.new, second.known, second.failed) == (0, 2, first.failed)
    assert Dataset(str(tmp_path / "dataset")).failed["address"].to_list() == [str(bad)]
    bad.write_text(Built("late").text())
    third = collect_folder(folder, tmp_path / "dataset")
    assert (third.new, third.failed) == (1, [])
    assert Dataset(str(tmp_path / "dataset")).failed.is_empty()


def test_a_log_that_breaks_the_reader_is_tried_again_and_stops_no_other(tmp_path: Path) -> None:
    write(BUILDS, tmp_path / "logs")
    found = find([str(tmp_path / "logs")])
    for _ in range(2):
        done = collect(found, str(tmp_path / "dataset"), lambda _: {}, breaks_on_a, how=ONE)
        assert [reason for _, reason in done.failed] == ["ZeroDivisionError: as if a bug were there"]
    assert len(Dataset(str(tmp_path / "dataset")).logs) == 2


def breaks_on_a(source: str, processes: int) -> object:
    if "/a/" in source:
        raise ZeroDivisionError("as if a bug were there")
    return read_log(source, processes=processes)


def test_a_log_without_an_end_gives_way_to_the_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "build.log"
    path.parent.mkdir()
    whole = Built("a").text()
    path.write_text(whole[: len(whole) // 2])
    collect_folder(path.parent, tmp_path / "dataset")
    path.write_text(whole)
    collect_folder(path.parent, tmp_path / "dataset")
    log = Dataset(str(tmp_path / "dataset")).table("log").collect()
    assert log["outcome"].to_list() == ["passed"]


def test_a_label_may_fill_in_the_gpu_that_a_log_does_not_name(tmp_path: Path) -> None:
    text = "".join(
        line for line in Built("a").text().splitlines(keepends=True) if "Selected Device" not in line
    )
    (tmp_path / "a.log").write_text(text)
    (tmp_path / "b.log").write_text(Built("b").text())
    collect(find([str(tmp_path)]), str(tmp_path / "dataset"), lambda _: {"gpu": "Thor"}, read_log, how=ONE)
    gpus = Dataset(str(tmp_path / "dataset")).table("log").select("gpu").collect()["gpu"].to_list()
    assert sorted(gpus) == [GPUS[0], "Thor"]


@pytest.mark.parametrize("gpu", ["../../../etc", "a/b", "100%", "x=y", "..", "名"])
def test_the_name_of_a_gpu_leads_nowhere_outside_the_dataset(gpu: str, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(
        Built(gpu="GPU").text().replace("Selected Device: GPU", f"Selected Device: {gpu}")
    )
    before = set(tmp_path.parent.iterdir())
    collect_folder(tmp_path / "logs", tmp_path / "dataset")
    assert set(tmp_path.parent.iterdir()) == before
    assert Dataset(str(tmp_path / "dataset")).table("tactics").collect()["gpu"].unique().to_list() == [gpu]


def test_folders_globs_and_files_name_each_log_once(tmp_path: Path) -> None:
    write(BUILDS, tmp_path)
    (tmp_path / "notes.md").write_text("no log")
    (tmp_path / "round").symlink_to(tmp_path)
    one = tmp_path / BUILDS[0].file
    assert len(find([str(tmp_path)])) == 3
    assert len(find([str(tmp_path), str(one), str(tmp_path / "**" / "*.log")])) == 3
    assert [found.address for found in find([str(one)])] == [str(one)]
    with pytest.raises(UsageError, match="no log there"):
        find([str(tmp_path / "*.nothing")])


def test_large_logs_come_first_and_alone() -> None:
    sizes = [10, PORTION_BYTES, 20, 3 * PORTION_BYTES, 30]
    wanted = [Wanted(Found(f"{n}.log", size, ""), {}) for n, size in enumerate(sizes)]
    made = [[one.found.bytes for one in portion.logs] for portion in portions(wanted, workers=1)]
    assert made[:2] == [[3 * PORTION_BYTES], [PORTION_BYTES]]
    assert sorted(size for portion in made for size in portion) == sorted(sizes)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_manifest_gives_each_log_its_labels(suffix: str, tmp_path: Path) -> None:
    manifest = tmp_path / f"labels{suffix}"
    listed = [
        {"log": "a.log", "model": "resnet", "night": "3"},
        {"log": "s3://bucket/b.log", "model": "bert", "night": ""},
    ]
    text = "\n".join(["log,model,night", *(",".join(row.values()) for row in listed)])
    manifest.write_text(json.dumps(listed) if suffix == ".json" else text)
    assert from_manifest(manifest) == {
        str(tmp_path / "a.log"): {"model": "resnet", "night": "3"}, "s3://bucket/b.log": {"model": "bert"}
    }  # fmt: skip


@pytest.mark.parametrize(
    "option", ["model", "model=", "=x", "Model=x", "kernel=x", "sha256=x", "a b=x", "../x=y"]
)
def test_what_is_no_label_is_refused(option: str) -> None:
    with pytest.raises(UsageError):
        from_options([option])


def test_what_is_no_dataset_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a dataset"):
        Dataset(str(tmp_path))


def test_source_errors_keep_their_words(tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_text("")
    done = collect_folder(tmp_path, tmp_path / "dataset")
    with pytest.raises(SourceError) as said:
        read_log(tmp_path / "empty.log")
    assert done.failed[0][1] in str(said.value)
