"""What is asked of a builder: plain values, so that they travel to the process that builds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

Shapes = dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]
"""Input -> its smallest, most frequent and largest shape."""

MODULES = {"tensorrt": ("tensorrt", "tensorrt"), "rtx": ("tensorrt_rtx", "rtx")}
"""Builder -> (module, extra of this package that installs it)."""
PRECISIONS = ("fp16", "bf16", "int8", "fp8")


@dataclass(frozen=True)
class BuildSettings:
    """One build.

    Attributes:
        model: path of the ONNX file.
        module: Python module of the builder.
        command: what the user typed, for the log's first line.
        profiles: one per optimization profile.
        precisions: of `PRECISIONS`; only builders before TensorRT 11 know them.
        strongly_typed: take all types from the network.
        tf32: Tensor Cores may take FP32 data as TF32.
        workspace_mib: limit of scratch memory in MiB.
        optimization_level: 0 to 5; None = the builder's default.
        timing_cache: file that is read if it exists, and written after the build.
        editable_timing_cache: keys and choices of the cache can be read and written.
        verbosity: detailed, layer_names_only or none.
        engine: file for the engine.
        inspector: file for the inspector's JSON; needs a GPU that can load the engine.
        capabilities: targets such as ``8.9``; TensorRT-RTX only.
    """

    model: str
    module: str
    command: str
    profiles: tuple[Shapes, ...] = ()
    precisions: tuple[str, ...] = ()
    strongly_typed: bool = False
    tf32: bool = True
    workspace_mib: float | None = None
    optimization_level: int | None = None
    timing_cache: str | None = None
    editable_timing_cache: bool = False
    verbosity: str = "detailed"
    engine: str | None = None
    inspector: str | None = None
    capabilities: tuple[str, ...] = field(default=())

    def to_json(self) -> str:
        """Return the settings as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> BuildSettings:
        """Return the settings that `to_json` wrote."""
        values = json.loads(text)
        for name in ("profiles", "precisions", "capabilities"):
            values[name] = tuple(values[name])
        return cls(**values)
