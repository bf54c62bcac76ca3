"""TL009: FP16 or BF16 was allowed, and layers compute in FP32."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from tacticlens.analysis.advice import as_argument
from tacticlens.analysis.context import Context
from tacticlens.analysis.edges import dtype_of
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total
from tacticlens.analysis.precisions import LOWER, Allowed, all_float, allowed

KIND = FindingKind(
    "TL009",
    "precision-fell-back",
    "FP32 layers although a lower precision was allowed",
    what="The build allowed FP16 or BF16, and working layers of the engine have FP32 tensors on both "
    "sides. The stake is what the fastest candidate in a lower precision would save, measured alone; a "
    "layer whose candidates in a lower precision were slower, or which has none, adds nothing. INT8 "
    "without FP16 is TL021. What was allowed is read from trtexec's echo, its command line, or the formats "
    "that were tried.",
    why="A flag allows a precision, it does not demand it: the builder takes FP32 where the whole path was "
    "faster with it, reformats included, or where nothing else exists.",
    action="Where a lower precision was faster: bring the neighbours to the same type, or demand it with "
    "`--precisionConstraints=obey --layerPrecisions=..` (TensorRT 8.4 to 10). Where it was slower or not "
    "tried: leave it.",
    example="MNIST with `--fp16` (TensorRT 10.16.1): 2 of 6 working layers run in FP32, 18 % of the engine's time.",
)
NOISE = 0.02
"""Differences up to this are no difference: times of one tactic vary as much."""
_MOVING = frozenset({"reformat", "copy", "shuffle", "permute", "cast_quantize", "plugin"})
_FORCED = {"Half": "fp16", "BFloat16": "bf16"}
_OF_TYPE = {"Half": "fp16", "BFloat16": "bf16", "Int8": "int8", "FP8": "fp8"}


class _Fell(NamedTuple):
    layer: Layer
    own_ms: float | None
    lower_ms: float | None
    dtype: str | None

    @property
    def gain_ms(self) -> float:
        if self.own_ms is None or self.lower_ms is None:
            return 0.0
        gain = self.own_ms - self.lower_ms
        return gain if gain > NOISE * self.own_ms else 0.0


def find(context: Context) -> list[Finding]:
    lower = _measured_lower(context)
    permitted = allowed(context)
    found = []
    for engine in context.engines:
        given = permitted.get(engine.number)
        if given is None or not given.half:
            continue
        costed = context.costed(engine)
        fell = []
        for layer in engine.layers:
            if layer.works and layer.family not in _MOVING and all_float(layer):
                own = context.own_candidate(layer)
                fell.append(
                    _Fell(
                        layer,
                        own[0] if own else None,
                        *lower.get(costed.get(layer.position, -1), (None, None)),
                    )
                )
        if fell:
            found.append(_finding(context, engine, fell, given))
    return found


def _measured_lower(context: Context) -> dict[int, tuple[float, str]]:
    """Return (best time, type) of the format combinations with a lower precision per costed layer."""
    rows = context.combinations.filter(
        pl.col("formats").str.contains(rf"^(?:{LOWER})\("),
        pl.col("time_ms").is_not_null(),
        pl.col("time_ms") < 1e30,
    ).sort("time_ms", "line")
    best = rows.group_by("layer", maintain_order=True).first().select("layer", "time_ms", "formats")
    return {layer: (time, dtype_of(formats)) for layer, time, formats in best.iter_rows()}


def _finding(context: Context, engine: EngineView, fell: list[_Fell], given: Allowed) -> Finding:
    layers = longest_first(one.layer for one in fell)
    gaining = sorted((one for one in fell if one.gain_ms > 0), key=lambda one: -one.gain_ms)
    measured = sum(one.lower_ms is not None for one in fell)
    facts = {
        "layers": len(fell), "working": sum(layer.works for layer in engine.layers),
        "allowed": " and ".join(given.lower),
        "verb": "is" if len(given.lower) == 1 else "are", "time_ms": total(layers) or 0.0,
        "time_share": share(engine, total(layers)) or 0.0, "measured": measured, "gaining": len(gaining),
        "longest": layers[0].name,
    }  # fmt: skip
    action = "Leave {layers:=it/them}: no lower precision was faster by more than the noise."
    if not measured:
        action = (
            "No lower precision was tried: {layers:=this operation has/these operations have} no such kernel."
        )
    if gaining:
        best = gaining[0]
        setting = _setting(context, best)
        facts |= {"best": best.layer.name, "own_ms": best.own_ms, "lower_ms": best.lower_ms,
                  "dtype": _OF_TYPE.get(best.dtype or "", best.dtype or "").upper(), "setting": setting}  # fmt: skip
        action = (
            "Bring the neighbours of {best:name} to {dtype}: reformats around it cost more than it saves."
        )
        if best.dtype in {"Int8", "FP8"}:
            action += " Q/DQ on all inputs of the neighbours does that."
        if setting:
            action += " To try it alone: {setting}."
    return KIND.found(
        title="{layers} of {working:layer} {layers:=runs/run} in FP32 although {allowed} {verb} allowed",
        why=(
            "{layers:=It takes/They take} {time_ms}, {time_share} of the engine's time; {layers:=it is/the "
            "longest is} {longest:name}."
            if total(layers) is not None
            else "{layers:=It is/The longest is} {longest:name}.",
            "A lower precision was timed for {measured} of them, and was faster for {gaining}."
            if measured
            else "",
            "The largest difference: {best:name}, {own_ms} against {lower_ms} in {dtype}." if gaining else "",
        ),
        action=action,
        facts=facts,
        stake_ms=sum(one.gain_ms for one in gaining),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in layers],
        lines=[given.line, *(layer.line for layer in layers)],
        rows=[one.layer.row(dtype="Float", best_lower_precision_ms=one.lower_ms) for one in fell],
    )


def _setting(context: Context, one: _Fell) -> str | None:
    """Return the flags that demand a precision of one layer, by the node that the network knows."""
    advice, wanted = context.advice, _FORCED.get(one.dtype or "")
    node = as_argument(one.layer.onnx_nodes[0] if one.layer.onnx_nodes else one.layer.name)
    if not wanted or not advice.trtexec or not advice.exists("--layerPrecisions") or node is None:
        return None
    return f"--precisionConstraints=obey --layerPrecisions={node}:{wanted}"
