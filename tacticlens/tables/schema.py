"""The schema of the tables: the public contract of names and types, the same in Python, JSON, Parquet and SQL.

Every row has the line it comes from (``line``, 1-based). Units are in the names. Missing is null.
Numbers of builds, layers and combinations count from 1 over the whole log and join the tables.
"""

from __future__ import annotations

import polars as pl

SCHEMA_VERSION = 1

_TENSOR = pl.Struct(
    {"dtype": pl.String, "strides": pl.List(pl.String), "vector_width": pl.Int64, "vector_dim": pl.Int64}
)
_ENGINE_TENSOR = pl.Struct(
    {"name": pl.String, "dtype": pl.String, "dims": pl.List(pl.String), "format": pl.String}
)

TABLES: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "log": {
        "schema_version": pl.Int64, "source": pl.String, "bytes": pl.Int64, "lines": pl.Int64, "sha256": pl.String,
        "producer": pl.String, "tensorrt_version": pl.String, "gpu": pl.String, "compute_capability": pl.String,
        "command": pl.String, "outcome": pl.String, "troubles": pl.List(pl.String),
    },
    "builds": {
        "build": pl.Int64, "engine": pl.Int64, "strategy": pl.Int64, "profile": pl.Int64, "first_line": pl.Int64,
        "last_line": pl.Int64, "estimated_ms": pl.Float64, "in_engine": pl.Boolean, "selection_s": pl.Float64,
        "generation_s": pl.Float64, "graph_s": pl.Float64, "subgraph_s": pl.Float64,
    },
    "layers": {
        "build": pl.Int64, "layer": pl.Int64, "name": pl.String, "onnx_nodes": pl.List(pl.String), "line": pl.Int64,
    },
    "combinations": {
        "build": pl.Int64, "layer": pl.Int64, "combination": pl.Int64, "purpose": pl.String, "subject": pl.String,
        "formats": pl.String, "inputs": pl.List(_TENSOR), "outputs": pl.List(_TENSOR), "result": pl.String,
        "runner": pl.String, "runner_id": pl.String, "tactic": pl.String, "time_ms": pl.Float64,
        "origin": pl.Int64, "key": pl.String, "line": pl.Int64,
    },
    "runners": {
        "build": pl.Int64, "combination": pl.Int64, "runner": pl.String, "runner_id": pl.String, "result": pl.String,
        "profiling_s": pl.Float64, "line": pl.Int64,
    },
    "tactics": {
        "build": pl.Int64, "layer": pl.Int64, "combination": pl.Int64, "runner": pl.String, "tactic": pl.String,
        "kernel": pl.String, "time_ms": pl.Float64, "status": pl.String, "reason": pl.String,
        "needed_bytes": pl.Int64, "available_bytes": pl.Int64, "family": pl.String, "gemm": pl.Boolean,
        "tensor_core": pl.String, "evidence": pl.String, "line": pl.Int64,
    },
    "op_tactics": {
        "build": pl.Int64, "layer": pl.Int64, "combination": pl.Int64, "op_table": pl.Int64, "op": pl.String,
        "onnx_nodes": pl.List(pl.String), "key": pl.String, "tactic_id": pl.Int64, "tactic_hash": pl.String,
        "kernel": pl.String, "time_ms": pl.Float64, "relative": pl.Float64, "correlation": pl.Float64,
        "extra": pl.String, "chosen": pl.Boolean, "family": pl.String, "gemm": pl.Boolean, "tensor_core": pl.String,
        "evidence": pl.String, "line": pl.Int64,
    },
    "reformats": {
        "build": pl.Int64, "tensor": pl.String, "source": pl.String, "from_format": pl.String, "to_format": pl.String,
        "line": pl.Int64,
    },
    "engine_layers": {
        "engine": pl.Int64, "build": pl.Int64, "position": pl.Int64, "name": pl.String, "layer_type": pl.String,
        "tactic": pl.String, "kernel": pl.String, "kernel_source": pl.String, "time_ms": pl.Float64,
        "time_source": pl.String, "low_ms": pl.Float64, "high_ms": pl.Float64, "combination": pl.Int64,
        "inputs": pl.List(_ENGINE_TENSOR), "outputs": pl.List(_ENGINE_TENSOR), "onnx_nodes": pl.List(pl.String),
        "family": pl.String, "gemm": pl.Boolean, "tensor_core": pl.String, "evidence": pl.String, "line": pl.Int64,
    },
    "choices": {
        "engine": pl.Int64, "build": pl.Int64, "position": pl.Int64, "combination": pl.Int64, "own": pl.Boolean,
        "verdict": pl.String, "reason": pl.String, "tensor": pl.String, "reason_line": pl.Int64,
        "measured": pl.Int64, "low_ms": pl.Float64, "high_ms": pl.Float64, "line": pl.Int64,
    },
    "engine_ops": {
        "engine": pl.Int64, "build": pl.Int64, "position": pl.Int64, "op": pl.String, "onnx_nodes": pl.List(pl.String),
        "key": pl.String, "tactic_hash": pl.String, "kernel": pl.String, "time_ms": pl.Float64, "family": pl.String,
        "gemm": pl.Boolean, "tensor_core": pl.String, "evidence": pl.String, "line": pl.Int64,
    },
    "options": {
        "run": pl.Int64, "section": pl.String, "key": pl.String, "value": pl.String, "line": pl.Int64,
    },
    "performance": {
        "run": pl.Int64, "metric": pl.String, "statistic": pl.String, "value": pl.Float64, "unit": pl.String,
        "line": pl.Int64,
    },
    "profile": {
        "run": pl.Int64, "iterations": pl.Int64, "name": pl.String, "total_ms": pl.Float64, "average_ms": pl.Float64,
        "median_ms": pl.Float64, "percent": pl.Float64, "line": pl.Int64,
    },
    "memory": {
        "build": pl.Int64, "what": pl.String, "layer": pl.String, "bytes": pl.Int64, "line": pl.Int64,
    },
    "timing_cache": {
        "build": pl.Int64, "event": pl.String, "entries": pl.Int64, "hits": pl.Int64, "line": pl.Int64,
    },
    "build_times": {
        "build": pl.Int64, "phase": pl.String, "layer": pl.String, "runner": pl.String, "seconds": pl.Float64,
        "share": pl.Float64, "line": pl.Int64,
    },
    "joined": {
        "kind": pl.String, "file": pl.String, "engine": pl.Int64, "position": pl.Int64, "name": pl.String,
        "column": pl.String, "result": pl.String, "log_value": pl.String, "file_value": pl.String,
    },
    "messages": {
        "line": pl.Int64, "severity": pl.String, "kind": pl.String, "text": pl.String,
    },
    "unread": {
        "line": pl.Int64, "origin": pl.String, "lines": pl.Int64, "text": pl.String,
    },
    "ledger": {
        "outcome": pl.String, "kind": pl.String, "lines": pl.Int64,
    },
}  # fmt: skip

TABLE_NAMES = tuple(TABLES)

CLOSED_SETS: dict[tuple[str, str], tuple[str, ...]] = {
    ("log", "outcome"): ("passed", "failed", "incomplete"),
    ("combinations", "purpose"): ("layer", "reformat"),
    ("combinations", "result"): ("timed", "untimed", "cached", "repeated", "no_tactic", "unfinished"),
    ("runners", "result"): ("timed", "untimed", "no_valid_tactic", "failed", "unfinished"),
    ("tactics", "status"): ("timed", "skipped", "failed"),
    ("engine_layers", "kernel_source"): ("log", "table", "layer_info", "nsys", "none"),
    ("engine_layers", "time_source"): ("profile", "nsys", "tactic", "twin", "none"),
    ("engine_layers", "tensor_core"): ("yes", "no", "unknown"),
    ("choices", "verdict"): ("taken", "open", "excluded"),
    ("choices", "reason"): ("none", "printed", "strided", "reformat", "network", "neighbour"),
    ("engine_ops", "tensor_core"): ("yes", "no", "unknown"),
    ("tactics", "tensor_core"): ("yes", "no", "unknown"),
    ("op_tactics", "tensor_core"): ("yes", "no", "unknown"),
    ("build_times", "phase"): ("graph", "selection", "subgraph", "generation"),
    ("joined", "kind"): ("layers", "profile", "times", "nsys", "onnx"),
    ("joined", "result"): ("filled", "agrees", "disagrees", "shared", "unmatched"),
    ("ledger", "outcome"): ("parsed", "known", "foreign", "unread"),
}
"""Columns whose values come from a closed set."""
