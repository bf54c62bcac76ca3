"""Peaks of GPUs: dense matrix products per type and memory bandwidth, as NVIDIA publishes them.

Sheets that print numbers with sparsity are halved. Boards of one name differ in clocks: a share of peak is a guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TFLOPS = 1e12
_GBS = 1e9


@dataclass(frozen=True)
class Gpu:
    """A GPU.

    Attributes:
        name: the name that ``--gpu`` takes.
        fp32, tf32, fp16, int8, fp8: tera-operations per second, dense; fp32 on CUDA cores, the others on Tensor Cores
            (fp16 and bf16 with the accumulator that is fastest); None if it has none, or NVIDIA does not say.
        bandwidth: GB/s of its memory.
        source: where the numbers stand.
    """

    name: str
    fp32: float
    tf32: float | None
    fp16: float
    int8: float | None
    fp8: float | None
    bandwidth: float
    source: str

    def peak(self, dtype: str | None, *, tensor_core: str) -> float | None:
        """Return operations per second for a type as the engine prints it; None if it is not known."""
        if dtype == "Float":
            rate = self.fp32 if tensor_core != "yes" else self.tf32
        else:
            rate = {"Half": self.fp16, "BFloat16": self.fp16, "Int8": self.int8, "FP8": self.fp8}.get(
                dtype or ""
            )
        return None if rate is None else rate * _TFLOPS

    def bytes_per_s(self) -> float:
        """Return the bandwidth of the memory."""
        return self.bandwidth * _GBS


_TURING = "NVIDIA Turing GPU Architecture whitepaper"
_GA102 = "NVIDIA Ampere GA102 GPU Architecture whitepaper"
_ADA = "NVIDIA Ada GPU Architecture whitepaper"
_A100 = "NVIDIA A100 Tensor Core GPU datasheet"
_H100 = "NVIDIA H100 Tensor Core GPU datasheet"

GPUS = (
    Gpu("Tesla T4", 8.1, None, 65, 130, None, 320, "NVIDIA T4 datasheet"),
    Gpu("V100-SXM2", 15.7, None, 125, None, None, 900, "NVIDIA V100 datasheet"),
    Gpu("V100-PCIE", 14, None, 112, None, None, 900, "NVIDIA V100 datasheet"),
    Gpu("RTX 2080 Ti", 13.4, None, 107.6, 215.2, None, 616, _TURING),
    Gpu("A100-SXM4-80GB", 19.5, 156, 312, 624, None, 2039, _A100),
    Gpu("A100-SXM4-40GB", 19.5, 156, 312, 624, None, 1555, _A100),
    Gpu("A100 80GB PCIe", 19.5, 156, 312, 624, None, 1935, _A100),
    Gpu("A100-PCIE-40GB", 19.5, 156, 312, 624, None, 1555, _A100),
    Gpu("A30", 10.3, 82, 165, 330, None, 933, "NVIDIA A30 datasheet"),
    Gpu("A10", 31.2, 62.5, 125, 250, None, 600, "NVIDIA A10 datasheet"),
    Gpu("RTX 3070", 20.3, 20.3, 81.3, 162.6, None, 448, _GA102),
    Gpu("RTX 3080", 29.8, 29.8, 119, 238, None, 760, _GA102),
    Gpu("RTX 3090", 35.6, 35.6, 142, 284, None, 936, _GA102),
    Gpu("L4", 30.3, 60, 121, 242, 242, 300, "NVIDIA L4 datasheet, numbers with sparsity halved"),
    Gpu("L40S", 91.6, 183, 362, 733, 733, 864, "NVIDIA L40S datasheet"),
    Gpu("RTX 4080", 48.7, 48.7, 194.9, 389.9, 389.9, 716.8, _ADA),
    Gpu("RTX 4090", 82.6, 82.6, 330.3, 660.6, 660.6, 1008, _ADA),
    Gpu("RTX 6000 Ada Generation", 91.1, 182.1, 364.2, 728.5, 728.5, 960, "NVIDIA RTX 6000 Ada datasheet, halved"),
    Gpu("H100 PCIe", 51, 378, 756, 1513, 1513, 2000, f"{_H100}, numbers with sparsity halved"),
    Gpu("H100 80GB HBM3", 67, 494, 989, 1979, 1979, 3350, f"{_H100}, numbers with sparsity halved"),
    Gpu("H200", 67, 494, 989, 1979, 1979, 4800, "NVIDIA H200 datasheet, numbers with sparsity halved"),
)  # fmt: skip
"""The GPUs whose peaks are known here."""


def gpu_named(name: str) -> Gpu | None:
    """Return the GPU that a name means: a device's own name, or a part of it that no other has.

    >>> gpu_named("NVIDIA GeForce RTX 3080").name
    'RTX 3080'
    """
    words = _words(name)
    inside = [gpu for gpu in GPUS if _part(_words(gpu.name), words)]
    if inside:
        return max(inside, key=lambda gpu: len(gpu.name)) if _exact(inside, words) else None
    about = [gpu for gpu in GPUS if words and _part(words, _words(gpu.name))]
    return about[0] if len(about) == 1 else None


def _words(name: str) -> list[str]:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).split()


def _part(small: list[str], large: list[str]) -> bool:
    return any(large[at : at + len(small)] == small for at in range(len(large) - len(small) + 1))


def _exact(found: list[Gpu], words: list[str]) -> bool:
    """Tell whether no word behind the name makes it another board: Ti, SUPER, Laptop."""
    best = _words(max(found, key=lambda gpu: len(gpu.name)).name)
    at = next(at for at in range(len(words)) if words[at : at + len(best)] == best)
    return not {"ti", "super", "laptop", "max", "ada", "d"} & set(words[at + len(best) :])
