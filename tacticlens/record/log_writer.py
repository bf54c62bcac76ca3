"""What the process that builds prints: messages and options in trtexec's line format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tacticlens.record.settings import BuildSettings

_LETTERS = {"INTERNAL_ERROR": "F", "ERROR": "E", "WARNING": "W", "INFO": "I", "VERBOSE": "V"}


class LogWriter:
    """Writes messages as trtexec does, each with one system call.

    Args:
        write: takes the bytes of a message.
        clock: gives the time of a message.
    """

    def __init__(self, write: Callable[[bytes], Any], clock: Callable[[], datetime] = datetime.now) -> None:
        self._write, self._clock = write, clock

    def message(self, severity: str, text: str, *, library: bool = True) -> None:
        """Write one message; the library's have ``[TRT]``, trtexec's own have not."""
        letter, source = _LETTERS.get(severity, "V"), "[TRT] " if library else ""
        line = f"[{self._clock():%m/%d/%Y-%H:%M:%S}] [{letter}] {source}{text}\n"
        self._write(line.encode("utf-8", "replace"))

    def say(self, text: str) -> None:
        """Write a message of the program itself."""
        self.message("INFO", text, library=False)

    def status(self, status: str, settings: BuildSettings, version: str) -> None:
        """Write a status line: RUNNING, PASSED or FAILED."""
        digits = "".join(f"{int(part):02d}" for part in version.split(".")[:3] if part.isdecimal())
        program = "TensorRT.tensorrt-rtx" if settings.module == "tensorrt_rtx" else "TensorRT.tacticlens"
        self._write(f"&&&& {status} {program} [TensorRT v{digits}] # {settings.command}\n".encode())


def echo(settings: BuildSettings, version: str, log: LogWriter) -> None:
    """Print the options as trtexec does, so that they are in the table of options."""
    log.say("=== Model Options ===")
    log.say("Format: ONNX")
    log.say(f"Model: {settings.model}")
    log.say("=== Build Options ===")
    workspace = "default" if settings.workspace_mib is None else f"{settings.workspace_mib:g} MiB"
    log.say(f"Memory Pools: workspace: {workspace}")
    precision = "+".join(("FP32", *(name.upper() for name in settings.precisions)))
    typed = settings.strongly_typed or settings.module == "tensorrt_rtx"
    log.say(f"Precision: {'Strongly Typed' if typed else precision}")
    log.say(f"Save engine: {settings.engine or ''}")
    log.say(f"Profiling verbosity: {settings.verbosity}")
    log.say(f"timingCacheFile: {settings.timing_cache or ''}")
    level = settings.optimization_level
    log.say(f"BuilderOptimizationLevel: {'-1' if level is None else level}")
    for number, shapes in enumerate(settings.profiles):
        for tensor, sides in shapes.items():
            text = "+".join("x".join(map(str, side)) for side in sides)
            log.say(f"Input build shape (profile {number}): {tensor}={text}")
    log.say("=== Device Information ===")
    for capability in settings.capabilities:
        log.say(f"Compute Capability: {capability}")
    log.say(f"TensorRT version: {version}")
