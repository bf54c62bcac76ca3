"""What `explain` prints for a layer of each generation of TensorRT; every text was read beside its log.

TACTICLENS_UPDATE_GOLDEN=1 writes the texts anew; look at the difference before you keep it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tacticlens.cli.app import main

pytestmark = pytest.mark.corpus

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "explain"
UPDATE = os.environ.get("TACTICLENS_UPDATE_GOLDEN") == "1"

# TensorRT -> log, layer, options
CASES: dict[str, tuple[str, str, list[str]]] = {
    "5.1": ("trt51_caffe_googlenet_cpp", "conv1/7x7_s2", []),
    "7": ("python-7.x-unknown-openpose-ppn", "StatefulPartitionedCall/conv2d_1", []),
    "8.0": ("trtexec-8.0.3-gtx1070-mnist-fp16", "Conv__25", []),
    "8.2": ("trtexec-8.2.3-a100-centerpoint-rpn", "Conv_60 + Relu_61", []),
    "8.4": ("trtexec-8.4.1-gtx1070-mnist-fp16", "Conv-4", []),
    "8.5": ("trtexec-8.5.1-rtx3080-sample2", "/conv2/Conv", []),
    "8.6.0": ("trtexec-8.6.0-rtx3090-mnist", "Conv-4 + ReLU-5", []),
    "8.6.1": ("trtexec-8.6.1-rtx3080-mobilenetv2", "/backbone/classifier/classifier.1/Gemm", []),
    "9": ("excerpt-trt9.x-torchtrt-windows-2495", "ForeignNode", []),
    "10.14": ("python-10.14.1-rtx6000ada-netserial", "Convolution2 + Activation2", []),
    "10.16": ("trtexec-10.16.1-h100-mnist-level5", "node_conv2d_1", []),
    "10.16-opened": ("python-10.16.0-rtx6000ada-profverb", "ForeignNode", ["--build", "3"]),
    "11.1": ("cookbook-trtexec-11.1.0-h100-part3-tail", "ForeignNode", []),
    "rtx-1": ("cookbook-trtrtx-1.x-verbose", "ForeignNode", []),
}

_ROW = re.compile(r"\s+([\d.]+) ms\s.*?\s(\d{1,6})  \S")
"""A candidate: its time, and the line of the log."""
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e-?\d+)?(?![\w.])")


@pytest.mark.parametrize("version", CASES)
def test_explain_reads_like_the_log(
    version: str,
    corpus_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    log, layer, options = CASES[version]
    monkeypatch.chdir(corpus_dir / "logs")
    capfdbinary.readouterr()
    code = main(["explain", f"{log}.log", layer, *options])
    text = capfdbinary.readouterr().out.decode()
    golden = GOLDEN / f"{version}.txt"
    if UPDATE:
        golden.write_text(text, encoding="utf-8")

    assert code == 0
    assert text == golden.read_text(encoding="utf-8")


def test_every_time_stands_on_the_line_that_is_named(corpus_dir: Path) -> None:
    seen, wrong = 0, []
    for version, (log, _, _) in CASES.items():
        lines = (corpus_dir / "logs" / f"{log}.log").read_text("utf-8", "replace").split("\n")
        for row in (GOLDEN / f"{version}.txt").read_text("utf-8").split("\n"):
            found = _ROW.match(row)
            if found:
                printed = [float(number) for number in _NUMBER.findall(lines[int(found[2]) - 1])]
                seen += 1
                if not any(abs(one - float(found[1])) <= 0.006 * one for one in printed):
                    wrong.append((version, row))

    assert wrong == []
    assert seen > 150
