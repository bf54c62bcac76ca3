"""The options of a run that matter for what its engine is, in one spelling for all versions."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from tacticlens.tables.table_set import TableSet

Name = Literal[
    "precision", "typed", "workspace", "level", "timing_cache", "sparsity", "tactic_sources", "formats", "dla",
    "shapes", "cuda_graph", "streams", "profiling",
]  # fmt: skip

_USUAL: Final = frozenset({
    "", "disabled", "default", "model", "fp32:chw", "local", "-1", "1", "0", "using default tactic sources", "none",
})  # fmt: skip
"""Values, in lower case, of an option that nobody changed."""
_ECHOED: Final[dict[str, Name]] = {
    "precision": "precision", "memory pools": "workspace", "workspace": "workspace",
    "builder optimization level": "level", "timingcachemode": "timing_cache", "sparsity": "sparsity",
    "tactic sources": "tactic_sources", "input(s)s format": "formats", "output(s)s format": "formats",
    "dlacore": "dla", "cuda graph": "cuda_graph", "inference streams": "streams", "streams": "streams",
}  # fmt: skip
_FLAGS: Final[dict[str, Name]] = {
    "--stronglyTyped": "typed", "--timingCacheFile": "timing_cache", "--builderOptimizationLevel": "level",
    "--shapes": "shapes", "--optShapes": "shapes", "--useDLACore": "dla", "--sparsity": "sparsity",
    "--tacticSources": "tactic_sources", "--useCudaGraph": "cuda_graph", "--profilingVerbosity": "profiling",
}  # fmt: skip
_LOWER: Final = {"--fp16": "FP16", "--bf16": "BF16", "--int8": "INT8", "--fp8": "FP8", "--int4": "INT4"}
_WORKSPACE: Final = re.compile(r"workspace:? *([^,]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Setting:
    """One option, with its value as the program spells it."""

    name: Name
    value: str


def settings(tables: TableSet, run: int | None) -> tuple[Setting, ...]:
    """Return the options of a run that are not what they are without a word, the precision always.

    Args:
        tables: the tables of the log.
        run: number of the run; None = a log without runs.
    """
    found: dict[Name, str] = {}
    command = _command(tables, run)
    flags = _flags(command) if command else {}
    rows = tables.options.filter(
        pl.col("run") == (run if run is not None else 0), pl.col("value").is_not_null()
    )
    loads = "--loadEngine" in flags
    for key, value in rows.select("key", "value").iter_rows():
        name = _ECHOED.get(key.lower())
        if name is None or (loads and name not in {"cuda_graph", "streams"}):
            continue
        if name == "workspace":
            limit = _WORKSPACE.search(value)
            value = limit[1].strip() if limit else value  # noqa: PLW2901
        if name == "precision" or value.lower() not in _USUAL:
            found.setdefault(name, value)
    if "precision" not in found and not loads and command and "trtexec" in command:
        lower = [word for flag, word in _LOWER.items() if flag in flags]
        lower = ["FP16", "INT8"] if "--best" in flags else lower
        found["precision"] = "+".join(["FP32", *lower])
    for flag, value in flags.items():
        name = _FLAGS.get(flag)
        if name is not None and not (loads and name not in {"cuda_graph", "shapes"}):
            found.setdefault(name, value)
    order: dict[Name, int] = {
        name: at for at, name in enumerate(dict.fromkeys([*_ECHOED.values(), *_FLAGS.values()]))
    }
    return tuple(Setting(name, found[name]) for name in sorted(found, key=lambda name: order.get(name, 99)))


def _command(tables: TableSet, run: int | None) -> str | None:
    own = tables.runs.filter(pl.col("run").eq_missing(run))["command"].to_list()
    command: str | None = own[0] if own else tables.log["command"][0]
    return command


def _flags(command: str) -> dict[str, str]:
    try:
        parts = shlex.split(command)
    except ValueError:
        parts = command.split()
    pairs = (part.partition("=") for part in parts if part.startswith("--"))
    return {flag: value for flag, _, value in pairs}
