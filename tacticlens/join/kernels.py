"""Kernels that a profiler saw -> times and kernels of engine layers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tacticlens.join.filling import (
    Filled,
    JoinedValue,
    off_rows,
    on_row,
    places_by_name,
    with_text,
    with_time,
)
from tacticlens.join.match import module_of, plain_name
from tacticlens.join.model import FileKernel, SideFile
from tacticlens.tables.engine_row import EngineRow

_NEAR = 0.1
"""Medians of two runs that differ by less agree."""


def fill_kernels(rows: Sequence[EngineRow], file: SideFile) -> Filled:
    """Give layers the time of the kernels that only they run.

    A kernel belongs to the layer whose name its range has, to the only layer with the ONNX node of that name, or to
    the only layer that runs a kernel of its name. Else its range may name a module of the framework, from which the
    layer's nodes were exported: then the framework ran it and not the engine, and the source says so.
    """
    layers, joined = _Layers(rows), []
    inside: dict[int, list[FileKernel]] = defaultdict(list)
    modules: dict[str, list[FileKernel]] = defaultdict(list)
    for kernel in file.kernels:
        places = layers.that_ran(kernel)
        if len(places) == 1:
            inside[places[0]].append(kernel)
        elif places:
            joined.append(off_rows(file, "shared", kernel.layer, "time_ms", value=kernel.kernel))
        elif (module := (kernel.layer or "").strip("/").replace("/", ".")) in layers.of_module:
            modules[module].append(kernel)
        else:
            joined.append(off_rows(file, "unmatched", kernel.layer, "kernel", value=kernel.kernel))
    filled = list(rows)
    for place in sorted(inside):
        filled[place], values = _one_layer(file, rows[place], inside[place])
        joined += values
    return _framework(Filled(filled, joined), file, layers, modules)


class _Layers:
    """Where the layers of an engine stand, by what a profiler may call them."""

    def __init__(self, rows: Sequence[EngineRow]) -> None:
        self.of_name = places_by_name(rows)
        self.of_node: dict[str, list[int]] = defaultdict(list)
        self.of_kernel: dict[str, list[int]] = defaultdict(list)
        self.of_module: dict[str, list[int]] = defaultdict(list)
        self.modules: list[set[str]] = []
        for place, row in enumerate(rows):
            for node in row.onnx_nodes:
                self.of_node[node].append(place)
            if row.kernel is not None:
                self.of_kernel[plain_name(row.kernel)].append(place)
            named = {module for node in row.onnx_nodes if (module := module_of(node)) is not None}
            self.modules.append(named)
            for module in named:
                self.of_module[module].append(place)

    def that_ran(self, kernel: FileKernel) -> list[int]:
        """Return the layers that may have run a kernel."""
        name = kernel.layer or ""
        of_kernel = self.of_kernel.get(plain_name(kernel.kernel))
        return self.of_name.get(name) or self.of_node.get(name) or of_kernel or []


def _one_layer(file: SideFile, row: EngineRow, seen: list[FileKernel]) -> tuple[EngineRow, list[JoinedValue]]:
    joined = []
    if len(seen) == 1:
        source = "nsys" if row.kernel is None else row.kernel_source
        row, value = with_text(file, row, "kernel", seen[0].kernel)
        row = row._replace(kernel_source=source)
        joined.append(value)
    row, value = with_time(file, row, _per_inference(seen), "nsys", tolerance=_NEAR)
    return row, [*joined, value]


def _framework(
    filled: Filled, file: SideFile, layers: _Layers, modules: dict[str, list[FileKernel]]
) -> Filled:
    """Give a layer without a time what the framework took for the modules that only this layer holds."""
    rows, joined = list(filled.rows), list(filled.joined)
    for module, seen in modules.items():
        places = layers.of_module[module]
        if len(places) > 1 or not layers.modules[places[0]] <= modules.keys():
            joined += [off_rows(file, "shared", module, "time_ms", value=kernel.kernel) for kernel in seen]
    for place, row in enumerate(filled.rows):
        own = layers.modules[place]
        if not own or not own <= modules.keys() or any(len(layers.of_module[module]) > 1 for module in own):
            continue
        time = math.fsum(_per_inference(modules[module]) for module in own)
        if row.time_source == "none":
            rows[place] = row._replace(time_ms=time, time_source="framework")
            joined.append(on_row(file, "filled", row, "time_ms", value=time))
        else:
            joined.append(on_row(file, "outranked", row, "time_ms", log=row.time_ms, value=time))
    return Filled(rows, joined)


def _per_inference(seen: Iterable[FileKernel]) -> float:
    """Return the milliseconds of one inference: the kernel that ran least often ran once in each."""
    kernels = list(seen)
    runs = min(kernel.instances for kernel in kernels)
    return math.fsum(kernel.median_ms * (kernel.instances / runs) for kernel in kernels)
