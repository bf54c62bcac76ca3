"""A run in words: who wrote the log, on what, with which options."""

from __future__ import annotations

import re
from typing import Final

from tacticlens.analysis.options import Name, Setting
from tacticlens.analysis.overview import RunOverview
from tacticlens.words import count, memory, plain, short

_NAMES: Final[dict[Name, str]] = {
    "precision": "", "typed": "strongly typed", "workspace": "workspace", "level": "optimization level",
    "timing_cache": "timing cache", "sparsity": "sparsity", "tactic_sources": "tactic sources",
    "formats": "I/O formats", "dla": "DLA core", "shapes": "shapes", "cuda_graph": "CUDA graph", "streams": "streams",
    "profiling": "profiling verbosity",
}  # fmt: skip
_VALUE = 48
_MIB = re.compile(r"([\d.]{1,20}) ?MiB")


def machine(run: RunOverview) -> str:
    """Return version and GPU; what the log does not say is unknown."""
    version = f"TensorRT {run.tensorrt_version}" if run.tensorrt_version else "TensorRT version unknown"
    gpu = plain(run.gpu) if run.gpu else "GPU unknown"
    if run.compute_capability:
        gpu += f" (sm_{plain(run.compute_capability).replace('.', '')})"
    return f"{plain(version)} · {gpu}"


def settings_text(settings: tuple[Setting, ...], *, wide: bool = False) -> str | None:
    """Return the options that matter, in one line; None if the log echoes none."""
    parts = [_setting(one, wide=wide) for one in settings]
    return f"Options: {', '.join(part for part in parts if part)}" if parts else None


def _setting(one: Setting, *, wide: bool) -> str:
    name = _NAMES.get(one.name, one.name)
    value = plain(one.value) if wide else short(one.value, _VALUE)
    if one.name == "precision":
        return value
    if one.name == "workspace" and (size := _MIB.fullmatch(value)):
        return f"{name} {memory(round(float(size[1]) * (1 << 20)))}"
    if not value or value.lower() == "enabled":
        return name
    return f"{name} {value}"


def run_title(run: RunOverview) -> str:
    """Return ``Run 2 of trtexec (lines 3,440 to 11,494): loads an engine``."""
    lines = f"from line {run.line:,}" if run.last_line is None else f"lines {run.line:,} to {run.last_line:,}"
    made = "loads an engine" if run.loads and not run.builds else count(run.builds, "build")
    engines = f", {count(run.engines, 'engine')}" if run.engines > 1 else ""
    return f"Run {run.run} of {plain(run.program or 'a program')} ({lines}, {run.outcome}): {made}{engines}"
