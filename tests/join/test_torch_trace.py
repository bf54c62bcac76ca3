"""What a real GPU ran: kernels of PyTorch, recorded by a script, and a small trace of that form."""

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

from tacticlens.join.apply import join
from tacticlens.join.model import SideFile
from tacticlens.join.profilers import kernels_csv, kernels_trace
from tacticlens.kernels import decode

RECORDED = sorted((Path(__file__).resolve().parents[1] / "fixtures" / "profiled").glob("*.trace.json"))
GEMM = "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x128x64_stage4_warpsize2x2x1_tensor16x8x16"
GELU = "void at::native::gelu<c10::Half>(int)"
STEPS = (
    "stem", "stem_relu", "body", "body_relu", "depthwise", "tokens", "expand", "gelu", "project", "attention",
    "softmax",
)  # fmt: skip


def composed() -> dict[str, Any]:
    """A trace as torch.profiler writes it: two runs of two steps, with events that are of no use here."""
    events: list[dict[str, Any]] = [{"ph": "M", "name": "process_name", "pid": 0}]
    for run in (0, 1000):
        for at, (name, kernel) in enumerate((("expand", GEMM), ("gelu", GELU))):
            start = 5e6 + run + 100 * at
            place = {"ph": "X", "pid": 0, "tid": 7}
            events += [
                {**place, "cat": "gpu_user_annotation", "name": name, "ts": start, "dur": 50},
                {**place, "cat": "kernel", "name": kernel, "ts": start + 1, "dur": 10 + at + run / 1000},
                {
                    "ph": "X",
                    "pid": 1,
                    "tid": 1,
                    "cat": "cpu_op",
                    "name": "aten::linear",
                    "ts": start - 9,
                    "dur": 5,
                },
            ]
    return {"traceEvents": events}


def test_both_files_of_the_script_hold_the_same_kernels() -> None:
    trace = record_torch_trace.smaller(composed(), {"gpu": "none"})
    buffer = io.StringIO()
    csv.writer(buffer).writerows([record_torch_trace.COLUMNS, *record_torch_trace.summary(trace)])
    by_trace, by_csv = (
        kernels_trace(json.dumps(trace), "t").kernels,
        kernels_csv(buffer.getvalue(), "c").kernels,
    )

    assert [(row.kernel, row.instances) for row in by_trace] == [
        (row.kernel, row.instances) for row in by_csv
    ]
    assert [row.total_ms for row in by_csv] == pytest.approx([row.total_ms for row in by_trace])
    assert [row.layer for row in by_trace] == ["gelu", "expand"]
    assert min(event["ts"] for event in trace["traceEvents"]) == 0


@pytest.fixture(params=RECORDED or [None], ids=lambda path: path.stem if path else "none")
def recorded(request: pytest.FixtureRequest) -> SideFile:
    if request.param is None:
        pytest.skip("no recorded trace: scripts/record_torch_trace.py makes one where there is a GPU")
    return kernels_trace(request.param.read_text(encoding="utf-8"), request.param.name)


def test_every_step_of_a_recorded_run_has_its_kernels(recorded: SideFile) -> None:
    assert {kernel.layer for kernel in recorded.kernels} >= set(STEPS) - {"tokens"}
    assert all(
        kernel.total_ms > 0 and kernel.instances % 10 == 0 for kernel in recorded.kernels if kernel.layer
    )


def test_the_matrix_products_of_a_recorded_run_are_on_tensor_cores(recorded: SideFile) -> None:
    products = [kernel.kernel for kernel in recorded.kernels if kernel.layer in {"expand", "project", "body"}]
    longest = {
        step: max((k for k in recorded.kernels if k.layer == step), key=lambda kernel: kernel.total_ms).kernel
        for step in ("expand", "project", "body")
    }

    assert products
    assert {step: decode(name).tensor_core for step, name in longest.items()} == dict.fromkeys(longest, "yes")


def test_a_recorded_run_gives_times_and_kernels_to_layers_of_the_same_network(recorded: SideFile) -> None:
    rows = [
        layer(at, f"{name}_myl0_{at}", "unknown", None, onnx_nodes=[name]) for at, name in enumerate(STEPS, 1)
    ]
    tables = join(small(engine_layers=rows), [recorded])
    timed = {
        row["onnx_nodes"][0]: row for row in tables.engine_layers.iter_rows(named=True) if row["time_ms"]
    }

    assert set(timed) >= set(STEPS) - {"tokens"}
    assert {row["time_source"] for row in timed.values()} == {"nsys"}
    for step, row in timed.items():
        own = [kernel for kernel in recorded.kernels if kernel.layer == step]
        assert row["time_ms"] <= sum(kernel.total_ms for kernel in own)
