"""What other logs say about a layer of this one; who keeps many logs hands it in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Elsewhere:
    """What most other logs got for the operation of a layer: same shapes and types, same GPU, times of one source.

    Attributes:
        engine: engine of this log; position: of the layer in it; build: number of its build.
        layer: name of the layer.
        line: line of this log.
        here: kernel, or tactic, that the layer has here; here_ms: its time.
        kernel: kernel, or tactic, that it has elsewhere.
        ms: median time of it there; low_ms: lowest; high_ms: highest.
        logs: number of logs that have it; of: number of other logs with the operation.
        versions: of TensorRT in these logs.
        examples: addresses of some of them.
    """

    engine: int
    position: int
    build: int | None
    layer: str
    line: int
    here: str
    here_ms: float
    kernel: str
    ms: float
    low_ms: float
    high_ms: float
    logs: int
    of: int
    versions: tuple[str, ...]
    examples: tuple[str, ...]
