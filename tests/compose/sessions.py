"""Whole sessions of the programs around a build: options, device, cache, memory, profile, measurements.

Each line stands beside the rows that it must give, so that lines and rows cannot drift apart. Names and numbers are
invented; only the fixed texts are those of TensorRT and trtexec.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FLOAT, HALF = "Float(784,196,14,1)", "Half(196,1:8,14,1)"
STARS, DASHES = "*" * 15, "-" * 15


@dataclass
class Session:
    """Lines of a log and the rows that they give; builds count from 0, as in all expected rows."""

    lines: list[str] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def text(self) -> str:
        """The log."""
        return "".join(f"{line}\n" for line in self.lines)

    def plain(self, text: str) -> None:
        """Add a line without a prefix."""
        self.lines.append(text)

    def tool(self, text: str, level: str = "I") -> None:
        """Add a line of trtexec."""
        self.lines.append(f"[05/12/2023-12:00:00] [{level}] {text}")

    def library(self, text: str, level: str = "V") -> None:
        """Add a line of TensorRT."""
        self.tool(f"[TRT] {text}", level)

    def row(self, table: str, **values: Any) -> None:
        """Expect a row of the last line."""
        self.tables[table].append({**values, "line": len(self.lines)})

    def option(
        self, section: str | None, key: str, value: str | None, text: str | None = None, run: int = 1
    ) -> None:
        """Add a line that echoes an option or a fact."""
        self.tool(text if text is not None else f"{key}: {value}")
        self.row("options", run=run, section=section, key=key, value=value)

    def measured(self, text: str, metric: str, value: float, unit: str, run: int = 1) -> None:
        """Add a line with one number."""
        self.tool(text)
        self.row("performance", run=run, metric=metric, statistic="value", value=value, unit=unit)

    def cache(
        self, text: str, event: str, entries: int | None, build: int | None, hits: int | None = None
    ) -> None:
        """Add a line about the timing cache."""
        self.library(text)
        values = {} if build is None else {"build": build}
        self.row("timing_cache", event=event, entries=entries, hits=hits, **values)

    def skipped(self, name: str, formats: str, *tactics: Callable[[], None]) -> None:
        """Add a layer whose tactics had too little memory."""
        self.library(f"=============== Computing costs for {name}")
        self.library(f"{STARS} Autotuning format combination: {formats} {STARS}")
        self.library(f"{DASHES} Timing Runner: {name} (CaskConvolution[0x80000009])")
        for tactic in tactics:
            tactic()


def _build(one: Session) -> None:
    """A pass with candidates that ran out of memory and a kernel that is named alone."""
    one.library("Original: 2 layers")
    one.library("Graph construction completed in 0.25 seconds.")
    one.library("Graph optimization time: 0.125 seconds.")
    one.cache(
        "Global timing cache in use. Profiling results in this builder pass will be stored.",
        "global",
        None,
        0,
    )
    one.library("Constructing optimization profile number 0 [1/1].")
    kernel, alone = "ampere_sgemm_64x32_nn", "kIMMA_V1_TILE_16x16"

    def named() -> None:
        one.library(
            f"Tactic Name: {kernel} Tactic: 0x0000000000020411 skipped. Scratch requested: 4096, available: 512"
        )
        one.row("tactics", tactic="0x0000000000020411", kernel=kernel, status="skipped", time_ms=None,
                needed_bytes=4096, available_bytes=512)  # fmt: skip

    def timed() -> None:
        one.library(f"Tactic Name: {alone}")
        one.library("Tactic: 0x00000000000003f0 Time: 0.25")
        one.row("tactics", tactic="0x00000000000003f0", kernel=alone, status="timed", time_ms=0.25)

    one.skipped("block/dense", f"{FLOAT} -> {FLOAT}", named, timed)
    one.library("Fastest Tactic: 0x00000000000003f0 Time: 0.25")
    one.library(">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: 0x00000000000003f0")
    one.library(
        f"Adding reformat layer: Reformatted Input Tensor 0 to block/dense (x:0) from {FLOAT} to {HALF}"
    )
    one.row("reformats", build=0)
    one.library("=============== Computing reformatting costs")
    one.library(f"{STARS} Autotuning Reformat: {FLOAT} -> {HALF} {STARS}")
    one.library("Formats and tactics selection completed in 1.5 seconds.")
    one.tables["builds"].append({"build": 0, "graph_s": 0.375, "selection_s": 1.5})
    for purpose in ("layer", "reformat"):
        one.tables["combinations"].append({"build": 0, "purpose": purpose})
    one.library(
        "Layer: block/dense Host Persistent: 640 bytes Device Persistent: 1024 bytes Scratch Memory: 0 bytes"
    )
    for what, size in (("host persistent", 640), ("device persistent", 1024), ("scratch", 0)):
        one.row("memory", build=0, what=what, layer="block/dense", bytes=size)
    for what, size in (("Host Persistent", 640), ("Device Persistent", 1024), ("Scratch", 0)):
        one.library(f"Total {what} Memory: {size} bytes")
        one.row("memory", build=0, what=what.lower(), layer=None, bytes=size)
    one.cache("Deleting timing cache: 5 entries, served 7 hits since creation.", "deleted", 5, 0, 7)


def trtexec_86() -> Session:
    """trtexec of TensorRT 8.6 from its banner to its verdict."""
    one = Session()
    command = "trtexec --onnx=block.onnx --verbose --dumpProfile"
    one.plain(f"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # {command}")
    one.row("runs", run=1, program="trtexec", tensorrt_version="8.6.1", gpu="NVIDIA Made Up 1", command=command,
            compute_capability="8.6", outcome="passed")  # fmt: skip
    one.tool("=== Model Options ===")
    one.option("Model Options", "Format", "ONNX")
    one.tool("=== Build Options ===")
    one.option("Build Options", "Precision", "FP32+FP16")
    one.tool("=== Device Information ===")
    for key, value, text in (
        ("Selected Device", "NVIDIA Made Up 1", "Selected Device: NVIDIA Made Up 1"),
        ("Selected Device ID", "0", "Selected Device ID: 0"),
        ("Selected Device UUID", "GPU-0a-1b", "Selected Device UUID: GPU-0a-1b"),
        ("Compute Capability", "8.6", "Compute Capability: 8.6"),
        ("SMs", "30", "SMs: 30"),
        ("Device Global Memory (MiB)", "12000", "Device Global Memory: 12000 MiB"),
        ("Shared Memory per SM (KiB)", "100", "Shared Memory per SM: 100 KiB"),
        ("Memory Bus Width (bits)", "192", "Memory Bus Width: 192 bits (ECC disabled)"),
        ("Compute Clock Rate (GHz)", "1.5", "Application Compute Clock Rate: 1.5 GHz"),
        ("Memory Clock Rate (GHz)", "7.5", "Application Memory Clock Rate: 7.5 GHz"),
        ("TensorRT version", "8.6.1", "TensorRT version: 8.6.1"),
    ):
        one.option("Device Information", key, value, text)
    one.cache("Loaded 3 timing cache entries.", "loaded", 3, None)
    _build(one)
    one.cache("Serialized 8 timing cache entries", "serialized", 8, None)
    one.measured("Engine built in 2.75 sec.", "Engine built in", 2.75, "s")
    one.measured("Created engine with size: 1.25 MiB", "Engine size", 1.25, "MiB")
    one.measured("Engine deserialized in 0.0125 sec.", "Engine deserialized in", 0.0125, "s")
    one.measured(
        "Created execution context with device memory size: 0.5 MiB",
        "Execution context device memory",
        0.5,
        "MiB",
    )
    one.library("Engine Layer Information:")
    one.library(
        "Layer(CaskConvolution): block/dense, Tactic: 0x00000000000003f0, x[Float(1,4)] -> y[Float(1,4)]"
    )
    one.row(
        "engine_layers",
        name="block/dense",
        tactic="0x00000000000003f0",
        time_ms=0.24,
        time_source="profile",
    )
    one.tool("=== Profile (120 iterations ) ===")
    one.tool("   Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer")
    one.tool("      30.00       0.2500       0.2400     100.0   block/dense")
    one.row("profile", run=1, iterations=120, name="block/dense", total_ms=30.0, average_ms=0.25, median_ms=0.24,
            percent=100.0)  # fmt: skip
    one.tool("=== Performance summary ===")
    one.measured("Throughput: 400.5 qps", "Throughput", 400.5, "qps")
    one.tool(
        "Latency: min = 0.25 ms, max = 0.5 ms, mean = 0.3 ms, median = 0.28 ms, percentile(99%) = 0.45 ms"
    )
    for statistic, value in (
        ("min", 0.25),
        ("max", 0.5),
        ("mean", 0.3),
        ("median", 0.28),
        ("percentile 99", 0.45),
    ):
        one.row("performance", run=1, metric="Latency", statistic=statistic, value=value, unit="ms")
    one.measured("Total Host Walltime: 3.5 s", "Total Host Walltime", 3.5, "s")
    one.measured("Total GPU Compute Time: 2.5 s", "Total GPU Compute Time", 2.5, "s")
    unstable = "* GPU compute time is unstable, with coefficient of variance = 2.5%."
    one.tool(unstable, "W")
    one.row("performance", run=1, metric="GPU compute time variance", statistic="value", value=2.5, unit="%")
    one.row("messages", severity="warning", kind="unstable_time", node=None, text=unstable)
    one.plain(f"&&&& PASSED TensorRT.trtexec [TensorRT v8601] # {command}")
    return one


def trtexec_5() -> Session:
    """trtexec of TensorRT 5 and the profile tables of other versions."""
    one = Session()
    one.plain("&&&& RUNNING TensorRT.trtexec # trtexec --deploy=block.prototxt")
    one.row("runs", run=1, program="trtexec", tensorrt_version=None, outcome="failed")
    one.tool("avgRuns: 25")
    one.row("options", run=1, section=None, key="avgRuns", value="25")
    one.plain("       block/conv          75.0%            4         3.00")
    one.row("profile", run=1, iterations=4, name="block/conv", total_ms=3.0, average_ms=0.75, median_ms=None,
            percent=75.0)  # fmt: skip
    one.tool("=== Profile (10 iterations ) ===")
    one.tool("    block/conv + relu       30.50           0.0391      1.5")
    one.row("profile", run=1, iterations=10, name="block/conv + relu", total_ms=30.5, average_ms=0.0391,
            median_ms=None, percent=1.5)  # fmt: skip
    one.tool("    block/pool       59.50           0.0278             0.0276      1.9")
    one.row("profile", run=1, iterations=10, name="block/pool", total_ms=59.5, average_ms=0.0278, median_ms=0.0276,
            percent=1.9)  # fmt: skip
    for runner in (14, 33):
        one.tool(f"{DASHES} Timing block/conv({runner})")
        for tactic in (1, 2):
            one.tool(f"Tactic {tactic} time 0.{runner + tactic}")
            one.row("tactics", runner=str(runner), tactic=f"0x{tactic:016x}", time_ms=(runner + tactic) / 100)
    one.tool(f"{DASHES} Chose 33 (1)")  # not the fastest of all
    one.tables["combinations"].append({"runner": "33", "tactic": f"0x{1:016x}", "time_ms": 0.34})
    one.cache("Timing cache disabled. Turning it on will improve builder speed.", "disabled", None, None)
    one.plain("&&&& FAILED TensorRT.trtexec # trtexec --deploy=block.prototxt")
    return one


def failures() -> Session:
    """A build by Polygraphy in which the parser stops and a layer finds no implementation."""
    one = Session()
    one.tool("RUNNING | Command: polygraphy run block.onnx --trt")
    one.tool("Loaded Module: tensorrt | Version: 10.1.0.27 | Path: ['tensorrt']")
    one.tables["log"].append({"producer": "polygraphy", "tensorrt_version": "10.1.0"})
    stopped = 'While parsing node number 7 [Upsample -> "y:0"]:'
    one.library(stopped, "E")
    one.plain("(no such operator)")
    text = f"{stopped}\n(no such operator)"
    one.tables["messages"].append(
        {"kind": "parser_stopped", "node": 'Upsample -> "y:0"', "text": text, "line": 3}
    )
    stopped = f"ModelImporter.cpp:140: {stopped}"
    one.library(stopped, "E")
    one.row("messages", severity="error", kind="parser_stopped_at", node='Upsample -> "y:0"', text=stopped)
    one.library("Building graph using backend strategy 4")
    one.library("Subgraph compilation completed in 0.5 seconds.")

    def refused() -> None:
        request = (
            "Tactic Device request: 2100MB Available: 1536MB. Device memory is insufficient to use tactic."
        )
        one.library(request, "W")
        one.row("messages", severity="warning", kind="device_request", text=request)

    one.skipped("block/conv", f"{FLOAT} -> {FLOAT}", refused)
    failed = "Engine generation failed with backend strategy 4."
    one.library(failed)
    one.row("messages", kind="strategy_failed", text=failed)
    nothing = "[optimizer.cpp::3728] Error Code 10: (Could not find any implementation for node block/conv.)"
    one.library(nothing, "E")
    one.row("messages", severity="error", kind="no_implementation", node="block/conv", text=nothing)
    return one


def rtx() -> Session:
    """TensorRT-RTX, with the table of an operation whose rows have no columns."""
    one = Session()
    one.library("In JIT build, strongly typed is enabled by default.")
    one.row("options", key="TensorRT-RTX", value="strongly typed is enabled by default.")
    one.library(
        "   3, 0.0125, 1.00000, 0.50000, sm80_xmma_gemm_f32f32_tf32f32_f32_nn_n_tilesize32x32x64, 0x5ade9, "
    )
    one.row("op_tactics", time_ms=0.0125)
    return one


def python_10() -> Session:
    """A build in Python: only the library that it loads says the version, and choices come without times."""
    one = Session()
    one.library("Trying to load shared library libnvinfer_builder_resource_sm86.so.10.1.0")
    one.tables["log"].append({"producer": None, "tensorrt_version": "10.1.0"})
    one.library("Building graph using backend strategy 3")
    one.skipped("block/region", f"{FLOAT} -> {FLOAT}")
    for op, chosen in (("block/a", " (foreignNode) The selected tactic is (tactic hash, cost(in ms)):0x5ade9,  0.0125"),
                       ("block/b", " (foreignNode) Writing the best tactic (0x5ade9) to cache")):  # fmt: skip
        one.library(f" (foreignNode) Autotuning op {op}(key: 0xab): [ONNX Layer: {op}]")
        one.library(
            " (foreignNode)    3, 0.0125, 1.00000, 0.50000, sm80_xmma_gemm_f32f32_nn_n_tilesize32x32x8, 0x5ade9, "
        )
        one.row("op_tactics", op=op, time_ms=0.0125, tactic_hash="0x000000000005ade9", chosen=True)
        one.library(chosen)
    one.library(">>>>>>>>>>>>>>> Chose Runner Type: CaskConvolution Tactic: 0x0000000000000007")
    one.tables["combinations"].append(
        {"runner": "CaskConvolution", "tactic": "0x0000000000000007", "time_ms": None}
    )
    return one


SESSIONS: dict[str, Callable[[], Session]] = {
    "session-trtexec-86": trtexec_86,
    "session-trtexec-5": trtexec_5,
    "session-failures": failures,
    "session-rtx": rtx,
    "session-python-10": python_10,
}
