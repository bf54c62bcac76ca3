"""An engine layer on its way into the table: what is printed, then what was measured for it."""

from __future__ import annotations

from typing import NamedTuple

from tacticlens.grammar.engine_layer import EngineTensor


class EngineRow(NamedTuple):
    """One layer of a finished engine.

    Each stage takes rows and returns new ones: as printed, matched with what was tried, timed. The last stage,
    the family of the kernel, works on whole columns.

    Attributes:
        engine: number of the network that was built; None = no build of the log made it.
        build: the build whose profile the layer belongs to.
        position: place in the engine, from 1.
        line: where it was printed first; None = from a file beside the log.
        combination: its format combination, once matched.
        time_ms: its time, from `time_source`.
        low_ms, high_ms: bounds of an unknown time; the frame repeats a known time in both.
    """

    engine: int | None
    build: int | None
    position: int
    name: str
    layer_type: str | None
    tactic: str | None
    kernel: str | None
    kernel_source: str
    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    onnx_nodes: tuple[str, ...]
    line: int | None
    combination: int | None = None
    time_ms: float | None = None
    time_source: str = "none"
    low_ms: float | None = None
    high_ms: float | None = None
