"""Why a build failed: the error that ended it, and the layer that the builder worked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from tacticlens.assemble.messages import TACTIC_LEFT_OUT
from tacticlens.tables.table_set import TableSet

Cause = Literal["parser", "no_implementation", "while_costing", "after_costing", "unknown"]

_PARSER = frozenset({"parser_stopped", "parser_stopped_at"})
_REASON = "assertion_failed"
_CRASH = "tactic_gpu_error"
"""A tactic that crashed: the builder goes on, but often the GPU is of no use any more."""
_AFTERMATH = "failure"
"""trtexec's own lines, which follow from an error of the builder."""


@dataclass(frozen=True)
class Failure:
    """The end of a build that gave no engine.

    Attributes:
        line: line of the error; None where the log ends as failed and has no error.
        text: the error's first line.
        first_line: line of an error before it, which may be its cause; None if it is the first.
        first_text: that error's first line.
        node: the layer or region that no implementation was found for, or type and output of the ONNX node that the
            parser stopped at; None = the error is another.
        parsing: the ONNX parser stopped, before anything was built.
        layer: the layer that was costed last before the error; None where none was.
        layer_line: the line that begins it.
        unfinished: the error came in the middle of that layer.
        build: number of the build, None where no line of it is in the log.
    """

    line: int | None
    text: str
    first_line: int | None
    first_text: str
    node: str | None
    parsing: bool
    layer: str | None
    layer_line: int | None
    unfinished: bool
    build: int | None

    @property
    def cause(self) -> Cause:
        """The way in which it failed."""
        if self.parsing and self.node is not None:
            return "parser"
        if self.node is not None:
            return "no_implementation"
        if self.layer is None:
            return "unknown"
        return "while_costing" if self.unfinished else "after_costing"

    @property
    def name(self) -> str | None:
        """The layer, region or node that it is about."""
        return self.node or self.layer


def failure(tables: TableSet) -> Failure | None:
    """Return how the last build of a log failed; None where it did not, or where the log does not say so."""
    builds = tables.builds
    if tables.log["outcome"][0] != "failed" or builds["in_engine"].tail(1).any():
        return None
    if builds.is_empty() and not (tables.engine_layers.is_empty() and tables.profile.is_empty()):
        return None
    after = builds.filter(pl.col("in_engine"))["last_line"].max() or 0
    errors = tables.messages.filter(
        pl.col("severity").is_in(["error", "internal_error"]),
        pl.col("line") > after,
        ~pl.col("kind").is_in(TACTIC_LEFT_OUT).fill_null(False),
    )
    causes = errors.filter(~pl.col("kind").eq_missing(_AFTERMATH))
    named = causes.filter(pl.col("node").is_not_null())
    error = next((rows.row(0, named=True) for rows in (named, causes, errors) if len(rows)), None)
    if error is None and builds.is_empty():
        return None
    crashes = tables.messages.filter(pl.col("kind") == _CRASH, pl.col("line") > after)
    firsts = pl.concat([causes, crashes]).sort("line")
    first = firsts.row(0, named=True) if len(firsts) else None
    layers = tables.layers.filter(pl.col("line") > after, pl.col("name").is_not_null())
    if first is not None:
        layers = layers.filter(pl.col("line") < (error or first)["line"])
    layer = layers.row(-1, named=True) if len(layers) else None
    ends = (
        tables.slim("combinations", ["layer", "result"]).filter(pl.col("layer") == layer["layer"])
        if layer
        else None
    )
    parsing = error is not None and error["kind"] in _PARSER
    if parsing and error is not None:
        # the line that names the node is followed by the reason
        reasons = errors.filter(pl.col("kind") == _REASON, pl.col("line") > error["line"])
        if len(reasons):
            error = {**reasons.row(0, named=True), "node": error["node"]}
        first = None
    before = first if first and error and first["line"] < error["line"] else None
    return Failure(
        line=error["line"] if error else None,
        text=error["text"].splitlines()[0] if error else "",
        first_line=before["line"] if before else None,
        first_text=before["text"].splitlines()[0] if before else "",
        node=error["node"] if error else None,
        parsing=parsing,
        layer=layer["name"] if layer else None,
        layer_line=layer["line"] if layer else None,
        unfinished=ends is not None and len(ends) > 0 and ends["result"][-1] == "unfinished",
        build=builds["build"][-1] if len(builds) else None,
    )
