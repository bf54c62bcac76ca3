"""The tables' rows as typed, frozen records; their JSON Schema is the schema of the JSON export.

The fields are the columns of `tables.schema`, in the same order; a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tacticlens.kernels import Family


class Record(BaseModel):
    """Base of all records: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


TacticId = Annotated[str, Field(pattern="^0x[0-9a-f]{16}$")]
"""A 64-bit id as 0x%016x."""
Line = Annotated[int, Field(ge=1, description="Line of the log, 1-based.")]
"""A line of the log, 1-based."""
CombinationNumber = Annotated[
    int | None, Field(description="Number of the combination, from 1 over the whole log.")
]
BuildNumber = Annotated[int | None, Field(description="Number of the build, from 1 over the whole log.")]


class TensorFormat(Record):
    """One tensor of a format combination."""

    dtype: str
    strides: list[str]
    vector_width: int | None
    vector_dim: int | None
    """Which dimension that is, an index of the strides."""


class EngineTensor(Record):
    """One tensor of an engine layer."""

    name: str
    dtype: str | None
    dims: list[str]
    format: str | None


class LogRecord(Record):
    """What the log is."""

    schema_version: int
    source: str
    bytes: int
    """Bytes."""
    lines: int
    """Number of lines."""
    sha256: str
    """Digest of the uncompressed bytes."""
    producer: str | None
    tensorrt_version: str | None
    gpu: str | None
    compute_capability: str | None
    command: str | None
    outcome: Literal["passed", "failed", "incomplete"]
    troubles: list[str]
    """What kept the input from being read whole."""


class Build(Record):
    """One pass of the builder over a network: one backend strategy, one optimization profile."""

    build: int
    """Number of the build, from 1 over the whole log."""
    engine: int
    """Number of the network that was built; its passes share it."""
    strategy: int | None
    """Backend strategy, since TensorRT 10."""
    profile: int | None
    """Optimization profile."""
    first_line: Line
    """First line, 1-based."""
    last_line: Line
    """Last line, 1-based."""
    estimated_ms: float | None
    """The builder's estimate of the inference time."""
    in_engine: bool | None
    """The pass is part of the engine; null where the log ends before that is decided."""
    selection_s: float | None
    """Formats and tactics selection."""
    generation_s: float | None
    """Engine generation, all profiles of the strategy together."""
    graph_s: float | None
    """Graph construction and optimization."""
    subgraph_s: float | None
    """Compilation of fused regions, all together."""


class Layer(Record):
    """A layer that was costed."""

    build: BuildNumber
    layer: int
    """Number of the layer, from 1 over the whole log."""
    name: str | None
    onnx_nodes: list[str] | None
    line: Line


class Combination(Record):
    """One format combination or reformat, with its winner. The winner is not the choice of the engine."""

    build: BuildNumber
    layer: int | None
    """Number of the layer, from 1 over the whole log."""
    combination: int
    """Number of the combination, from 1 over the whole log."""
    purpose: Literal["layer", "reformat"]
    subject: str | None
    """What the runner heads name: the layer, or the reformat with its tensors."""
    formats: str | None
    """As printed."""
    inputs: list[TensorFormat] | None
    outputs: list[TensorFormat] | None
    result: Literal["timed", "untimed", "cached", "repeated", "no_tactic", "unfinished"]
    runner: str | None
    runner_id: str | None
    tactic: TacticId | None
    """64-bit id as 0x%016x."""
    time_ms: float | None
    """Time in milliseconds; null = not timed."""
    origin: int | None
    """Combination whose measurement this one repeats."""
    key: str | None
    """Key of the layer with these formats in an editable timing cache."""
    line: Line


class Runner(Record):
    """An implementation that was tried on a combination."""

    build: BuildNumber
    combination: CombinationNumber
    runner: str | None
    runner_id: str | None
    result: Literal["timed", "untimed", "no_valid_tactic", "failed", "unfinished"]
    profiling_s: float | None
    """Seconds that trying the runner took."""
    line: Line


class Tactic(Record):
    """One candidate of a runner."""

    build: BuildNumber
    layer: int | None
    """Number of the layer, from 1 over the whole log."""
    combination: CombinationNumber
    runner: str | None
    tactic: TacticId
    """64-bit id as 0x%016x."""
    kernel: str | None
    """Kernel name, if the log prints it."""
    time_ms: float | None
    """Time in milliseconds; null = not timed."""
    status: Literal["timed", "skipped", "failed"]
    reason: str | None
    """Why there is no time."""
    needed_bytes: int | None
    """Memory that the tactic needs."""
    available_bytes: int | None
    """Memory that it was given."""
    family: Family
    """Kind of kernel."""
    gemm: bool
    """The family spends its time in matrix products."""
    tensor_core: Literal["yes", "no", "unknown"]
    """Runs on Tensor Cores, as far as the kernel name tells."""
    evidence: str
    """The token that proves it, or why it is unknown."""
    line: Line


class OpTactic(Record):
    """One row of a Myelin table."""

    build: BuildNumber
    layer: int | None
    """Number of the layer, from 1 over the whole log."""
    combination: CombinationNumber
    op_table: int | None
    """Number of the printed table, from 1 over the whole log."""
    op: str | None
    onnx_nodes: list[str] | None
    key: str | None
    """Key of the operation in an editable timing cache."""
    tactic_id: int | None
    tactic_hash: TacticId | None
    """Hash of the tactic as 0x%016x."""
    kernel: str | None
    """Kernel name, if the log prints it."""
    time_ms: float | None
    """Time in milliseconds; null = not timed."""
    relative: float | None
    """Time over the fastest time."""
    correlation: float | None
    extra: str | None
    chosen: bool | None
    """The log says that this row was selected; null where it does not say which row was."""
    family: Family
    """Kind of kernel."""
    gemm: bool
    """The family spends its time in matrix products."""
    tensor_core: Literal["yes", "no", "unknown"]
    """Runs on Tensor Cores, as far as the kernel name tells."""
    evidence: str
    """The token that proves it, or why it is unknown."""
    line: Line


class ReformatLayer(Record):
    """A reformat layer that the builder added to the network."""

    build: BuildNumber
    tensor: str
    source: str | None
    from_format: str | None
    to_format: str | None
    line: Line


class EngineLayer(Record):
    """A layer of a finished engine."""

    engine: int | None
    """Number of the network that was built; its passes share it."""
    build: BuildNumber
    position: int
    """Place in the engine, from 1."""
    name: str
    layer_type: str | None
    tactic: TacticId | None
    """64-bit id as 0x%016x."""
    kernel: str | None
    """Kernel name, if the log prints it."""
    kernel_source: Literal["log", "table", "layer_info", "nsys", "none"]
    """Where the kernel is from: the log, Myelin's table, layer information in log or file, a profiler."""
    time_ms: float | None
    """Time in milliseconds; null = not timed."""
    time_source: Literal["profile", "nsys", "tactic", "twin", "none"]
    low_ms: float | None
    """The least the time can be: the time itself, or the fastest candidate that may be the layer's."""
    high_ms: float | None
    """The most it can be; null = no bound is known."""
    combination: CombinationNumber
    inputs: list[EngineTensor]
    outputs: list[EngineTensor]
    onnx_nodes: list[str]
    family: Family
    """Kind of kernel."""
    gemm: bool
    """The family spends its time in matrix products."""
    tensor_core: Literal["yes", "no", "unknown"]
    """Runs on Tensor Cores, as far as the kernel name tells."""
    evidence: str
    """The token that proves it, or why it is unknown."""
    line: Line | None
    """Line of the log, 1-based; null = from a file beside the log."""


class EngineChoice(Record):
    """A format combination that an engine layer may have by its tactic."""

    engine: int | None
    build: BuildNumber
    position: int
    """Place of the layer in the engine, from 1."""
    combination: int
    own: bool
    """Tried for this layer; else for one with equal type, tactic and tensors."""
    verdict: Literal["taken", "open", "excluded"]
    """Whether the engine has it; open = the log does not decide."""
    reason: Literal["none", "printed", "strided", "reformat", "network", "neighbour"]
    """What excludes it."""
    tensor: str | None
    """The tensor that shows it."""
    reason_line: Line | None
    """The line that excludes it."""
    measured: int | None
    """The combination under which its candidates stand, its own or an equal one; null = not known."""
    low_ms: float | None
    """Least time that it has in the log; null = not known."""
    high_ms: float | None
    """Most time that it has in the log; null = not known."""
    line: Line


class EngineOp(Record):
    """An operation of a fused region in the engine."""

    engine: int | None
    """Number of the network that was built; its passes share it."""
    build: BuildNumber
    position: int
    """Place in the engine, from 1."""
    op: str | None
    onnx_nodes: list[str] | None
    key: str | None
    tactic_hash: TacticId | None
    """Hash of the tactic as 0x%016x."""
    kernel: str | None
    """Kernel name, if the log prints it."""
    time_ms: float | None
    """Time in milliseconds; null = not timed."""
    family: Family
    """Kind of kernel."""
    gemm: bool
    """The family spends its time in matrix products."""
    tensor_core: Literal["yes", "no", "unknown"]
    """Runs on Tensor Cores, as far as the kernel name tells."""
    evidence: str
    """The token that proves it, or why it is unknown."""
    line: Line


class Option(Record):
    """One option or device fact that trtexec echoes."""

    run: int
    """Number of the program run in the log; 0 before the first banner."""
    section: str | None
    key: str
    value: str | None
    line: Line


class Measurement(Record):
    """One number that trtexec measured."""

    run: int
    """Number of the program run in the log; 0 before the first banner."""
    metric: str
    statistic: str
    value: float
    unit: str
    line: Line | None
    """Line of the log, 1-based; null = from a file beside the log."""


class ProfiledLayer(Record):
    """One row of ``--dumpProfile``."""

    run: int
    """Number of the program run in the log; 0 before the first banner."""
    iterations: int | None
    name: str
    total_ms: float | None
    average_ms: float | None
    median_ms: float | None
    percent: float | None
    line: Line | None
    """Line of the log, 1-based; null = from a file beside the log."""


class MemoryUse(Record):
    """Memory that the builder prints."""

    build: BuildNumber
    what: str
    layer: str | None
    """Layer that needs the memory; null for totals."""
    bytes: int
    """Bytes."""
    line: Line


class TimingCacheEvent(Record):
    """What was said about the timing cache."""

    build: BuildNumber
    event: Literal["local", "global", "disabled", "deleted", "serialized", "loaded"]
    entries: int | None
    hits: int | None
    line: Line


class BuildTime(Record):
    """Seconds of a build: one runner's, or what a phase took beyond its runners."""

    build: BuildNumber
    phase: Literal["graph", "selection", "subgraph", "generation"]
    layer: str | None
    """Layer whose candidates were tried; null = not told, or no single one."""
    runner: str | None
    seconds: float
    share: float | None
    """Part of all seconds told in the log, 0 to 1."""
    line: Line


class Joined(Record):
    """What a file beside the log did to one value."""

    kind: Literal["layers", "profile", "times", "nsys", "onnx"]
    file: str
    """The file, as given."""
    engine: int | None
    """Number of the network that was built; its passes share it."""
    position: int | None
    """Place in the engine, from 1; null where no layer of the engine fits."""
    name: str | None
    """Layer or measured quantity."""
    column: str | None
    result: Literal["filled", "agrees", "disagrees", "shared", "unmatched"]
    """filled: the log lacks it; shared: several layers run this kernel; unmatched: the log has no such layer."""
    log_value: str | None
    file_value: str | None


class Message(Record):
    """A warning or an error."""

    line: Line
    severity: str
    kind: str | None
    text: str


class UnreadShape(Record):
    """A shape of line that no rule reads."""

    line: Line
    origin: str
    """What the prefix says about where the line comes from."""
    lines: int
    """Number of lines."""
    text: str


class LedgerEntry(Record):
    """Lines of one kind."""

    outcome: Literal["parsed", "known", "foreign", "unread"]
    kind: str
    lines: int
    """Number of lines."""


class LogDocument(Record):
    """The JSON export of one log: every table under its name."""

    schema_version: Literal[1]
    log: LogRecord
    builds: list[Build]
    layers: list[Layer]
    combinations: list[Combination]
    runners: list[Runner]
    tactics: list[Tactic]
    op_tactics: list[OpTactic]
    reformats: list[ReformatLayer]
    engine_layers: list[EngineLayer]
    choices: list[EngineChoice]
    engine_ops: list[EngineOp]
    options: list[Option]
    performance: list[Measurement]
    profile: list[ProfiledLayer]
    memory: list[MemoryUse]
    timing_cache: list[TimingCacheEvent]
    build_times: list[BuildTime]
    joined: list[Joined]
    messages: list[Message]
    unread: list[UnreadShape]
    ledger: list[LedgerEntry]


RECORDS: dict[str, type[Record]] = {
    "log": LogRecord,
    "builds": Build,
    "layers": Layer,
    "combinations": Combination,
    "runners": Runner,
    "tactics": Tactic,
    "op_tactics": OpTactic,
    "reformats": ReformatLayer,
    "engine_layers": EngineLayer,
    "choices": EngineChoice,
    "engine_ops": EngineOp,
    "options": Option,
    "performance": Measurement,
    "profile": ProfiledLayer,
    "memory": MemoryUse,
    "timing_cache": TimingCacheEvent,
    "build_times": BuildTime,
    "joined": Joined,
    "messages": Message,
    "unread": UnreadShape,
    "ledger": LedgerEntry,
}
"""Table name -> type of its rows."""
