"""Tables of what the builder did: its builds, the layers it costed, the candidates it tried."""

from typing import Annotated, Literal

from tacticlens.schema.common import (
    BuildNumber,
    CombinationNumber,
    Evidence,
    Gemm,
    Kernel,
    KernelFamily,
    LayerNumber,
    Line,
    OpKey,
    OpNodes,
    RunnerId,
    RunnerName,
    TacticHash,
    TacticId,
    TensorCoreUse,
    TimeMs,
)
from tacticlens.schema.declaration import Column, Row


class Build(Row):
    """One pass of the builder over a network: one backend strategy, one optimization profile."""

    build: Annotated[int, Column("Number of the build, from 1 over the whole log.")]
    engine: Annotated[int, Column("Number of the network that was built; its builds share it.")]
    strategy: Annotated[int | None, Column("Backend strategy, since TensorRT 10.")]
    profile: Annotated[int | None, Column("Optimization profile, from 0.")]
    first_line: Annotated[int, Column("First line of the build, from 1.", least=1)]
    last_line: Annotated[int, Column("Last line of the build.", least=1)]
    estimated_ms: Annotated[float | None, Column("The builder's estimate of the inference time.", "ms")]
    in_engine: Annotated[
        bool | None, Column("The build became part of an engine; null = the log ends before that is decided.")
    ]
    selection_s: Annotated[float | None, Column("Time that the selection of formats and tactics took.", "s")]
    generation_s: Annotated[
        float | None, Column("Time of the engine generation, all profiles of the strategy together.", "s")
    ]
    graph_s: Annotated[float | None, Column("Time of graph construction and optimization.", "s")]
    subgraph_s: Annotated[float | None, Column("Time of compiling fused regions, all together.", "s")]


class Layer(Row):
    """A layer that was costed."""

    build: BuildNumber
    layer: Annotated[int, Column("Number of the layer, from 1 over the whole log.")]
    name: Annotated[str | None, Column("Name as the builder prints it, without the suffix of its profile.")]
    onnx_nodes: Annotated[list[str] | None, Column("ONNX nodes that were fused into the layer.")]
    line: Line


class TensorFormat(Row):
    """One tensor of a format combination."""

    dtype: Annotated[str, Column("Type of the elements, as printed.")]
    strides: Annotated[
        list[str], Column("Strides as printed: numbers, or expressions of dynamic dimensions.")
    ]
    vector_width: Annotated[int | None, Column("Elements packed along one dimension.")]
    vector_dim: Annotated[int | None, Column("Which dimension that is: an index of the strides.")]


class Combination(Row, long=True):
    """One format combination or reformat, with its winner. The winner is not the choice of the engine."""

    build: BuildNumber
    layer: LayerNumber
    combination: Annotated[int, Column("Number of the combination, from 1 over the whole log.")]
    purpose: Annotated[
        Literal["layer", "reformat"], Column("What is tried: a layer, or a copy between formats.")
    ]
    subject: Annotated[
        str | None, Column("What the runners' lines name: the layer, or the reformat with its tensors.")
    ]
    formats: Annotated[str | None, Column("Formats of inputs and outputs, as printed.")]
    inputs: Annotated[list[TensorFormat] | None, Column("The formats of the inputs, parsed.", derived=True)]
    outputs: Annotated[list[TensorFormat] | None, Column("The formats of the outputs, parsed.", derived=True)]
    result: Annotated[
        Literal["timed", "untimed", "cached", "repeated", "no_tactic", "unfinished"],
        Column("How it ended; cached and repeated show the result of a measurement made earlier."),
    ]
    runner: Annotated[str | None, Column("Runner of the winner.")]
    runner_id: RunnerId
    tactic: Annotated[
        str | None, Column("Tactic of the winner: 64 bits as 0x%016x.", pattern="^0x[0-9a-f]{16}$")
    ]
    time_ms: Annotated[float | None, Column("Time of the winner in milliseconds; null = not timed.", "ms")]
    origin: Annotated[int | None, Column("The combination whose measurement this one repeats.")]
    key: Annotated[str | None, Column("Key of the layer with these formats in an editable timing cache.")]
    line: Line


class Runner(Row):
    """A runner that was tried on a combination."""

    build: BuildNumber
    combination: CombinationNumber
    runner: RunnerName
    runner_id: RunnerId
    result: Annotated[
        Literal["timed", "untimed", "no_valid_tactic", "failed", "unfinished"],
        Column("How it ended; failed = all its tactics failed."),
    ]
    profiling_s: Annotated[float | None, Column("Time that trying the runner took.", "s")]
    line: Line


class Tactic(Row, long=True):
    """One candidate of a runner."""

    build: BuildNumber
    layer: LayerNumber
    combination: CombinationNumber
    runner: RunnerName
    tactic: TacticId
    kernel: Kernel
    time_ms: TimeMs
    status: Annotated[Literal["timed", "skipped", "failed"], Column("Whether it ran.")]
    reason: Annotated[str | None, Column("Why there is no time.")]
    needed_bytes: Annotated[int | None, Column("Memory that the tactic needs.", "bytes")]
    available_bytes: Annotated[int | None, Column("Memory that was available.", "bytes")]
    family: KernelFamily
    gemm: Gemm
    tensor_core: TensorCoreUse
    evidence: Evidence
    line: Line


class OpTactic(Row, long=True):
    """One row of a table in which Myelin lists the tactics of an operation of a fused region."""

    build: BuildNumber
    layer: LayerNumber
    combination: CombinationNumber
    op_table: Annotated[int | None, Column("Number of the printed table, from 1 over the whole log.")]
    op: Annotated[str | None, Column("The operation, as Myelin names it.")]
    onnx_nodes: OpNodes
    key: OpKey
    tactic_id: Annotated[int | None, Column("Number of the tactic in its table.")]
    tactic_hash: TacticHash
    kernel: Kernel
    time_ms: TimeMs
    relative: Annotated[float | None, Column("Time divided by the fastest time of the table.")]
    correlation: Annotated[float | None, Column("Correlation, as Myelin prints it.")]
    extra: Annotated[str | None, Column("Rest of the row, after the known fields.")]
    chosen: Annotated[
        bool | None,
        Column(
            "The log prints this row as selected; null = it prints no selection for the table.", derived=True
        ),
    ]
    family: KernelFamily
    gemm: Gemm
    tensor_core: TensorCoreUse
    evidence: Evidence
    line: Line


class OpChoice(Row):
    """What the log says was selected from a table of Myelin's; part of no export: it is joined to the rows."""

    build: BuildNumber
    layer: LayerNumber
    combination: CombinationNumber
    op_table: Annotated[int | None, Column("Number of the printed table.")]
    op: Annotated[str | None, Column("The operation.")]
    onnx_nodes: OpNodes
    key: OpKey
    tactic_hash: TacticHash
    time_ms: TimeMs
    line: Line


class ReformatLayer(Row):
    """A reformat layer that the builder added to the network."""

    build: BuildNumber
    tensor: Annotated[str, Column("The tensor that the reformat makes.")]
    source: Annotated[str | None, Column("The tensor that it reads.")]
    from_format: Annotated[str | None, Column("Format that it reads, as printed.")]
    to_format: Annotated[str | None, Column("Format that it writes, as printed.")]
    line: Line


class BuildTime(Row):
    """Seconds of a build: one runner's, or what a phase took beyond its runners. The rows add up."""

    build: BuildNumber
    phase: Annotated[Literal["graph", "selection", "subgraph", "generation"], Column("Phase of the build.")]
    layer: Annotated[
        str | None, Column("Layer whose candidates were tried; null = not printed, or no single layer.")
    ]
    runner: RunnerName
    seconds: Annotated[float, Column("Time that it took.", "s")]
    share: Annotated[float | None, Column("Part of all seconds that the log prints, 0 to 1.")]
    line: Line
