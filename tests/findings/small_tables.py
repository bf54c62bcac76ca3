"""Small hand-made tables: rows with the columns that a test is about, everything else missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.analysis.finding import Finding
from tacticlens.analysis.findings import findings
from tacticlens.kernels import GEMM_FAMILIES
from tacticlens.tables.schema import SCHEMA_VERSION, TABLES
from tacticlens.tables.table_set import StoredTables, TableSet
from tacticlens.views.finding_text import FindingText, text_of

ON = "sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize128x64x64_stage3_g1_tensor16x8x16"
OFF = "sm80_xmma_fprop_implicit_gemm_f32f32_f32f32_f32_nchwkcrs_nchw_tilesize64x64x8_stage3_warpsize1x4x1_g1_ffma"
VECTOR = "sm50_xmma_cublas_gemvx_f16f16_f32_f32_tn_n_int32_unit_n_launch_param4x16x32_strided_unit_stride"
Row = dict[str, Any]


def tensor(name: str, dtype: str = "Half", dims: tuple[str, ...] = ("1", "64", "8", "8")) -> Row:
    return {"name": name, "dtype": dtype, "dims": list(dims), "format": None}


def tensors(names: str, dtype: str = "Half", dims: tuple[str, ...] = ("1", "64", "8", "8")) -> list[Row]:
    return [tensor(name, dtype, dims) for name in names.split()]


def layer(position: int, name: str, family: str, ms: float | None = 1.0, **more: Any) -> Row:
    """One engine layer; it reads tensor `position - 1` and gives tensor `position` unless told otherwise."""
    dtype = more.pop("dtype", "Half")
    takes, gives = more.pop("takes", f"t{position - 1}"), more.pop("gives", f"t{position}")
    idle = family in {"noop", "fill_constant"}
    row = {
        "engine": 1, "build": 1, "position": position, "name": name, "layer_type": "CaskConvolution",
        "family": family, "gemm": family in GEMM_FAMILIES, "tensor_core": "no", "kernel_source": "none",
        "time_ms": 0.0 if idle else ms, "time_source": "none" if idle or ms is None else "tactic",
        "inputs": tensors(takes, dtype), "outputs": tensors(gives, dtype), "onnx_nodes": [], "line": 1000 + position,
    }  # fmt: skip
    return {**row, **more}


def combination(number: int, layer: int, formats: str = "Half(8,1) -> Half(8,1)", **more: Any) -> Row:
    row = {
        "build": 1, "layer": layer, "combination": number, "purpose": "layer", "formats": formats,
        "result": "timed", "line": 100 + number,
    }  # fmt: skip
    return {**row, **more}


def tactic(combination: int, name: int, ms: float | None, kernel: str | None = None, **more: Any) -> Row:
    row = {
        "build": 1, "combination": combination, "runner": "CaskConvolution", "tactic": f"0x{name:016x}",
        "kernel": kernel, "time_ms": ms, "status": "timed" if ms is not None else "skipped", "line": 500 + name,
    }  # fmt: skip
    return {**row, **more}


def small(log: Row | None = None, **rows: list[Row]) -> StoredTables:
    """Make all tables; those that are not given are empty, the log and one finished build excepted."""
    rows.setdefault(
        "builds", [{"build": 1, "engine": 1, "in_engine": True, "first_line": 1, "last_line": 2000}]
    )
    rows["log"] = [{"schema_version": SCHEMA_VERSION, "source": "x.log", "troubles": [], **(log or {})}]
    frames = {}
    for name, schema in TABLES.items():
        data = [{column: row.get(column) for column in schema} for row in rows.get(name, [])]
        frames[name] = pl.DataFrame(data, schema=schema)
    return StoredTables(frames)


def found(
    tables: TableSet, code: str, *, goal: float = 0.9, elsewhere: Iterable[Elsewhere] = ()
) -> list[Finding]:
    return [one for one in findings(tables, goal=goal, elsewhere=elsewhere) if one.code == code]


def said(finding: Finding) -> FindingText:
    return text_of(finding)


def ampere(**more: str) -> Row:
    return {
        "gpu": "NVIDIA A100", "compute_capability": "8.0", "tensorrt_version": "8.6.1", "producer": "trtexec", **more,
    }  # fmt: skip
