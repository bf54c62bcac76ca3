"""What the rooms of the assembler share: where in the log we are, and the tables they fill."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from tacticlens.assemble.columns import NAN, ColumnKind, Columns, Texts

BUILD_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "engine": "count", "strategy": "count", "profile": "count", "first_line": "count",
    "last_line": "count",
    "estimated_ms": "float", "in_engine": "count", "selection_s": "float", "generation_s": "float", "graph_s": "float",
    "subgraph_s": "float",
}  # fmt: skip
LAYER_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "layer": "count", "name": "text", "onnx_nodes": "text", "line": "count",
}  # fmt: skip
COMBINATION_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "layer": "count", "combination": "count", "purpose": "text", "subject": "text", "formats": "text",
    "result": "text", "runner": "text", "runner_id": "text", "tactic": "text", "time_ms": "float",
    "origin": "count", "key": "text", "line": "count",
}  # fmt: skip
RUNNER_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "combination": "count", "runner": "text", "runner_id": "text", "result": "text",
    "profiling_s": "float", "line": "count",
}  # fmt: skip
TACTIC_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "layer": "count", "combination": "count", "runner": "text", "tactic": "text", "kernel": "text",
    "time_ms": "float", "status": "text", "reason": "text", "needed_bytes": "bytes",
    "available_bytes": "bytes", "line": "count",
}  # fmt: skip
OP_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "layer": "count", "combination": "count", "op_table": "count", "op": "text", "onnx_nodes": "text",
    "key": "text", "tactic_id": "count", "tactic_hash": "text", "kernel": "text", "time_ms": "float",
    "relative": "float", "correlation": "float", "extra": "text", "line": "count",
}  # fmt: skip
OP_CHOICE_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "layer": "count", "combination": "count", "op_table": "count", "op": "text", "onnx_nodes": "text",
    "key": "text", "tactic_hash": "text", "time_ms": "float", "line": "count",
}  # fmt: skip
REFORMAT_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "tensor": "text", "source": "text", "from_format": "text", "to_format": "text", "line": "count",
}  # fmt: skip
MESSAGE_COLUMNS: dict[str, ColumnKind] = {"line": "count", "severity": "text", "kind": "text", "text": "text"}

SENTINEL = "0xd15ea5edd15ea5ed"
"""Tactic id that TensorRT prints when nothing could be timed."""
FLOAT_MAX = 3.4e38
"""TRT 7 prints the largest float where later versions print inf."""


@dataclass
class State:
    """Position in the log and tables, shared by the rooms.

    Attributes:
        build, layer, combination: numbers of the current row of each table, -1 if there is none.
    """

    texts: Texts = field(default_factory=Texts)
    builds: Columns = field(default_factory=lambda: Columns(BUILD_COLUMNS))
    layers: Columns = field(default_factory=lambda: Columns(LAYER_COLUMNS))
    combinations: Columns = field(default_factory=lambda: Columns(COMBINATION_COLUMNS))
    runners: Columns = field(default_factory=lambda: Columns(RUNNER_COLUMNS))
    tactics: Columns = field(default_factory=lambda: Columns(TACTIC_COLUMNS))
    op_tactics: Columns = field(default_factory=lambda: Columns(OP_COLUMNS))
    op_choices: Columns = field(default_factory=lambda: Columns(OP_CHOICE_COLUMNS))
    reformats: Columns = field(default_factory=lambda: Columns(REFORMAT_COLUMNS))
    messages: Columns = field(default_factory=lambda: Columns(MESSAGE_COLUMNS))
    build: int = -1
    layer: int = -1
    combination: int = -1


@lru_cache(maxsize=65536)
def tactic_id(text: str) -> str:
    """Return a 64-bit tactic id in the one spelling of the tables: ``0x%016x``, two's complement if negative."""
    value = int(text, 16) if "x" in text else int(text)
    return f"0x{value & 0xFFFFFFFFFFFFFFFF:016x}"


def milliseconds(text: str | None) -> float:
    """Return a printed time in ms; NaN if nothing was timed (absent, inf, nan, the largest float)."""
    if text is None:
        return NAN
    value = float(text)
    return value if -FLOAT_MAX < value < FLOAT_MAX else NAN


def number(text: str | None) -> int:
    """Return a printed whole number, -1 if absent."""
    return -1 if text is None else int(text)


def is_time(value: float) -> bool:
    """Tell whether `milliseconds` found a time."""
    return not math.isnan(value)
