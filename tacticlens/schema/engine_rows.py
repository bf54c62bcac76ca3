"""Tables of the finished engine: its layers, what may have been chosen for them, and what other files say of them."""

from typing import Annotated, Literal

from tacticlens.schema.common import (
    BuildNumber,
    CombinationNumber,
    EngineNumber,
    Evidence,
    Gemm,
    Kernel,
    KernelFamily,
    Line,
    LineOrFile,
    OpKey,
    OpNodes,
    Position,
    TacticHash,
    TacticIdOrNone,
    TensorCoreUse,
    TimeMs,
)
from tacticlens.schema.declaration import Column, Row


class EngineTensor(Row):
    """One tensor of an engine layer."""

    name: Annotated[str, Column("Name of the tensor.")]
    dtype: Annotated[str | None, Column("Type of the elements, as printed.")]
    dims: Annotated[list[str], Column("Dimensions as printed: numbers, or expressions.")]
    format: Annotated[str | None, Column("Memory format, in the words of the log.")]


class EngineLayer(Row):
    """A layer of a finished engine, with its kernel and time."""

    engine: EngineNumber
    build: BuildNumber
    position: Position
    name: Annotated[str, Column("Name of the layer, without the suffix of its profile.")]
    layer_type: Annotated[
        str | None, Column("Type of the layer, as printed: a runner, or Myelin, Reformat, NoOp ...")
    ]
    tactic: TacticIdOrNone
    kernel: Kernel
    kernel_source: Annotated[
        Literal["log", "table", "layer_info", "nsys", "none"],
        Column("Where the kernel is from: the log, Myelin's table, layer information, a profiler."),
    ]
    time_ms: TimeMs
    time_source: Annotated[
        Literal["profile", "nsys", "tactic", "twin", "framework", "none"],
        Column(
            "Where the time is from; tactic = measured alone, twin = measured for an equal layer, "
            "framework = PyTorch's kernels for the same nodes, not the engine's."
        ),
    ]
    low_ms: Annotated[
        float | None,
        Column(
            "Lower bound of the time: the time itself, or the fastest candidate that may be the layer's.",
            "ms",
        ),
    ]
    high_ms: Annotated[float | None, Column("Upper bound of the time; null = unbounded.", "ms")]
    combination: CombinationNumber
    inputs: Annotated[list[EngineTensor], Column("Tensors that the layer reads.")]
    outputs: Annotated[list[EngineTensor], Column("Tensors that the layer writes.")]
    onnx_nodes: Annotated[list[str], Column("ONNX nodes whose work the layer does.")]
    family: KernelFamily
    gemm: Gemm
    tensor_core: TensorCoreUse
    evidence: Evidence
    line: LineOrFile


class EngineChoice(Row):
    """A format combination that an engine layer may have, by its tactic."""

    engine: EngineNumber
    build: BuildNumber
    position: Position
    combination: Annotated[int, Column("Number of the combination.")]
    own: Annotated[bool, Column("Tried for this layer; else for one with equal type, tactic and tensors.")]
    verdict: Annotated[
        Literal["taken", "open", "excluded"],
        Column("Whether the engine has it; open = the log does not decide."),
    ]
    reason: Annotated[
        Literal["none", "printed", "strided", "reformat", "network", "neighbour"],
        Column("Evidence that excludes it."),
    ]
    tensor: Annotated[str | None, Column("The tensor that shows it.")]
    reason_line: Annotated[int | None, Column("The line that excludes it.", least=1)]
    measured: Annotated[
        int | None,
        Column("The combination that has its candidates: itself or an equal one; null = not known."),
    ]
    low_ms: Annotated[float | None, Column("Lowest time in the log; null = not known.", "ms")]
    high_ms: Annotated[float | None, Column("Highest time in the log; null = not known.", "ms")]
    line: Line


class EngineOp(Row):
    """An operation of a fused region in the engine."""

    engine: EngineNumber
    build: BuildNumber
    position: Position
    op: Annotated[str | None, Column("The operation, as Myelin names it.")]
    onnx_nodes: OpNodes
    key: OpKey
    tactic_hash: TacticHash
    kernel: Kernel
    time_ms: TimeMs
    family: KernelFamily
    gemm: Gemm
    tensor_core: TensorCoreUse
    evidence: Evidence
    line: Line


class Joined(Row):
    """What a file beside the log did to one value."""

    kind: Annotated[Literal["layers", "profile", "times", "nsys", "onnx"], Column("Kind of the file.")]
    file: Annotated[str, Column("The file, as given.")]
    engine: EngineNumber
    position: Annotated[
        int | None, Column("Position of the layer in the engine, from 1; null = no layer of the engine fits.")
    ]
    name: Annotated[str | None, Column("Layer or measured quantity.")]
    column: Annotated[str | None, Column("Column of the value.")]
    result: Annotated[
        Literal["filled", "agrees", "disagrees", "outranked", "shared", "unmatched"],
        Column(
            "Outcome: filled = the log lacks it; outranked = the log has the engine's own; "
            "shared = several layers run this kernel; "
            "unmatched = the log has no such layer."
        ),
    ]
    log_value: Annotated[str | None, Column("The value in the log.")]
    file_value: Annotated[str | None, Column("The value in the file.")]
