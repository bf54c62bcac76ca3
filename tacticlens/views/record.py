"""What a recorded build gave, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

import polars as pl

from tacticlens.tables.table_set import TableSet
from tacticlens.words import count, plain, seconds, size

_SOURCES = {
    "inspector": "from the engine inspector",
    "log": "from the log (the inspector needs a GPU that can run the engine)",
}

_OWN = "tacticlens: "
"""How messages of the recorder itself begin; the builder's may say less."""


def record_text(tables: TableSet, log: str, written: Mapping[str, str], source: str) -> str:
    """Return what was built and which files are there now."""
    info = tables.log.row(0, named=True)
    built = tables.performance.filter(pl.col("metric") == "Engine built in")["value"].to_list()
    tried = tables.tactics.height + tables.op_tactics.height
    first = (
        f"Built in {seconds(built[-1] if built else None)}: {count(tables.engine_layers.height, 'engine layer')}, "
        f"{count(tried, 'tactic')} tried"
    )
    lines = [first, f"{log}: {count(info['lines'], 'line')}, {size(info['bytes'])}"]
    if "layers" in written:
        lines.append(f"{written['layers']}: layers of the engine, {_SOURCES[source]}")
    if "engine" in written:
        lines.append(f"{written['engine']}: the engine")
    return "\n".join([*lines, f"Next: tacticlens parse {quote(log)}", ""])


def refused_text(tables: TableSet, log: str) -> str:
    """Return why there is no engine: the first error of the log, and where it stands."""
    errors = tables.messages.filter(pl.col("severity").is_in(["error", "internal_error"]))
    if errors.is_empty():
        return f"{log}: no engine was built, and the log does not say why"
    own = errors.filter(pl.col("text").str.starts_with(_OWN))
    line, text = (own if own.height else errors).select("line", "text").row(0)
    return f"{log}:{line}: no engine was built: {plain(text.removeprefix(_OWN))[:300]}"
