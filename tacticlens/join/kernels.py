"""Kernels that a profiler saw -> times and kernels of engine layers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tacticlens.join.filling import Filling
from tacticlens.join.match import module_of, plain_name
from tacticlens.join.model import FileKernel, SideFile

_NEAR = 0.1
"""Medians of two runs that differ by less agree."""
Row = dict[str, Any]


def fill_kernels(work: Filling, file: SideFile) -> None:
    """Give layers the time of the kernels that only they run.

    A kernel belongs to the layer whose name its range has, to the only layer with the ONNX node of that name, or to
    the only layer that runs a kernel of its name. Else its range may name a module of the framework, from which the
    layer's nodes were exported: then the framework ran it and not the engine, and the source says so.
    """
    layers = _Layers(work)
    inside: dict[int, list[FileKernel]] = defaultdict(list)
    modules: dict[str, list[FileKernel]] = defaultdict(list)
    for kernel in file.kernels:
        rows = layers.that_ran(kernel)
        if len(rows) == 1:
            inside[rows[0]["position"]].append(kernel)
        elif rows:
            work.note(file, "shared", name=kernel.layer, column="time_ms", file_value=kernel.kernel)
        elif (module := (kernel.layer or "").strip("/").replace("/", ".")) in layers.modules:
            modules[module].append(kernel)
        else:
            work.note(file, "unmatched", name=kernel.layer, column="kernel", file_value=kernel.kernel)
    for row in work.of_engine():
        seen = inside.get(row["position"])
        if seen:
            _one_layer(work, file, row, seen)
    _framework(work, file, layers, modules)


class _Layers:
    """The layers of an engine by what a profiler may call them."""

    def __init__(self, work: Filling) -> None:
        self.names = work.by_name()
        self.nodes: dict[str, list[Row]] = defaultdict(list)
        self.kernels: dict[str, list[Row]] = defaultdict(list)
        self.modules: dict[str, list[Row]] = defaultdict(list)
        self.of_row: dict[int, set[str]] = {}
        for row in work.of_engine():
            for node in row["onnx_nodes"]:
                self.nodes[node].append(row)
            if row["kernel"] is not None:
                self.kernels[plain_name(row["kernel"])].append(row)
            named = {module for node in row["onnx_nodes"] if (module := module_of(node)) is not None}
            self.of_row[row["position"]] = named
            for module in named:
                self.modules[module].append(row)

    def that_ran(self, kernel: FileKernel) -> list[Row]:
        """Return the layers that may have run a kernel."""
        name = kernel.layer or ""
        return (
            self.names.get(name) or self.nodes.get(name) or self.kernels.get(plain_name(kernel.kernel)) or []
        )


def _one_layer(work: Filling, file: SideFile, row: Row, seen: list[FileKernel]) -> None:
    if len(seen) == 1:
        missing = row["kernel"] is None
        work.compare(file, row, "kernel", seen[0].kernel)
        row["kernel_source"] = "nsys" if missing else row["kernel_source"]
    work.measured(file, row, _per_inference(seen), "nsys", tolerance=_NEAR)


def _framework(work: Filling, file: SideFile, layers: _Layers, modules: dict[str, list[FileKernel]]) -> None:
    """Give a layer without a time what the framework took for the modules that only this layer holds."""
    for module, seen in modules.items():
        rows = layers.modules[module]
        if len(rows) > 1 or not layers.of_row[rows[0]["position"]] <= modules.keys():
            for kernel in seen:
                work.note(file, "shared", name=module, column="time_ms", file_value=kernel.kernel)
    for row in work.of_engine():
        own = layers.of_row[row["position"]]
        if not own or not own <= modules.keys() or any(len(layers.modules[module]) > 1 for module in own):
            continue
        time = math.fsum(_per_inference(modules[module]) for module in own)
        if row["time_source"] == "none":
            work.note(file, "filled", row=row, column="time_ms", file_value=time)
            row["time_ms"], row["time_source"] = time, "framework"
        else:
            work.note(file, "outranked", row=row, column="time_ms", log_value=row["time_ms"], file_value=time)


def _per_inference(seen: Iterable[FileKernel]) -> float:
    """Return the milliseconds of one inference: the kernel that ran least often ran once in each."""
    kernels = list(seen)
    runs = min(kernel.instances for kernel in kernels)
    return math.fsum(kernel.median_ms * (kernel.instances / runs) for kernel in kernels)
