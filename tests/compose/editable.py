"""Two builds of one network with an editable timing cache: the second reads what the first decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .plan import (
    BuildPlan,
    CombinationPlan,
    EngineLayerPlan,
    EnginePlan,
    EngineTensor,
    LayerPlan,
    LogPlan,
    OpTablePlan,
    OpTacticPlan,
)
from .samples import Sample, from_cache, number

if TYPE_CHECKING:
    from .render import Dialect

REGION = "{ForeignNode[attn/query.weight...attn/out]}"
SMALL = "sm80_xmma_gemm_f16f16_f16f32_f16_tn_n_tilesize64x64x64_stage5_warpsize2x2x1_tensor16x8x16"
LARGE = "sm80_xmma_gemm_f16f16_f16f32_f16_tn_n_tilesize128x128x32_stage4_warpsize2x2x1_tensor16x8x16"
SPLIT = f"{SMALL}_splitK"


def tactic(op: str, kernel: str) -> int:
    """Give the hash of a kernel for an operation."""
    return number("tactic", op, kernel, bits=50)


def table(op: str, *rows: tuple[str, float], selected: int | None = 0) -> OpTablePlan:
    """Make the table of an operation; `selected` is the position of the row that is taken."""
    evaluated = tuple(
        OpTacticPlan(3 * at + 1, kernel, time, tactic(op, kernel), 0.5)
        for at, (kernel, time) in enumerate(rows)
    )
    taken = None if selected is None else evaluated[selected].tactic_hash
    key = number("key", op) << 64 | number("low", op)
    return OpTablePlan(op, evaluated, (op, f"{op}.bias"), key, taken)


def kernels(**of: str) -> tuple[EngineLayerPlan, ...]:
    """Make the kernels that the engine prints in the place of the region."""
    x, y = EngineTensor("x", "Half", "8,64"), EngineTensor("y", "Half", "8,64")
    return tuple(
        EngineLayerPlan(
            f"attn/{op}_myl0_{at}", "gemm", None, (x,), (y,), kernel=kernel, onnx_nodes=(f"attn/{op}",)
        )
        for at, (op, kernel) in enumerate(of.items())
    )


def _region(sample: Sample, *tables: OpTablePlan) -> LayerPlan:
    formats = ("Half(64,1)",)
    runner = sample.runner("Myelin", *sample.unnamed("region", 0), tables=tables)
    return LayerPlan(REGION, (CombinationPlan(formats, formats, (runner,), key="None"),))


def _layer(sample: Sample, *, cached: bool = False) -> LayerPlan:
    """Make a layer that is tuned by runners: its formats have a key, and nothing says which hash belongs to it."""
    made = sample.torch()
    keyed = (replace(combination, key=f"0x{number('layer'):032x}") for combination in made.combinations)
    return LayerPlan(made.name, tuple(map(from_cache, keyed) if cached else keyed))


def old_plan(dialect: Dialect) -> LogPlan:
    """Strategy 3 measures most operations, strategy 2 the rest and wins; one choice is not the fastest."""
    sample = Sample(dialect)
    first = _region(
        sample,
        table("attn/query", (SMALL, 0.0045), (LARGE, 0.0046), (SPLIT, 0.0060)),
        table("attn/key", (LARGE, 0.0052), (SMALL, 0.0055)),
        table("attn/value", (SPLIT, 0.0049), (SMALL, 0.0050)),
    )
    second = _region(
        sample,
        table("attn/scores", (SMALL, 0.0071), (LARGE, 0.0073), selected=1),
        replace(table("attn/out", (LARGE, 0.0031), (SMALL, 0.0038)), selected=None),
        replace(table("attn/mask", (SMALL, 0.0020)), key=None, selected=None),
    )
    builds = (
        BuildPlan((_layer(sample), first), (), 3, estimated_ms=0.0312),
        BuildPlan((_layer(sample, cached=True), second), (), 2, estimated_ms=0.0297),
    )
    engine = kernels(query=SMALL, key=LARGE, value=SPLIT, scores=LARGE, out=LARGE)
    return LogPlan((EnginePlan(builds, engine, detailed=True),))


def new_plan(dialect: Dialect) -> LogPlan:
    """The next build: one pin holds, one is lost, one was not evaluated, one came from the cache, one is gone."""
    sample = Sample(dialect)
    region = _region(
        sample,
        table("attn/key", (LARGE, 0.0053), (SMALL, 0.0054)),
        table("attn/value", (SMALL, 0.0048), (SPLIT, 0.0051)),
        table("attn/out", (SMALL, 0.0037)),
    )
    build = BuildPlan((region,), (), 2)
    engine = kernels(query=SMALL, key=LARGE, value=SMALL, out=SMALL)
    return LogPlan((EnginePlan((build,), engine, detailed=True),))
