"""What a real GPU ran: PyTorch models on an H100, recorded by a script of ours."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "findings"))
import record_torch_trace
from small_tables import layer, small

from tacticlens.ingest.nsys import kernel_runs
from tacticlens.join.apply import join
from tacticlens.join.match import plain_name
from tacticlens.join.model import FileKernel, SideFile
from tacticlens.join.profilers import kernels_csv, kernels_trace, summed
from tacticlens.kernels import decode

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "profiled"
MODELS = tuple(record_torch_trace.MODELS)
GEMM = "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x128x64_stage4_warpsize2x2x1_tensor16x8x16"
GELU = "void at::native::gelu<c10::Half>(int)"


def trace(model: str) -> SideFile:
    path = FOLDER / f"{model}.trace.json"
    return kernels_trace(path.read_text(encoding="utf-8"), path.name)


def report(model: str) -> SideFile:
    path = FOLDER / f"{model}.sqlite"
    return SideFile("nsys", path.name, kernels=summed(kernel_runs(path)))


def stats(model: str) -> SideFile:
    path = FOLDER / f"{model}.nsys.csv"
    return kernels_csv(path.read_text(encoding="utf-8"), path.name)


def in_modules(file: SideFile) -> list[FileKernel]:
    """The kernels of the model; those that make its weights and input are in no module."""
    return [kernel for kernel in file.kernels if kernel.layer]


@pytest.mark.parametrize("model", MODELS)
def test_both_profilers_saw_the_same_kernels_in_the_same_modules(model: str) -> None:
    def seen(file: SideFile) -> set[tuple[str, str | None, int]]:
        return {
            (plain_name(kernel.kernel).split("::")[-1], kernel.layer, kernel.instances)
            for kernel in in_modules(file)
        }

    assert seen(trace(model)) == seen(report(model))
    assert len(in_modules(trace(model))) > 8


@pytest.mark.parametrize("model", MODELS)
def test_the_summary_and_the_export_of_one_report_agree(model: str) -> None:
    def total(file: SideFile) -> dict[str, tuple[int, float]]:
        sums: dict[str, tuple[int, float]] = {}
        for kernel in file.kernels:
            runs, time = sums.get(kernel.kernel, (0, 0.0))
            sums[kernel.kernel] = runs + kernel.instances, round(time + kernel.total_ms, 6)
        return sums

    assert total(stats(model)) == total(report(model))


@pytest.mark.parametrize("model", MODELS)
def test_what_a_kernel_name_says_of_tensor_cores_is_what_the_hardware_counted(model: str) -> None:
    with (FOLDER / f"{model}.tensor.csv").open(encoding="utf-8") as stream:
        counted = {row["kernel"]: int(row["instructions"]) for row in csv.DictReader(stream)}
    said = {name: decode(name).tensor_core for name in counted}

    assert said == {name: "yes" if instructions else "no" for name, instructions in counted.items()}


@pytest.mark.parametrize(
    ("model", "products"),
    [("convnet-fp16", {"stem", "block.conv1", "up", "classes"}),
     ("transformer-bf16", {"embed", "attention", "attention.query", "expand", "contract"})],
)  # fmt: skip
def test_the_longest_kernel_of_a_matrix_product_is_on_tensor_cores(model: str, products: set[str]) -> None:
    longest = {
        module: max((k for k in trace(model).kernels if k.layer == module), key=lambda k: k.total_ms / k.instances)
        for module in products
    }  # fmt: skip
    decoded = {module: decode(kernel.kernel) for module, kernel in longest.items()}

    assert {module: kernel.tensor_core for module, kernel in decoded.items()} == dict.fromkeys(
        products, "yes"
    )
    assert all(kernel.gemm for kernel in decoded.values())


@pytest.mark.parametrize("read", [trace, report])
def test_a_layer_without_a_time_gets_that_of_the_modules_that_only_it_holds(read: Any) -> None:
    file = read("convnet-fp16")
    rows = [
        layer(1, "conv1 + relu1", "unknown", None, onnx_nodes=["/block/conv1/Conv", "/block/relu1/Relu"]),
        layer(2, "max of 3 x 3", "unknown", None, onnx_nodes=["/pool/MaxPool"]),
        layer(3, "up, first half", "unknown", None, onnx_nodes=["/up/ConvTranspose"]),
        layer(4, "up, second half", "unknown", None, onnx_nodes=["/up/ConvTranspose"]),
        layer(5, "flat", "unknown", None, onnx_nodes=["/flatten/Flatten", "/softmax/Softmax"]),
    ]
    tables = join(small(engine_layers=rows), [file])
    times = dict(tables.engine_layers.select("name", "time_ms").iter_rows())
    sources = dict(tables.engine_layers.select("name", "time_source").iter_rows())

    both = [kernel for kernel in file.kernels if kernel.layer in {"block.conv1", "block.relu1"}]
    assert times["conv1 + relu1"] == pytest.approx(sum(kernel.median_ms for kernel in both))
    assert times["max of 3 x 3"] == pytest.approx(0.0177, rel=0.05)
    assert [name for name, source in sources.items() if source == "framework"] == [
        "conv1 + relu1",
        "max of 3 x 3",
    ]
    assert tables.engine_layers["kernel"].to_list() == [None] * 5


def test_the_engines_own_time_stays_and_the_frameworks_is_only_mentioned() -> None:
    rows = [layer(1, "max of 3 x 3", "unknown", 0.5, onnx_nodes=["/pool/MaxPool"])]
    tables = join(small(engine_layers=rows), [trace("convnet-fp16")])

    assert tables.engine_layers["time_ms"].to_list() == [0.5]
    assert tables.joined.filter(tables.joined["position"] == 1)["result"].to_list() == ["outranked"]


def composed() -> dict[str, Any]:
    """A trace as torch.profiler writes it: two runs of two steps, with events that are of no use here."""
    events: list[dict[str, Any]] = [{"ph": "M", "name": "process_name", "pid": 0}]
    for run in (0, 1000):
        for at, (name, kernel) in enumerate((("expand", GEMM), ("gelu", GELU))):
            start, place = 5e6 + run + 100 * at, {"ph": "X", "pid": 0, "tid": 7}
            cpu = {
                "ph": "X",
                "cat": "cpu_op",
                "name": "aten::linear",
                "pid": 1,
                "tid": 1,
                "ts": start - 9,
                "dur": 5,
            }
            events += [
                {**place, "cat": "gpu_user_annotation", "name": name, "ts": start, "dur": 50},
                {**place, "cat": "kernel", "name": kernel, "ts": start + 1, "dur": 10 + at + run / 1000}, cpu,
            ]  # fmt: skip
    return {"traceEvents": events}


def test_both_files_of_the_script_hold_the_same_kernels() -> None:
    whole = record_torch_trace.smaller(composed(), {"gpu": "none"})
    buffer = io.StringIO()
    csv.writer(buffer).writerows([record_torch_trace.COLUMNS, *record_torch_trace.summary(whole)])
    text = record_torch_trace.one_line_each(whole)
    by_trace, by_csv = kernels_trace(text, "t").kernels, kernels_csv(buffer.getvalue(), "c").kernels

    assert [(row.kernel, row.instances) for row in by_trace] == [
        (row.kernel, row.instances) for row in by_csv
    ]
    assert [row.total_ms for row in by_csv] == pytest.approx([row.total_ms for row in by_trace])
    assert [row.layer for row in by_trace] == ["gelu", "expand"]
    assert min(event["ts"] for event in json.loads(text)["traceEvents"]) == 0
