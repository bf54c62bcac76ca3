"""TL003: a matrix layer runs on CUDA cores although a Tensor Core kernel was measured for it.

What it finds: for each such layer the fastest Tensor Core candidate over all its format combinations, and how much
slower or faster than the kernel in the engine it was. Why it matters: a faster candidate lost because its formats
would have cost reformats: a change of the neighbours, not of the layer, wins the time. A slower one shows that the
shape does not suit Tensor Cores. How to act: keep the neighbours in the candidate's formats (input and output
formats of the engine, channels in multiples of 8, one precision), or enlarge batch and channels. Example: a 3-channel
first convolution in FP32, 12 % faster than its TF32 candidate.
"""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, ms, percent, share_text, short, total

KIND = FindingKind(
    "TL003",
    "tensor-core-candidate-lost",
    "Matrix layer off Tensor Cores, with a Tensor Core candidate",
    "A matrix product or convolution of the engine runs on CUDA cores although kernels with Tensor Core "
    "instructions "
    "were timed for it. Layers that share a measurement are told together.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per measured layer; equal layers share it."""
    best = _best(context)
    found = []
    for engine in context.engines:
        groups: dict[int, list[Layer]] = defaultdict(list)
        for layer in engine.layers:
            if layer.matrix and layer.tensor_core == "no" and layer.combination is not None:
                groups[layer.combination].append(layer)
        costed = context.costed(engine)
        for layers in groups.values():
            row = best.get(costed.get(layers[0].position, -1))
            own = _own(context, layers[0])
            if row is not None and own is not None:
                found.append(_finding(engine, layers, row, own))
    return found


def _best(context: Context) -> dict[int, dict[str, object]]:
    """Return the fastest Tensor Core candidate per costed layer."""
    rows = context.candidates.filter(pl.col("tensor_core") == "yes", pl.col("time_ms").is_not_null())
    fastest = rows.sort("time_ms", "line").group_by("layer", maintain_order=True).first()
    return {row["layer"]: row for row in fastest.iter_rows(named=True)}


def _own(context: Context, layer: Layer) -> tuple[float, int | None] | None:
    """Return (time, line) of the layer's own kernel: a profile cannot be compared with candidates."""
    own = context.own_candidate(layer)
    if own is not None:
        return own
    return None if layer.time_ms is None or layer.time_source == "profile" else (layer.time_ms, None)


def _finding(
    engine: EngineView, layers: list[Layer], best: dict[str, object], own: tuple[float, int | None]
) -> Finding:
    theirs, own_ms = float(str(best["time_ms"])), own[0]
    name = short(layers[0].name) + (
        f" and {count(len(layers) - 1, 'equal layer')}" if len(layers) > 1 else ""
    )
    faster = theirs < own_ms
    formats = short(str(best["formats"]).partition(" where ")[0], 120)
    how = f"{percent(abs(theirs - own_ms) / own_ms)} {'faster' if faster else 'slower'}"
    action = (
        "The candidate lost as a whole because of the reformats around it. Let the neighbours use its "
        "formats: one precision "
        "in the network (--fp16, or Q/DQ on both sides), channels in multiples of 8, "
        "--inputIOFormats/--outputIOFormats "
        "where the layer stands at the edge of the network."
        if faster
        else "The builder chose right for this shape. More channels (padded to a multiple of 8), a "
        "larger batch, or a lower "
        "precision (--fp16, --int8) makes the Tensor Core kernels win; else leave it."
    )
    return KIND.found(
        title=f"{name}: best Tensor Core candidate {ms(theirs)}, {how} than the {ms(own_ms)} of the "
        "kernel taken",
        why=f"The engine runs {layers[0].kernel or layers[0].layer_type} (not Tensor Cores: "
        f"{layers[0].evidence}); "
        f"{best['kernel']} was timed for {formats}. The layers take {share_text(engine, total(layers))}. "
        + engine.source_note,
        action=action,
        stake_ms=max(0.0, own_ms - theirs) * len(layers),
        engine=engine.number,
        build=layers[0].build,
        layers=[layer.name for layer in layers],
        lines=[*(layer.line for layer in layers), int(str(best["line"])), own[1]],
        rows=[
            *(layer.row(kernel=layer.kernel) for layer in layers),
            {"table": "tactics", "combination": best["measured"], "runner": best["runner"], "tactic": best["tactic"],
             "kernel": best["kernel"], "time_ms": theirs, "line": best["line"]},
        ],
    )  # fmt: skip
