"""What kind of log this is, and how to get what it lacks."""

from __future__ import annotations

import polars as pl

from tacticlens.tables.table_set import TableSet


def missing(tables: TableSet) -> list[str]:
    """Return sentences: what the log does not have, why, and the flag that prints it; [] if nothing lacks."""
    tried = int(tables.count_by("tactics", ["status"])["len"].sum()) + len(tables.op_tactics)
    notes = [
        f"The input was not read whole: {trouble}." for trouble in tables.log.row(0, named=True)["troubles"]
    ]
    command = tables.log["command"][0] or ""
    rtx = not tables.options.filter(pl.col("key") == "TensorRT-RTX").is_empty()
    if tried == 0:
        notes.append(_without_tactics(tables, command, rtx=rtx))
    elif tables.engine_layers.is_empty():
        notes.append(
            "The layers of the engine are not in this log: it ends before the engine is printed, or the version prints "
            "none. Winners of format combinations are known, the engine's choice is not."
        )
    elif tables.engine_layers["kernel"].null_count() == len(tables.engine_layers):
        notes.append(
            "No engine layer has a kernel name in this log; --profilingVerbosity=detailed prints one per layer."
        )
    return notes


def _without_tactics(tables: TableSet, command: str, *, rtx: bool) -> str:
    if "--loadEngine" in command:
        return (
            "No tactic was tried here: trtexec loaded a finished engine (--loadEngine). Tactics are in the log of the "
            "build; run trtexec with --onnx=... --verbose."
        )
    if rtx:
        return (
            "No tactic was timed here: TensorRT-RTX chooses without timing. Its fused regions are in the table "
            "engine_layers; use TensorRT itself to see candidates and times."
        )
    results = set(tables.count_by("combinations", ["result"])["result"].to_list())
    if results == {"untimed"}:
        return (
            "No tactic was timed here: every combination was won without timing, as TensorRT-RTX does. Its layers are "
            "in the table engine_layers; use TensorRT itself to see candidates and times."
        )
    if results:
        return (
            "Format combinations are in this log but no timed tactic: everything came from a timing cache, or the log "
            "is cut. Build without --timingCacheFile to see the candidates."
        )
    if not tables.profile.is_empty() or not tables.engine_layers.is_empty():
        return (
            "No tactic is in this log: it shows a finished engine, not how it was chosen. Tactics are in the log of "
            "the build, written with --verbose."
        )
    return (
        "No tactic is in this log: it was not written at verbose severity. Run trtexec with --verbose "
        "(Python: trt.Logger(trt.Logger.VERBOSE))."
    )
