"""A fleet: the logs of many nights, models, GPUs and versions of TensorRT, with noise as real builds have it."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .dialects import DIALECTS
from .fixtures import compose
from .samples import sample_plan

QUANTILES = (0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1)
NOISE = {
    0.0: (0.806, 0.821, 0.937, 0.965, 0.979, 0.989, 1.0, 1.013, 1.030, 1.096, 1.697, 2.315, 2.433),
    0.016: (0.923, 0.931, 0.977, 0.984, 0.987, 0.993, 1.0, 1.008, 1.014, 1.024, 1.030, 1.076, 1.110),
    0.04: (0.972, 0.972, 0.974, 0.989, 0.991, 0.997, 1.0, 1.004, 1.009, 1.011, 1.017, 1.027, 1.029),
}
"""Times of tactics over their medians, by the duration in ms from which they hold: six builds on an H100."""

VERSIONS = {"8.6.1": "trt861", "8.5.1": "trt85", "8.4.1": "trt84"}
GPUS = ("NVIDIA A10", "NVIDIA H100 PCIe", "NVIDIA GeForce RTX 3080", "Orin")
STEM = "stem/conv 3x3 + stem/relu"
POINTWISE = 'PWN(PWN(neck/mul, neck/"q:1"), PWN((Unnamed Layer* 7) [ElementWise])) || neck/gate'

_TIME = re.compile(r"(?<=Time: )\d[\d.e-]*")
_LAYER = re.compile(r"Computing costs for (.*)")


def noisy(time_ms: float, chance: random.Random) -> float:
    """Return a time as one more build would measure it."""
    ratios = NOISE[max(from_ms for from_ms in NOISE if from_ms <= time_ms)]
    at = chance.random()
    place = min(bisect_right(QUANTILES, at), len(QUANTILES) - 1)
    low, high = QUANTILES[place - 1], QUANTILES[place]
    share = (at - low) / (high - low)
    return time_ms * (ratios[place - 1] + share * (ratios[place] - ratios[place - 1]))


@dataclass(frozen=True)
class Built:
    """One build of a fleet.

    Attributes:
        model: name of the network; its layers are named after it.
        gpu: name of the GPU.
        version: of TensorRT, one of `VERSIONS`.
        night: number of the night.
        slower: factors of the times of layers.
        repeat: tells builds of one night apart.
    """

    model: str = "resnet"
    gpu: str = GPUS[0]
    version: str = "8.6.1"
    night: int = 1
    slower: Mapping[str, float] = field(default_factory=dict)
    repeat: int = 0

    @property
    def file(self) -> str:
        gpu = self.gpu.lower().replace(" ", "-")
        return f"{self.model}/{self.version}/{gpu}/night-{self.night:03}-{self.repeat}.log"

    @property
    def labels(self) -> dict[str, str]:
        return {"model": self.model, "night": f"{self.night:03}"}

    def text(self) -> str:
        """Return the log."""
        chance = random.Random(f"{self.model} {self.gpu} {self.version} {self.night} {self.repeat}")
        factor, lines, total = 1.0, [], 0.0
        for line in _sample(self.version).splitlines():
            costed = _LAYER.search(line)
            if costed:
                factor = self.slower.get(costed[1], 1.0)

            def moved(found: re.Match[str], factor: float = factor) -> str:
                return f"{noisy(float(found[0]) * factor, chance):.6g}"

            lines.append(_TIME.sub(moved, line))
        total = noisy(2.5 * (1 + sum(share - 1 for share in self.slower.values()) / 4), chance)
        return self._head() + "\n".join(lines).replace("stem/", f"{self.model}/stem/") + self._tail(total)

    def _head(self) -> str:
        number = self.version.replace(".", "")
        return (
            f"&&&& RUNNING TensorRT.trtexec [TensorRT v{number}] # trtexec --onnx={self.model}.onnx --verbose\n"
            f"[05/06/2024-07:08:09] [I] Selected Device: {self.gpu}\n"
            f"[05/06/2024-07:08:09] [I] TensorRT version: {self.version}\n"
        )

    def _tail(self, ms: float) -> str:
        number = self.version.replace(".", "")
        return (
            f"\n[05/06/2024-07:08:19] [I] GPU Compute Time: min = {ms * 0.98:.6g} ms, max = {ms * 1.3:.6g} ms, "
            f"mean = {ms * 1.01:.6g} ms, median = {ms:.6g} ms, percentile(99%) = {ms * 1.1:.6g} ms\n"
            f"&&&& PASSED TensorRT.trtexec [TensorRT v{number}] # trtexec --onnx={self.model}.onnx --verbose\n"
        )


@cache
def _sample(version: str) -> str:
    dialect = VERSIONS[version]
    return compose(sample_plan(DIALECTS[dialect]), dialect, "trtexec").text.rstrip("\n")


def fleet(number: int) -> Iterator[Built]:
    """Yield so many builds: nights of 20 models, on each GPU and version in turn."""
    kinds = [(gpu, version) for version in VERSIONS for gpu in GPUS]
    for count in range(number):
        model, night = count % 20, count // 20 + 1
        gpu, version = kinds[model % len(kinds)]
        yield Built(f"net{model}", gpu, version, night)


def write(builds: Iterator[Built] | list[Built], folder: Path) -> Path:
    """Write logs and the manifest with their labels; return the path of the manifest."""
    rows = ["log,model,night"]
    for build in builds:
        path = folder / build.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(build.text(), encoding="utf-8")
        rows.append(f"{build.file},{build.model},{build.night:03}")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return manifest
