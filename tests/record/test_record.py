"""Recording builds with a real builder: TensorRT-RTX needs no GPU to build."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import networks

from tacticlens.cli.app import main
from tacticlens.log import read_log
from tacticlens.record.settings import BuildSettings
from tacticlens.record.trtexec import trtexec_command


def record(name: str, folder: Path, *options: str) -> tuple[int, Path]:
    networks.need_builder()
    model = networks.write_network(name, folder / f"{name}.onnx")
    log = folder / "build.log"
    arguments = ["record", str(model), "-o", str(log), "--compute-capability", "8.9", *options]
    return main(arguments), log


@pytest.mark.parametrize("name", networks.NAMES)
def test_every_line_of_a_recorded_build_is_read(name: str, tmp_path: Path) -> None:
    code, log = record(name, tmp_path, *networks.OPTIONS.get(name, []))
    tables = read_log(log).tables

    assert code == (1 if name in networks.REFUSED else 0)
    assert tables.unread.to_dicts() == []
    assert tables.log["outcome"].to_list() == ["failed" if name in networks.REFUSED else "passed"]
    assert tables.engine_layers.is_empty() == (name in networks.REFUSED)


@pytest.mark.parametrize("name", networks.REFUSED)
def test_a_refused_build_says_where_in_the_log_the_reason_stands(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, log = record(name, tmp_path)
    said = capsys.readouterr().err.splitlines()[-1]

    found = re.fullmatch(rf"tacticlens: {re.escape(str(log))}:(\d+): no engine was built: (.+)", said)
    assert found is not None
    line = log.read_text().splitlines()[int(found[1]) - 1]
    assert found[2][:40] in line
    assert "[E] " in line


def test_the_layers_of_the_engine_are_written_beside_the_log(tmp_path: Path) -> None:
    record("conv-transpose-relu", tmp_path)
    layers = json.loads((tmp_path / "build.layers.json").read_text())["Layers"]

    assert {"stem/Conv2D_myl0_1", "branch/Conv2D_myl0_3"} <= {layer["Name"] for layer in layers}
    conv = next(layer for layer in layers if layer["Name"] == "branch/Conv2D_myl0_3")
    assert conv["Outputs"][0]["Dimensions"] == [1, 32, 32, 32]
    assert "[ONNX Layer: branch/Conv2D]" in conv["Metadata"]


def test_the_options_of_the_build_stand_in_its_log(tmp_path: Path) -> None:
    engine, cache = tmp_path / "e.plan", tmp_path / "t.cache"
    options = [
        "--opt-level",
        "2",
        "--workspace",
        "64",
        "--save-engine",
        str(engine),
        "--timing-cache",
        str(cache),
    ]
    _, log = record("dynamic-batch", tmp_path, *options, *networks.OPTIONS["dynamic-batch"])
    echoed = dict(read_log(log).tables.options.select("key", "value").iter_rows())

    assert echoed["BuilderOptimizationLevel"] == "2"
    assert echoed["Memory Pools"] == "workspace: 64 MiB"
    assert echoed["Input build shape (profile 0)"] == "x=1x64+4x64+8x64"
    assert engine.stat().st_size > 1000
    assert cache.stat().st_size > 0
    assert "optimization level 2" in log.read_text()


def test_two_profiles_are_two_passes_of_the_builder(tmp_path: Path) -> None:
    profiles = ["--shapes", "x:4x64", "--shapes", "x:16x64"]
    _, log = record("dynamic-batch", tmp_path, *profiles)

    assert read_log(log).tables.builds["profile"].to_list() == [0, 1]


def test_a_precision_that_the_version_lacks_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, log = record("mlp-fp16", tmp_path, "--fp16")

    assert code == 1
    assert "has no fp16 option: its networks are strongly typed" in capsys.readouterr().err.splitlines()[-1]
    assert read_log(log).tables.unread.is_empty()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_stopped_leaves_its_log_and_no_process(
    number: signal.Signals, tmp_path: Path
) -> None:
    networks.need_builder()
    model, log = networks.write_network("chain", tmp_path / "chain.onnx"), tmp_path / "build.log"
    command = [
        sys.executable,
        "-m",
        "tacticlens",
        "record",
        str(model),
        "-o",
        str(log),
        "--compute-capability",
        "8.9",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    while process.poll() is None and (not log.exists() or log.stat().st_size < 150_000):
        time.sleep(0.005)
    builders = psutil.Process(process.pid).children() if process.poll() is None else []
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # Ctrl-C reaches the whole group
    else:
        process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    gone, left = psutil.wait_procs(builders, timeout=30)

    assert gone
    assert left == []
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert b"Traceback" not in errors
    tables = read_log(log).tables
    assert tables.log["outcome"].to_list() == ["incomplete"]
    assert tables.log["lines"][0] > 1000
    assert tables.unread.is_empty()


def test_without_a_builder_the_sentence_says_how_to_install_one_and_what_trtexec_command_does_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tacticlens.cli.record.find_spec", lambda _: None)
    model = tmp_path / "m.onnx"
    model.write_bytes(b"")

    assert main(["record", str(model), "-o", str(tmp_path / "b.log")]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "pip install 'tacticlens[rtx]'" in said
    assert "trtexec --onnx=" in said
    assert "--verbose" in said


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 8])
def test_a_file_that_is_no_model_is_refused_by_name(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks.need_builder()
    model, log = tmp_path / "m.onnx", tmp_path / "build.log"
    model.write_bytes(content)

    assert main(["record", str(model), "-o", str(log), "--compute-capability", "8.9"]) == 1
    assert f"no engine was built: {model} holds no network" in capsys.readouterr().err.splitlines()[-1] or (
        "the ONNX parser refuses" in log.read_text()
    )
    assert read_log(log).tables.unread.is_empty()


def test_an_input_of_open_size_is_refused_with_the_option_that_closes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, log = record("dynamic-batch", tmp_path)

    assert code == 1
    assert (
        "input x has sizes that are not fixed (?x64): name them, --shapes x:1x64" in capsys.readouterr().err
    )
    assert read_log(log).tables.unread.is_empty()


def test_the_trtexec_command_asks_for_what_was_asked_here() -> None:
    shapes = {"x": ((1, 3), (4, 3), (8, 3)), "y": ((2,), (2,), (2,))}
    settings = BuildSettings(
        "my net.onnx", "", "", profiles=(shapes,), precisions=("fp16", "int8"), tf32=False, workspace_mib=512,
        optimization_level=4, timing_cache="t.cache", engine="e.plan",
    )  # fmt: skip
    words = shlex.split(trtexec_command(settings, "b.log"))

    assert words[:3] == ["trtexec", "--onnx=my net.onnx", "--verbose"]
    assert words[-2:] == ["b.log", "2>&1"]
    assert {
        "--fp16", "--int8", "--noTF32", "--memPoolSize=workspace:512", "--builderOptimizationLevel=4",
        "--timingCacheFile=t.cache", "--saveEngine=e.plan", "--minShapes=x:1x3,y:2", "--optShapes=x:4x3,y:2",
        "--maxShapes=x:8x3,y:2",
    } <= set(words)  # fmt: skip
