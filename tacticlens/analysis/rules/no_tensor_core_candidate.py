"""TL004: a matrix layer runs on CUDA cores and no Tensor Core kernel was measured for it.

What it finds: such layers, by the cause that types, shapes and the GPU show. Why it matters: no tactic choice can
help; the network or the flags must change. How to act: allow TF32 or FP16, pad channels, or use another GPU. Example:
an FP32 network on a Turing card, which has no TF32: every convolution is on CUDA cores until --fp16 is given.
"""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer, Tensor
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, share_text, short, total

KIND = FindingKind(
    "TL004",
    "no-tensor-core-candidate",
    "Matrix layer off Tensor Cores, none tried",
    "A matrix product or convolution of the engine runs on CUDA cores, and among the candidates of all "
    "its format "
    "combinations no kernel name has a Tensor Core instruction. One finding per cause.",
)
_ALIGNMENT = {"Half": 8, "BFloat16": 8, "Int8": 16, "Float": 4}
_NO_TF32 = "--noTF32"


def find(context: Context) -> list[Finding]:
    """Return one finding per engine and cause."""
    counts = _counts(context)
    found = []
    for engine in context.engines:
        costed = context.costed(engine)
        causes: dict[tuple[str, str], list[Layer]] = defaultdict(list)
        unnamed: dict[tuple[str, str], int] = defaultdict(int)
        for layer in engine.layers:
            tried = counts.get(costed.get(layer.position))
            if not layer.matrix or layer.tensor_core != "no" or tried is None or tried[1]:
                continue
            cause = _cause(context, layer)
            causes[cause].append(layer)
            unnamed[cause] += tried[2]
        found += [
            _finding(context, engine, cause, layers, unnamed[cause]) for cause, layers in causes.items()
        ]
    return found


def _counts(context: Context) -> dict[int | None, tuple[int, int, int]]:
    """Return (candidates, on Tensor Cores, without a deciding name) per costed layer."""
    rows = context.candidates.filter(pl.col("status") == "timed").group_by("layer", maintain_order=True).agg(
        pl.len().alias("all"),
        (pl.col("tensor_core") == "yes").sum().alias("on"),
        (pl.col("tensor_core") == "unknown").sum().alias("unknown"),
    )  # fmt: skip
    return {layer: (all_, on, unknown) for layer, all_, on, unknown in rows.iter_rows()}


def _cause(context: Context, layer: Layer) -> tuple[str, str]:
    """Return (cause, action)."""
    if context.gpu_has_tensor_cores is False:
        return f"{context.gpu or 'the GPU'} has no Tensor Cores", (
            "Build on a GPU with Tensor Cores (compute capability 7.0 and later); nothing in the "
            "network helps here."
        )
    types = {tensor.dtype for tensor in layer.inputs[:1]}
    if types == {"Float"} and _NO_TF32 in context.command:
        return "FP32 and --noTF32", "Drop --noTF32, or allow --fp16 if the accuracy permits."
    if types == {"Float"} and context.gpu_has_tf32 is False:
        return "FP32 on a GPU without TF32", (
            "Allow --fp16 (or --int8 with Q/DQ): this GPU multiplies no FP32 on Tensor Cores."
        )
    crooked = _misaligned(layer)
    if crooked:
        return "channels that Tensor Core kernels cannot load", (
            f"Pad the channels in the ONNX graph to a multiple of {crooked[1]}: {crooked[0]}."
        )
    if types == {"Float"}:
        return "FP32, and no TF32 kernel timed", (
            "Allow --fp16; check that TF32 is not switched off (--noTF32, NVIDIA_TF32_OVERRIDE=0, a "
            "cleared TF32 builder flag)."
        )
    return "a cause that the log does not show", (
        "Check batch, groups and channels of the layer: grouped and very small products have no Tensor "
        "Core kernel."
    )


def _misaligned(layer: Layer) -> tuple[str, int] | None:
    """Return (what is odd, needed multiple) if a tensor's channel count fits no vector load."""
    for tensor in (*layer.inputs[:1], *layer.outputs[:1]):
        channels, needed = _channels(tensor), _ALIGNMENT.get(tensor.dtype or "")
        if channels is not None and needed is not None and channels % needed:
            return f"{count(channels, 'channel')} of {tensor.dtype} in {short(tensor.name, 40)}", needed
    return None


def _channels(tensor: Tensor) -> int | None:
    # N, C, spatial: what the engine prints for convolutions; other ranks have no fixed place for channels
    if len(tensor.dims) not in {4, 5}:
        return None
    text = tensor.dims[1].split(":")[0]
    return int(text) if text.isdigit() else None


def _finding(
    context: Context, engine: EngineView, cause: tuple[str, str], layers: list[Layer], unnamed: int
) -> Finding:
    ordered = longest_first(layers)
    time = total(layers)
    hopeless = context.gpu_has_tensor_cores is False
    also = (
        f" {count(unnamed, 'candidate')} without a kernel name may have used them."
        if unnamed and not hopeless
        else ""
    )
    where = (
        ""
        if context.compute_capability
        else " The log does not name the GPU: it may have no Tensor Cores at all."
    )
    return KIND.found(
        title=f"{count(len(layers), 'matrix layer')} off Tensor Cores with no Tensor Core candidate: "
        f"{cause[0]}",
        why=f"They take {share_text(engine, time)}; longest: {short(ordered[0].name)} "
        f"({ordered[0].evidence})."
        f"{also}{where} {engine.source_note}",
        action=cause[1],
        stake_ms=None if hopeless else time,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[layer.line for layer in ordered],
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )
