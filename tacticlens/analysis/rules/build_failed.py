"""TL026: the build failed; at which layer, and what to try."""

from __future__ import annotations

from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.failure import Cause, Failure
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL026",
    "build-failed",
    "The build failed",
    what="Logs that end in an error without an engine: the error, and the layer that the builder had no "
    "implementation for, or was costing. Errors that cost the build a single tactic do not count.",
    why="There is no engine. The verbose log shows what was tried for the layer, and why nothing of it ran.",
    urgent=True,
    action="By the cause: more workspace or free GPU memory, another precision for the layer, a tensor marked as "
    "output that splits a fused region, a plugin's library, a newer TensorRT.",
    example="A network with double quantization (TensorRT 10.16.2): `The build failed: no implementation for "
    "{ForeignNode[...DynamicQuantize]}`; its one tactic threw an exception.",
)
TITLES: dict[Cause, str] = {
    "parser": "The build failed: the ONNX parser stopped at {name:name}",
    "no_implementation": "The build failed: no implementation for {name:name}",
    "while_costing": "The build failed while costing {name:name}",
    "after_costing": "The build failed after costing {name:name}",
    "unknown": "The build failed",
}
"""Titles of the finding; the headline of a log has the same words."""
_LONGEST = 600
_NO_PLUGIN = (
    "getplugincreator",
    "plugin not found",
    "could not find plugin",
    "plugin registry",
    "no importer registered",
)


def find(context: Context) -> list[Finding]:
    return [] if context.failure is None else [_finding(context, context.failure)]


def _finding(context: Context, failed: Failure) -> Finding:
    name = failed.name
    tried = _tried(context, failed, name)
    lost = tried.filter(pl.col("status") == "failed")
    short = tried.filter(pl.col("status") == "skipped", pl.col("reason").str.contains("memory"))
    needs = short["needed_bytes"].drop_nulls()
    reasons = lost["reason"].drop_nulls().unique(maintain_order=True).to_list()
    facts: dict[str, Any] = {
        "name": name,
        "error": _cut(failed.text),
        "line": failed.line,
        "first_error": _cut(failed.first_text),
        "first_line": failed.first_line,
        "layer_line": failed.layer_line,
        "failed": len(lost),
        "short": len(short),
        "reason": _cut(reasons[0]) if reasons else None,
        "flag": context.advice.workspace(int(needs.max())) if len(needs) else None,  # type: ignore[arg-type]
        "precision": context.advice.setting("--layerPrecisions"),
    }
    return KIND.found(
        title=TITLES[failed.cause],
        why=(
            "{failed} of its tactics failed: {reason}." if reasons else "",
            "{short} of its tactics {short:=was/were} skipped for lack of memory." if len(short) else "",
            "Line {line}: {error}."
            if failed.line is not None
            else "The log has no error: errors go to stderr, and `2>&1` keeps them.",
            "An earlier error, line {first_line}: {first_error}." if failed.first_line is not None else "",
            "It occurred while {name:name} was costed, from line {layer_line} on."
            if failed.node is None and failed.unfinished
            else "The last layer costed before it is {name:name}, line {layer_line}."
            if failed.node is None and failed.layer is not None
            else "",
        ),
        action=_action(context, failed, lost=len(lost), short=len(short), needs=len(needs)),
        facts=facts,
        build=failed.build,
        layers=[name] if name else [],
        lines=[failed.layer_line, failed.line, *lost["line"].to_list(), *short["line"].to_list()],
        rows=[{"table": "messages", "line": failed.line}] if failed.line is not None else [],
    )


def _tried(context: Context, failed: Failure, name: str | None) -> pl.DataFrame:
    """Return the candidates of the layer in the build that failed: status, reason, needed_bytes, line.

    An error about a tactic may come before the lines that name the layer, and then belongs to no other.
    """
    columns = ["build", "layer", "status", "reason", "needed_bytes", "line"]
    tactics = context.tables.slim("tactics", columns).filter(pl.col("build").eq_missing(failed.build))
    layers = context.tables.layers.filter(
        pl.col("name").eq_missing(name), pl.col("build").eq_missing(failed.build)
    )
    return tactics.filter(pl.col("layer").is_null() | pl.col("layer").is_in(layers["layer"].implode()))


def _action(context: Context, failed: Failure, *, lost: int, short: int, needs: int) -> tuple[str, ...]:
    text = f"{failed.first_text} {failed.text}".lower()
    if any(words in text for words in _NO_PLUGIN):
        return (
            "Load the library that has the plugin (trtexec --staticPlugins=LIB, --plugins=LIB before 8.6).",
        )
    if failed.parsing:
        return (
            "Write the node with operations that the parser knows, or load a plugin for it.",
            "polygraphy surgeon sanitize --fold-constants removes many nodes that only compute shapes.",
        )
    if "outofmemory" in text or "out of memory" in text:
        return ("Free memory of the GPU, or build with less: smaller maximum shapes, a smaller workspace.",)
    if "workspace" in text or (short and not lost):
        return (
            "{flag} allows its largest tactic."
            if needs
            else "Allow more workspace (--memPoolSize=workspace:N in MiB).",
        )
    if "launch timed out" in text:
        return (
            "A kernel ran longer than the display's watchdog allows; later errors are consequences.",
            "Build on a GPU that drives no display; look at the kernel first if it is a plugin's.",
        )
    if "cuda" in text or "cudnn" in text or "illegal memory" in text or "launch failure" in text:
        return (
            "A kernel crashed; later errors are consequences.",
            "If the network has plugins, run the build under compute-sanitizer; else try a newer driver and TensorRT.",
        )
    if failed.node is None and not failed.unfinished:
        return (
            "The error says what to change; tacticlens parse --table messages lists the warnings before it.",
        )
    other = (
        "Give the layer another precision: {precision}." if context.advice.exists("--layerPrecisions") else ""
    )
    region = (failed.name or "").startswith("{ForeignNode[")
    return (
        "Give the layer another type in the ONNX graph." if context.advice.typed else other,
        "Mark a tensor inside the region as an output: this splits the region and shows which part fails."
        if region
        else "",
        "A newer TensorRT may have the kernel.",
    )


def _cut(text: str) -> str:
    text = text.rstrip(". ")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
