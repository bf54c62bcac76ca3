"""TL010: matrix layers accumulate in FP16."""

from __future__ import annotations

from shlex import quote

from tacticlens.analysis.advice import as_argument
from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total, where
from tacticlens.kernels import decode

KIND = FindingKind(
    "TL010",
    "half-precision-accumulator",
    "Matrix layers that accumulate in FP16",
    what="Kernels of the engine that accumulate products in FP16, by their names. A note on accuracy: no time is "
    "at stake.",
    why="Long sums lose digits and overflow at 65504, and the result changes when another build takes another kernel.",
    action="Compare the outputs with FP32. If they differ too much, keep the sensitive layers in FP32, or use "
    "BF16 or INT8, which accumulate in FP32 and INT32.",
    example="A detection head on an A100 (TensorRT 8.2.3, `--fp16`): `55 of 56 matrix layers accumulate in FP16`.",
)


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        layers = [layer for layer in engine.layers if _half(layer)]
        if layers:
            found.append(_finding(context, engine, longest_first(layers)))
    return found


def _half(layer: Layer) -> bool:
    return layer.gemm and layer.kernel is not None and decode(layer.kernel).accumulator_type == "f16"


def _finding(context: Context, engine: EngineView, layers: list[Layer]) -> Finding:
    time = total(layers)
    return KIND.found(
        title="{layers} of {products:matrix layer} {layers:=accumulates/accumulate} in FP16",
        why=(
            "{layers:=It takes/They take} {time_share} of the engine's time." if time is not None else "",
            "Long sums lose digits and overflow at 65504.",
            "{layers:=It is/The longest is} {longest:name} ({kernel}).",
        ),
        action=(
            "Compare the outputs with FP32: polygraphy run {model} --trt --fp16 --onnxrt."
            if context.advice.value("--onnx") and not context.advice.typed
            else "Compare the outputs with an FP32 build before you rely on them.",
            "If they differ too much, keep the sensitive layers in FP32: {setting}."
            if context.advice.exists("--layerPrecisions") and context.advice.trtexec and _node(layers[0])
            else "If they differ too much, keep the sensitive layers in FP32.",
        ),
        facts={
            "layers": len(layers), "products": sum(layer.gemm for layer in engine.layers), "longest": layers[0].name,
            "kernel": layers[0].kernel, "time_share": share(engine, time) or 0.0,
            "model": quote(context.advice.value("--onnx") or ""),
            "setting": f"--precisionConstraints=obey --layerPrecisions={_node(layers[0])}:fp32",
        },
        **where(engine, layers),
        rows=[layer.row(kernel=layer.kernel) for layer in layers],
    )  # fmt: skip


def _node(layer: Layer) -> str | None:
    """Return the network's own name of a layer, if a flag can carry it."""
    return as_argument(layer.onnx_nodes[0] if layer.onnx_nodes else layer.name)
