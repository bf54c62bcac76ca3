"""Tables of the log itself and of the program that wrote it: options, measurements, memory, messages, the ledger."""

from typing import Annotated, Literal

from tacticlens.schema.common import BuildNumber, Line, LineOrFile, Run
from tacticlens.schema.declaration import Column, Row


class LogRecord(Row):
    """What the log is."""

    schema_version: Annotated[int, Column("Version of these tables.")]
    source: Annotated[str, Column("The file, as given; - = standard input.")]
    bytes: Annotated[int, Column("Size, uncompressed.", "bytes")]
    lines: Annotated[int, Column("Number of lines.")]
    sha256: Annotated[str, Column("Digest of the uncompressed bytes.")]
    producer: Annotated[str | None, Column("Program that wrote the log.")]
    tensorrt_version: Annotated[str | None, Column("Version of TensorRT, of the first run in the log.")]
    gpu: Annotated[str | None, Column("Name of the GPU, as printed, of the first run in the log.")]
    compute_capability: Annotated[str | None, Column("Compute capability of the GPU.")]
    command: Annotated[str | None, Column("Command line that the program echoes.")]
    outcome: Annotated[Literal["passed", "failed", "incomplete"], Column("How the log ends.")]
    troubles: Annotated[list[str], Column("Why the input was not read completely.")]


class ProgramRun(Row):
    """One run of a program that begins with a banner: `&&&& RUNNING TensorRT.trtexec ...`."""

    run: Run
    program: Annotated[str | None, Column("Program, as the banner names it.")]
    tensorrt_version: Annotated[str | None, Column("Version of TensorRT in this run.")]
    gpu: Annotated[str | None, Column("Name of the GPU, as printed in this run.")]
    compute_capability: Annotated[str | None, Column("Compute capability of that GPU.")]
    command: Annotated[str | None, Column("Command line that the banner echoes.")]
    outcome: Annotated[Literal["passed", "failed", "incomplete"], Column("How the run ends.")]
    last_line: Annotated[int | None, Column("Line of the banner at its end; null = there is none.")]
    line: Line


class Option(Row):
    """One option or fact of the device that trtexec echoes."""

    run: Run
    section: Annotated[str | None, Column("Heading above it.")]
    key: Annotated[str, Column("Name, as printed.")]
    value: Annotated[str | None, Column("Value, as printed.")]
    line: Line


class Measurement(Row):
    """One number that trtexec measured."""

    run: Run
    metric: Annotated[str, Column("What was measured, as printed.")]
    statistic: Annotated[
        str, Column("Which of its numbers: min, max, mean, median, a percentile; value = the only one.")
    ]
    value: Annotated[float, Column("The number.")]
    unit: Annotated[str, Column("Unit of the number.")]
    line: LineOrFile


class ProfiledLayer(Row):
    """One row of ``--dumpProfile``."""

    run: Run
    iterations: Annotated[int | None, Column("How often the engine ran while it was profiled.")]
    name: Annotated[str, Column("Name of the layer, as printed.")]
    total_ms: Annotated[float | None, Column("Time of all iterations.", "ms")]
    average_ms: Annotated[float | None, Column("Average time.", "ms")]
    median_ms: Annotated[float | None, Column("Median time, since TensorRT 8.5.", "ms")]
    percent: Annotated[float | None, Column("Part of the profile's total time.", "%")]
    line: LineOrFile


class MemoryUse(Row):
    """Memory that the builder prints."""

    build: BuildNumber
    what: Annotated[str, Column("Purpose of the memory, as printed.")]
    layer: Annotated[str | None, Column("Layer that needs the memory; null = the total.")]
    bytes: Annotated[int, Column("Size.", "bytes")]
    line: Line


class TimingCacheEvent(Row):
    """What the log says of the timing cache."""

    build: BuildNumber
    event: Annotated[
        Literal["local", "global", "disabled", "deleted", "serialized", "loaded"],
        Column("What happened; local and global say which cache is used."),
    ]
    entries: Annotated[int | None, Column("Entries of the cache.")]
    hits: Annotated[int | None, Column("Lookups that found an entry.")]
    line: Line


class Message(Row):
    """A warning or an error, or another line that says that something was left out or done in another way."""

    line: Line
    severity: Annotated[str, Column("Severity, as the line's prefix says.")]
    kind: Annotated[str | None, Column("Form of the line; null = a form that has no rule.")]
    node: Annotated[
        str | None,
        Column(
            "Layer or region without an implementation, or type and output of the ONNX node that the parser "
            "stopped at; null = another message."
        ),
    ]
    text: Annotated[str, Column("The message, with the lines that continue it.")]


class UnreadShape(Row):
    """A shape of line that no rule reads."""

    line: Annotated[int, Column("The first line of this shape, from 1.", least=1)]
    origin: Annotated[str, Column("Who wrote it, as far as its prefix says.")]
    lines: Annotated[int, Column("Number of lines.")]
    text: Annotated[str, Column("The first line of this shape, shortened.")]


class LedgerEntry(Row):
    """Lines of one kind; every line of the log is counted once."""

    outcome: Annotated[
        Literal["parsed", "known", "foreign", "unread"],
        Column(
            "What became of the lines: parsed = gave data; known = a form that has no data for the tables; "
            "foreign = another program's; unread = TensorRT's, but read by no rule."
        ),
    ]
    kind: Annotated[str, Column("Form of the lines.")]
    lines: Annotated[int, Column("Number of lines.")]
