"""What a log does not have that others have, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.tables.table_set import TableSet

Gap = Literal[
    "trouble",
    "failed",
    "engine_loaded",
    "rtx",
    "untimed",
    "cached",
    "finished_engine",
    "not_verbose",
    "no_engine",
    "no_kernels",
]
"""What is missing.

`trouble`: the input could not be read whole. `failed`: the build failed, and there is no engine. No tactic was timed,
because `engine_loaded`: trtexec loaded a finished engine; `rtx`: TensorRT-RTX chooses without timing; `untimed`:
combinations were won without timing; `cached`: all came from a timing cache, or the log is cut; `finished_engine`: it
shows an engine, not how it was built; `not_verbose`. Tactics were timed, but `no_engine`: its layers are not printed;
`no_kernels`: they are, without a kernel's name.
"""


@dataclass(frozen=True)
class LogGap:
    """One thing that a log lacks.

    Attributes:
        code: what it is.
        detail: of `trouble`, what went wrong, as the reader of the input has it.
    """

    code: Gap
    detail: str = ""


def log_gaps(context: Context) -> list[LogGap]:
    """Return what the log lacks; empty if it has tactics, and engine layers with kernels."""
    tables = context.tables
    gaps = [LogGap("trouble", trouble) for trouble in tables.log.row(0, named=True)["troubles"]]
    if not tables.builds.is_empty() and tables.engine_layers.is_empty() and context.failure is not None:
        return [*gaps, LogGap("failed")]
    if tables.count_by("tactics", ["status"]).is_empty() and tables.op_tactics.is_empty():
        return [*gaps, LogGap(_without_tactics(tables))]
    if tables.engine_layers.is_empty():
        return [*gaps, LogGap("no_engine")]
    if tables.engine_layers["kernel"].null_count() == len(tables.engine_layers):
        return [*gaps, LogGap("no_kernels")]
    return gaps


def _without_tactics(tables: TableSet) -> Gap:
    if "--loadEngine" in (tables.log["command"][0] or ""):
        return "engine_loaded"
    if not tables.options.filter(pl.col("key") == "TensorRT-RTX").is_empty():
        return "rtx"
    results = set(tables.count_by("combinations", ["result"])["result"].to_list())
    if results:
        return "untimed" if results == {"untimed"} else "cached"
    if not tables.profile.is_empty() or not tables.engine_layers.is_empty():
        return "finished_engine"
    return "not_verbose"
