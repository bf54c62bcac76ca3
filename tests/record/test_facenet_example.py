"""The walk-through of examples/facenet: its commands are run, and what it says is held against the results."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import networks

from tacticlens.log import read_log

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "facenet"
_VERSION = re.compile(r"TensorRT-RTX (\d+\.\d+\.\d+)")


def blocks() -> list[tuple[list[str], list[str]]]:
    """Commands of the walk-through, each with the lines that it shows."""
    found: list[tuple[list[str], list[str]]] = []
    for block in re.findall(
        r"```console\n(.*?)```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.DOTALL
    ):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((shlex.split(line[2:]), []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[list[str], list[str], str]]]:
    """The folder after all commands, and what each of them printed."""
    networks.need_builder()
    pytest.importorskip(
        "onnx_graphsurgeon", reason="onnx_graphsurgeon is not installed: pip install 'tacticlens[onnx]'"
    )
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'tacticlens[onnx]'")
    folder = tmp_path_factory.mktemp("facenet")
    (folder / "make_model.py").write_bytes((EXAMPLE / "make_model.py").read_bytes())
    said = []
    for command, shown in blocks():
        start = [sys.executable, *command[1:]] if command[0] == "python" else [sys.executable, "-m", *command]
        done = subprocess.run(start, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True)
        said.append((command, shown, done.stdout))
    return folder, said


def test_the_walk_through_runs_and_prints_what_it_shows(
    walked: tuple[Path, list[tuple[list[str], list[str], str]]],
) -> None:
    import tensorrt_rtx

    recorded = _VERSION.findall((EXAMPLE / "README.md").read_text(encoding="utf-8"))[0]
    if not str(tensorrt_rtx.__version__).startswith(recorded):
        pytest.skip(f"the outputs are of TensorRT-RTX {recorded}, here is {tensorrt_rtx.__version__}")
    for command, shown, printed in walked[1]:
        lines = [line.rstrip() for line in printed.splitlines()]
        assert [line for line in shown if line.rstrip() not in lines] == [], command


def test_the_unfused_relu_between_transposes_is_found_and_gone_afterwards(
    walked: tuple[Path, list[tuple[list[str], list[str], str]]],
) -> None:
    layers = {name: read_log(walked[0] / f"{name}.log").tables.engine_layers for name in ("before", "after")}
    kernels = {name: " ".join(table["name"].to_list()) for name, table in layers.items()}

    assert kernels["before"].count("TranRelu") >= 6
    assert "TranRelu" not in kernels["after"]
    with_conv = [
        nodes for nodes in layers["after"]["onnx_nodes"].to_list() if any("Conv2D" in node for node in nodes)
    ]
    joined = [nodes for nodes in with_conv if any(node.endswith("/Relu") for node in nodes)]
    assert len(joined) >= 9


def test_nineteen_of_twenty_transposes_and_every_batch_norm_are_gone_and_the_outputs_are_equal(
    walked: tuple[Path, list[tuple[list[str], list[str], str]]],
) -> None:
    import onnx

    from tacticlens.network.checking import Judge

    models = [onnx.load(walked[0] / f"{name}.onnx") for name in ("facenet", "fixed")]
    ops = [[node.op_type for node in model.graph.node] for model in models]

    assert [one.count("Transpose") for one in ops] == [20, 1]
    assert [one.count("BatchNormalization") for one in ops] == [10, 0]
    assert Judge(models[0], {}).difference(models[1]) < 1e-4
