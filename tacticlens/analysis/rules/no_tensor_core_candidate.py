"""TL004: a matrix layer runs on CUDA cores and no Tensor Core kernel was timed for it, though its type has some."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer, Tensor
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total, where
from tacticlens.grammar.numbers import whole

KIND = FindingKind(
    "TL004",
    "no-tensor-core-candidate",
    "Matrix layer off Tensor Cores, none tried",
    what="A matrix product or convolution runs on CUDA cores, and among its candidates in all format "
    "combinations no kernel name has a Tensor Core instruction, although the GPU multiplies the layer's "
    "type on Tensor Cores. One finding per cause: channels that fit no vector load, or a cause that the "
    "log does not show. A type that the GPU has no Tensor Core instruction for is TL021.",
    why="No choice of tactics can help: the network must change.",
    action="Pad the channels in the ONNX graph to a multiple of 8 (FP16), 4 (TF32) or 16 (INT8). Where they are "
    "such a multiple already, look at groups and batch: grouped and very small products have no Tensor Core "
    "kernel.",
    example="Composed: a convolution from 3 to 20 channels in FP16: `1 matrix layer has no Tensor Core "
    "kernel for its channel count`.",
)
_ALIGNMENT = {"Half": 8, "BFloat16": 8, "Int8": 16, "Float": 4}


class _Odd(NamedTuple):
    """A channel count that fits no vector load."""

    channels: int
    needed: int
    dtype: str


def find(context: Context) -> list[Finding]:
    if context.gpu_has_tensor_cores is False:
        return []
    counts = _counts(context)
    found = []
    for engine in context.engines:
        costed = context.costed(engine)
        causes: dict[bool, list[Layer]] = defaultdict(list)
        unnamed: dict[bool, int] = defaultdict(int)
        for layer in engine.layers:
            on, unknown = counts.get(costed.get(layer.position), (1, 0))
            if layer.matrix and layer.tensor_core == "no" and not on and _possible(context, layer):
                odd = _misaligned(layer) is not None
                causes[odd].append(layer)
                unnamed[odd] += unknown
        found += [_finding(engine, layers, unnamed[odd], odd=odd) for odd, layers in causes.items()]
    return found


def _counts(context: Context) -> dict[int | None, tuple[int, int]]:
    """Return (candidates on Tensor Cores, candidates without a deciding name) per costed layer."""
    rows = context.candidates.filter(pl.col("status") == "timed").group_by("layer", maintain_order=True).agg(
        (pl.col("tensor_core") == "yes").sum().alias("on"),
        (pl.col("tensor_core") == "unknown").sum().alias("unknown"),
    )  # fmt: skip
    return {layer: (on, unknown) for layer, on, unknown in rows.iter_rows()}


def _possible(context: Context, layer: Layer) -> bool:
    """Tell whether the GPU multiplies the layer's type on Tensor Cores; single precision needs TF32."""
    if {tensor.dtype for tensor in layer.inputs[:1]} != {"Float"}:
        return True
    return context.gpu_has_tf32 is True and not context.advice.given("--noTF32")


def _misaligned(layer: Layer) -> _Odd | None:
    """Return the channel count of a tensor that fits no vector load."""
    for tensor in (*layer.inputs[:1], *layer.outputs[:1]):
        channels, needed = _channels(tensor), _ALIGNMENT.get(tensor.dtype or "")
        if channels is not None and needed is not None and channels % needed:
            return _Odd(channels, needed, tensor.dtype or "")
    return None


def _channels(tensor: Tensor) -> int | None:
    # N, C, spatial: what the engine prints for convolutions; other ranks have no fixed place for channels
    if len(tensor.dims) not in {4, 5}:
        return None
    return whole(tensor.dims[1].split(":")[0])


def _finding(engine: EngineView, layers: list[Layer], unnamed: int, *, odd: bool) -> Finding:
    ordered = longest_first(layers)
    first = next((which for layer in ordered if (which := _misaligned(layer))), None)
    facts = {
        "layers": len(layers), "longest": ordered[0].name, "evidence": ordered[0].evidence, "unnamed": unnamed,
        "layers_share": share(engine, total(layers)) or 0.0,
    }  # fmt: skip
    if first is not None:
        facts |= {"channels": first.channels, "needed": first.needed, "dtype": first.dtype}
    return KIND.found(
        title="{layers:matrix layer has/matrix layers have} no Tensor Core kernel for the channel count"
        if odd
        else "{layers:matrix layer has/matrix layers have} no Tensor Core candidate",
        why=(
            "{layers:=It takes/They take} {layers_share} of the engine's time.",
            "{layers:=It is/The longest is} {longest:name} ({evidence}).",
            "{unnamed:candidate} without a kernel name may have used Tensor Cores." if unnamed else "",
        ),
        action="Pad {channels} {dtype} channels to a multiple of {needed} in the ONNX graph."
        if odd
        else "Look at groups, batch and channels: grouped and very small products have no Tensor Core kernel.",
        facts=facts,
        cause="channels" if odd else "unknown",
        stake_ms=total(layers),
        **where(engine, ordered),
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )
