"""What a log lacks, in sentences: what, why, and the flag that prints it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tacticlens.analysis.log_gaps import Gap, LogGap

_SENTENCES: Final[dict[Gap, str]] = {
    "trouble": "The input was not read completely: {detail}.",
    "failed": "There is no engine: candidates are those of the layers that were costed before the build failed.",
    "engine_loaded": "No tactic was tried here: trtexec loaded a finished engine (--loadEngine). Tactics are in "
    "the log of the build; run trtexec with --onnx=... --verbose.",
    "rtx": "No tactic was timed here: TensorRT-RTX chooses without timing. Its fused regions are in the table "
    "engine_layers; use TensorRT itself to see candidates and times.",
    "untimed": "No tactic was timed here: every combination was won without timing, as TensorRT-RTX does. Its "
    "layers are in the table engine_layers; use TensorRT itself to see candidates and times.",
    "cached": "Format combinations are in this log but no timed tactic: everything came from a timing cache, or "
    "the log is cut. Build without --timingCacheFile to see the candidates.",
    "finished_engine": "No tactic is in this log: it shows a finished engine, not how it was chosen. Tactics are "
    "in the log of the build, written with --verbose.",
    "not_verbose": "No tactic is in this log: it was not written at verbose severity. Run trtexec with --verbose "
    "(Python: trt.Logger(trt.Logger.VERBOSE)).",
    "no_engine": "The layers of the engine are not in this log: it ends before the engine is printed, or the "
    "version prints none. Winners of format combinations are known, the engine's choice is not.",
    "no_kernels": "No engine layer has a kernel name in this log; --profilingVerbosity=detailed prints one per layer.",
}


def gap_notes(gaps: Iterable[LogGap]) -> list[str]:
    """Return a sentence for each thing that the log lacks."""
    return [_SENTENCES[gap.code].format(detail=gap.detail) for gap in gaps]
