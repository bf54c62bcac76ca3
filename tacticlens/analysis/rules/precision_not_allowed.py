"""TL021: a precision that would use Tensor Cores is not allowed at all."""

from __future__ import annotations

from typing import Any, Literal

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total
from tacticlens.analysis.precisions import Allowed, all_float, allowed
from tacticlens.tables.shares import MAYBE_MATRIX_FAMILIES

KIND = FindingKind(
    "TL021",
    "precision-not-allowed",
    "A precision for Tensor Cores is not allowed",
    what="On a GPU with Tensor Cores: a build that allows FP32 only, a build that allows INT8 but not FP16 "
    "(what is not quantised runs in FP32), or one with TF32 switched off that multiplies in FP32. Read "
    "from trtexec's echo, its command line, or the types of the formats that were tried. Strongly typed "
    "networks are left out: their types come from the graph.",
    why="The builder tries only what is allowed. FP32 products run on CUDA cores on Volta and Turing, in "
    "TF32 at half the rate of FP16 from Ampere on; FP16 also halves the memory traffic.",
    action="Allow FP16 (`--fp16`, until TensorRT 10) and compare the accuracy. Where FP32 must stay, leave TF32 on.",
    example="MobileNetV2 built with `--int8` alone (TensorRT 8.6.1, RTX 3080): `INT8 is allowed without "
    "FP16: 1 layer runs in FP32`.",
)
Cause = Literal["fp32", "int8", "tf32"]
_MOVING = frozenset({"reformat", "copy", "shuffle", "permute", "cast_quantize", "plugin"})


def find(context: Context) -> list[Finding]:
    if not context.gpu_has_tensor_cores:
        return []
    permitted = allowed(context)
    found = []
    for engine in context.engines:
        given = permitted.get(engine.number)
        if given is None or given.half:
            continue
        working = [layer for layer in engine.layers if layer.works and layer.family not in _MOVING]
        layers = longest_first(layer for layer in working if all_float(layer))
        products = [
            layer for layer in layers if layer.matrix or layer.gemm or layer.family in MAYBE_MATRIX_FAMILIES
        ]
        if "INT8" in given.lower and layers:
            found.append(_finding(context, engine, given, "int8", layers))
        elif not given.lower and products:
            off = context.advice.given("--noTF32") and context.gpu_has_tf32 is True
            found.append(_finding(context, engine, given, "tf32" if off else "fp32", longest_first(products)))
    return found


def _most(layer: Layer) -> float:
    """Return what FP16 can win at most: on Tensor Cores already, it doubles the rate and halves the bytes."""
    return (layer.time_ms or 0.0) * (0.5 if layer.tensor_core == "yes" else 1.0)


_TITLES: dict[Cause, str] = {
    "fp32": "Only FP32 is allowed: {layers:layer runs/layers run} without FP16",
    "int8": "INT8 is allowed without FP16: {layers:layer runs/layers run} in FP32",
    "tf32": "TF32 is off and FP16 not allowed: no Tensor Cores for {layers:layer}",
}


def _finding(
    context: Context, engine: EngineView, given: Allowed, cause: Cause, layers: list[Layer]
) -> Finding:
    time = total(layers)
    facts: dict[str, Any] = {
        "layers": len(layers), "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0,
        "longest": layers[0].name, "half": context.advice.half, "gpu": context.gpu,
    }  # fmt: skip
    tf32 = context.gpu_has_tf32
    how = ""
    if cause != "tf32" and tf32 is False:
        how = "This GPU has no TF32: FP32 products run on CUDA cores."
    elif cause == "fp32" and tf32:
        how = "TF32 runs at half the rate of FP16 on Tensor Cores, and moves twice the bytes."
    action = "Allow FP16 and compare the accuracy: {half}."
    if cause == "int8":
        action = "Allow FP16 besides INT8: {half}. Layers without INT8 kernels then run in FP16."
    elif cause == "tf32":
        action = "Drop --noTF32, or allow FP16 and compare the accuracy: {half}."
    seen = {
        "echo": "",
        "command": "",
        "formats": "The log does not print the precision; every format tried for matrix layers is "
        + ("FP32 or INT8." if cause == "int8" else "FP32."),
    }[given.source]
    return KIND.found(
        title=_TITLES[cause],
        why=(
            "{layers:=It takes/They take} {time_ms}, {time_share} of the engine's time; {layers:=it is/the "
            "longest is} {longest:name}."
            if time is not None
            else "The first is {longest:name}.",
            "Counted are layers that multiply, or may: products, convolutions, fused regions."
            if cause != "int8"
            else "",
            how,
            seen,
        ),
        action=action,
        facts=facts,
        cause=cause,
        stake_ms=sum(_most(layer) for layer in layers) if time is not None else None,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in layers],
        lines=[given.line, *(layer.line for layer in layers)],
        rows=[layer.row(family=layer.family) for layer in layers],
    )
