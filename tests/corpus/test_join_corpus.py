"""Layer information and profiles that trtexec exported on real machines, with and without the log of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tacticlens.join.apply import join
from tacticlens.join.exported import layers_file, profile_file
from tacticlens.join.model import SideFile
from tacticlens.log import read_log
from tacticlens.tables.shares import shares

pytestmark = pytest.mark.corpus

TENSOR_CORE_SHARES = {
    "trt10.4-rtx3060-resnet18-fp16": 0.91, "trt8-a100-resnet-fp16": 0.84, "trt8-a100-resnet-fp32": 0.68,
    "trt8-a100-resnet-qat": 0.46, "trt8-mobilenet-qat": 0.60, "trt8-rtx3090-resnet-fp16": 0.91,
    "trt8-rtx3090-resnet-qat": 0.79, "trt10.4-rtx3060-alexnet-fp16": 0.22,
}  # fmt: skip
"""Counted by hand from the same files."""


def files(folder: Path) -> list[SideFile]:
    readers = {"layers.json": layers_file, "profile.json": profile_file}
    return [
        read((folder / name).read_text(encoding="utf-8"), name)
        for name, read in readers.items()
        if (folder / name).is_file()
    ]


@pytest.mark.parametrize("name", ["trtexec-8.5.1-rtx3080-resnet50", "trtexec-8.5.1-rtx3080-sample2"])
def test_files_of_the_same_engine_agree_with_its_log_in_every_value(corpus_dir: Path, name: str) -> None:
    tables = join(
        read_log(corpus_dir / "logs" / f"{name}.log", processes=0).tables,
        files(corpus_dir / "engines" / name),
    )
    results = tables.joined["result"].unique().to_list()

    assert tables.joined.height > 10
    assert set(results) <= {"agrees", "filled"}


def test_files_of_another_engine_do_not_agree(corpus_dir: Path) -> None:
    log = corpus_dir / "logs" / "trtexec-8.5.1-rtx3080-sample2.log"
    tables = join(read_log(log, processes=0).tables, files(corpus_dir / "engines" / "trt8-a100-resnet-fp16"))

    assert set(tables.joined["result"]) == {"unmatched"}


@pytest.mark.parametrize("name", TENSOR_CORE_SHARES)
def test_a_plain_log_with_both_files_has_the_whole_engine(
    corpus_dir: Path, tmp_path: Path, name: str
) -> None:
    log = tmp_path / "plain.log"
    log.write_text("&&&& RUNNING TensorRT.trtexec [TensorRT v8401] # trtexec --onnx=m.onnx\n")
    layers, profile = files(corpus_dir / "engines" / name)
    tables = join(read_log(log).tables, [layers, profile])

    assert tables.engine_layers["name"].to_list() == [layer.name for layer in layers.layers]
    assert set(tables.joined["result"]) == {"filled"}
    assert tables.engine_layers["time_ms"].null_count() <= len(layers.layers) - len(profile.profile)
    assert shares(tables, None).tensor_core == pytest.approx(TENSOR_CORE_SHARES[name], abs=0.01)
