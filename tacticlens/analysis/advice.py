"""What the user of this log can ask of the builder: flags that its trtexec has, calls where no trtexec was used.

Sources: NVIDIA's changelog of the samples, the help text of trtexec from 5.1 to 11, and the migration guides 8 to 10
and 10 to 11. A flag is offered only where it exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from shlex import quote
from typing import Final

Version = tuple[int, ...]

_EXISTS: Final[dict[str, tuple[Version, Version]]] = {
    # flag: (first version with it, first version without it)
    "--fp16": ((5,), (11,)),
    "--int8": ((5,), (11,)),
    "--bf16": ((9,), (11,)),
    "--noTF32": ((7, 1), (99,)),
    "--workspace": ((5,), (8, 4)),  # until 10 a deprecated spelling of --memPoolSize
    "--memPoolSize": ((8, 4), (99,)),
    "--precisionConstraints": ((8, 4), (11,)),
    "--layerPrecisions": ((8, 4), (11,)),
    "--timingCacheFile": ((8,), (99,)),
    "--tacticSources": ((8,), (99,)),
    "--builderOptimizationLevel": ((8, 6), (99,)),
    "--avgTiming": ((6,), (99,)),
    "--inputIOFormats": ((6,), (99,)),
    "--outputIOFormats": ((6,), (99,)),
    "--dumpProfile": ((6,), (99,)),
    "--dumpLayerInfo": ((8, 2), (99,)),
    "--profilingVerbosity": ((8, 2), (99,)),
    "--separateProfileRun": ((7,), (99,)),
    "--useCudaGraph": ((6,), (11,)),  # the default from 11 on
    "--optShapes": ((6,), (99,)),
    "--stronglyTyped": ((9,), (11,)),
}
_CALLS: Final = {
    "--fp16": "config.set_flag(trt.BuilderFlag.FP16)",
    "--bf16": "config.set_flag(trt.BuilderFlag.BF16)",
    "--timingCacheFile": "config.set_timing_cache",
    "--avgTiming": "config.avg_timing_iterations",
    "--tacticSources": "config.set_tactic_sources",
    "--builderOptimizationLevel": "config.builder_optimization_level",
    "--precisionConstraints": "BuilderFlag.OBEY_PRECISION_CONSTRAINTS",
    "--layerPrecisions": "layer.precision",
    "--inputIOFormats": "tensor.allowed_formats",
    "--outputIOFormats": "tensor.allowed_formats",
    "--profilingVerbosity": "config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED",
    "--noTF32": "config.clear_flag(trt.BuilderFlag.TF32)",
}
"""The Python call that does what a flag of trtexec does."""


@dataclass(frozen=True)
class Advice:
    """Words for what the user can set.

    Attributes:
        producer: the program that wrote the log, `trtexec` or another; None if unknown.
        version: TensorRT's version, or the oldest that it can be.
        command: the command line; empty if unknown.
        gpu: name of the GPU; None if unknown.
    """

    producer: str | None
    version: Version
    command: str
    gpu: str | None = None

    @property
    def trtexec(self) -> bool:
        """Tell whether trtexec built the engines of the log; one that loads an engine built none."""
        return self.producer == "trtexec" and not self.given("--loadEngine")

    @property
    def typed(self) -> bool:
        """Tell whether types come from the ONNX graph: always from TensorRT 11 on, else where it was asked for."""
        return self.version[:1] >= (11,) or self.given("--stronglyTyped")

    @cached_property
    def _given(self) -> dict[str, str]:
        return dict(re.findall(r"(?<!\S)(--\w+)(?:=(\S*))?", self.command))

    def given(self, flag: str) -> bool:
        """Tell whether the command line has the flag."""
        return flag in self._given

    def value(self, flag: str) -> str | None:
        """Return the value that the command line gives to a flag."""
        return self._given.get(flag) or None

    def exists(self, flag: str) -> bool:
        """Tell whether trtexec of this version has the flag."""
        first, last = _EXISTS[flag]
        return first <= self.version < last

    def setting(self, flag: str, value: str = "") -> str | None:
        """Return how to set something: the flag with its value, or the Python call; None if there is neither."""
        if not self.exists(flag):
            return None
        text = f"{flag}={value}" if value else flag
        if self.trtexec:
            return text
        call = _CALLS.get(flag)
        return None if call is None else f"{call} (trtexec: {text})"

    @property
    def half(self) -> str:
        """Return how FP16 is allowed."""
        if self.typed:
            return "FP16 types in the ONNX graph (python -m modelopt.onnx.autocast)"
        return self.setting("--fp16") or "FP16"

    @property
    def cache(self) -> str | None:
        """Return how measurements are kept, None before TensorRT 8."""
        given = self.value("--timingCacheFile")
        return self.setting("--timingCacheFile", quote(given or "timing.cache"))

    @property
    def clocks(self) -> str:
        """Return how the clocks of the GPU are locked; Jetsons have no nvidia-smi for it."""
        jetson = self.gpu is not None and re.search(r"\b(Orin|Xavier|Tegra|Thor|TX[12]|Nano)\b", self.gpu)
        return "sudo jetson_clocks" if jetson else "nvidia-smi --lock-gpu-clocks"

    def workspace(self, size: int) -> str:
        """Return how to allow `size` bytes of scratch memory; the flags count MiB."""
        mib = -(-size // (1 << 20))
        if not self.trtexec:
            if self.exists("--memPoolSize"):
                return f"config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, {mib} << 20)"
            return f"config.max_workspace_size = {mib} << 20"
        return f"--memPoolSize=workspace:{mib}" if self.exists("--memPoolSize") else f"--workspace={mib}"

    def detailed(self) -> str | None:
        """Return how the engine is printed with its kernels; None where the version prints none."""
        if not self.exists("--profilingVerbosity"):
            return None
        if self.trtexec:
            return "--profilingVerbosity=detailed --dumpLayerInfo"
        return self.setting("--profilingVerbosity", "detailed")


def as_argument(node: str) -> str | None:
    """Return the name of a node where it can stand in a flag as it is: what a user copies must do nothing else."""
    return node if re.fullmatch(r"[\w./-]+", node) else None
