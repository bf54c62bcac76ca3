"""How near a layer comes to what the GPU can do: its rate, its roof, and which of the two roofs it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tacticlens.analysis.gpus import Gpu
from tacticlens.analysis.work import Work

Bound = Literal["compute", "memory", "overhead"]

_SHORT_MS = 0.01
_FAR = 0.2


@dataclass(frozen=True)
class Roof:
    """Where a layer stands under the roofline.

    Attributes:
        tflops: reached, tera-operations per second.
        gbs: GB/s if each byte is moved once.
        intensity: operations per byte.
        share_of_peak: reached over the peak of its type, 0 to 1.
        share_of_roof: reached over what its intensity allows, 0 to 1.
        bound: compute or memory, whichever roof is lower; overhead for layers of some microseconds far below both.
    """

    tflops: float
    gbs: float
    intensity: float
    share_of_peak: float
    share_of_roof: float
    bound: Bound


def roof(work: Work | None, time_ms: float | None, tensor_core: str, gpu: Gpu | None) -> Roof | None:
    """Return where a layer stands; None where work, time or the GPU's peak is not known."""
    if work is None or gpu is None or not time_ms or not work.flops or not work.bytes:
        return None
    peak = gpu.peak(work.dtype, tensor_core=tensor_core)
    if peak is None:
        return None
    rate = work.flops / (time_ms * 1e-3)
    intensity = work.flops / work.bytes
    by_memory = intensity * gpu.bytes_per_s()
    best = min(peak, by_memory)
    bound: Bound = "compute" if peak <= by_memory else "memory"
    if time_ms < _SHORT_MS and rate / best < _FAR:
        bound = "overhead"
    return Roof(rate / 1e12, work.bytes / (time_ms * 1e-3) / 1e9, intensity, rate / peak, rate / best, bound)
