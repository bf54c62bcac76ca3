"""Family and Tensor Core use of rows that have a kernel, a runner or a layer type."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tacticlens.grammar.layer_name import only_operation
from tacticlens.kernels import GEMM_FAMILIES, decode, family_of
from tacticlens.kernels.family import NO_MATRIX_FAMILIES
from tacticlens.tables.frames import distinct_numbers
from tacticlens.tables.schema import Type

_COLUMNS = {"family": pl.String, "gemm": pl.Boolean, "tensor_core": pl.String, "evidence": pl.String}


def judge(runner: str | None, layer_type: str | None, kernel: str | None) -> tuple[str, bool, str, str]:
    """Return (family, gemm, tensor_core, evidence) of one tactic or layer.

    `tensor_core` comes from the kernel's name. Without a name it is `unknown`, or `no` for a family
    without matrix products.
    """
    family = family_of(runner=runner, layer_type=layer_type, kernel=kernel)
    if kernel:
        name = decode(kernel)
        return family, family in GEMM_FAMILIES, name.tensor_core, name.evidence
    if family in NO_MATRIX_FAMILIES:
        return family, False, "no", f"{family} has no matrix product"
    return family, family in GEMM_FAMILIES, "unknown", "the log prints no kernel name"


def with_families(data: pl.DataFrame, *, runner: str | None, layer_type: str | None = None) -> pl.DataFrame:
    """Add family, gemm, tensor_core and evidence to rows; each distinct combination is judged once.

    Args:
        data: rows with a column ``kernel``.
        runner: name of the column with the runner, if there is one.
        layer_type: name of the column with the engine's layer type, if there is one.
    """
    keys = [name for name in (runner, layer_type, "kernel") if name is not None]
    distinct = data.select(keys).unique(maintain_order=True)
    rows = distinct.to_dict(as_series=False)
    judged = [
        judge(
            rows[runner][at] if runner else None, rows[layer_type][at] if layer_type else None, rows["kernel"][at]
        )
        for at in range(len(distinct))
    ]  # fmt: skip
    answers = distinct.with_columns(
        pl.Series(name, [row[at] for row in judged], dtype=_COLUMNS[name]) for at, name in enumerate(_COLUMNS)
    )
    kept = data.drop([name for name in _COLUMNS if name in data.columns])
    return kept.join(answers, on=keys, how="left", nulls_equal=True, maintain_order="left")


def with_layer_families(layers: pl.DataFrame) -> pl.DataFrame:
    """Add the four columns to engine layers; a fused region of one operation gets that operation's family.

    A region that only quantises or casts does no matrix work, whatever its kernel is called.
    """
    types = [
        (only_operation(name) or layer_type) if layer_type == "Myelin" else layer_type
        for name, layer_type in layers.select("name", "layer_type").iter_rows()
    ]
    judged = layers.with_columns(pl.Series("_judged", types, dtype=pl.String))
    return with_families(judged, runner=None, layer_type="_judged").drop("_judged")


def families_by_number(
    runners: pl.Series, kernels: pl.Series, texts: list[str], types: Mapping[str, Type]
) -> pl.DataFrame:
    """Return the four columns for rows whose runner and kernel are numbers of texts, -1 = null.

    Millions of candidates have some thousands of kernels: each pair is judged once.
    """
    some_runners, runner_of = distinct_numbers(runners)
    some_kernels, kernel_of = distinct_numbers(kernels)
    pairs, rows = distinct_numbers(runner_of.cast(pl.Int64) * len(some_kernels) + kernel_of)
    known = [*texts, None]  # index -1
    judged = [
        judge(
            known[some_runners[pair // len(some_kernels)]],
            None,
            known[some_kernels[pair % len(some_kernels)]],
        )
        for pair in pairs
    ]
    answers = {
        name: pl.Series([row[at] for row in judged], dtype=types[name]) for at, name in enumerate(_COLUMNS)
    }
    return pl.DataFrame(answers)[rows]
