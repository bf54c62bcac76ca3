"""What the files beside a log hold, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.network.model import Network


class FileLayer(NamedTuple):
    """One layer of the engine inspector's JSON; None where the file does not say."""

    name: str
    layer_type: str | None = None
    tactic: str | None = None
    kernel: str | None = None
    inputs: tuple[EngineTensor, ...] = ()
    outputs: tuple[EngineTensor, ...] = ()
    onnx_nodes: tuple[str, ...] | None = None


class FileProfile(NamedTuple):
    """One layer of ``--exportProfile``; milliseconds, percent."""

    name: str
    total_ms: float | None
    average_ms: float | None
    median_ms: float | None
    percent: float | None


class FileKernel(NamedTuple):
    """One kernel that a profiler saw.

    Attributes:
        kernel: its name as the profiler prints it.
        layer: range in which it was launched (NVTX, record_function); None if the file has none.
        instances: how often it ran.
        total_ms: time of all of them.
        median_ms: of one; the average where the file has no median.
    """

    kernel: str
    layer: str | None
    instances: int
    total_ms: float
    median_ms: float


@dataclass(frozen=True)
class SideFile:
    """A file that was read.

    Attributes:
        kind: onnx, layers, profile, times or nsys.
        source: path, for the reader.
        layers: of kind layers.
        iterations, profile: of kind profile.
        times: of kind times, one column of milliseconds per measured quantity.
        kernels: of kind nsys.
        network: of kind onnx.
    """

    kind: str
    source: str
    layers: tuple[FileLayer, ...] = ()
    iterations: int | None = None
    profile: tuple[FileProfile, ...] = ()
    times: tuple[tuple[str, tuple[float, ...]], ...] = ()
    kernels: tuple[FileKernel, ...] = ()
    network: Network | None = None
