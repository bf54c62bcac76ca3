"""TL010: matrix layers add up in FP16.

What it finds: kernels of the engine whose name says an FP16 accumulator. Why it matters: sums of many products lose
digits and overflow at 65504; results may change from build to build when another kernel wins. How to act: compare the
accuracy; if it suffers, hold the layers in FP32 or use types that add up in FP32. Example:
`sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_..`.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, share_text, short, total
from tacticlens.kernels import decode

KIND = FindingKind(
    "TL010",
    "half-precision-accumulator",
    "Matrix layers that add up in FP16",
    "The kernel's name says that products are added up in FP16. A note on accuracy, not on speed: "
    "nothing is at stake "
    "in time.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine with such layers."""
    found = []
    for engine in context.engines:
        layers = [layer for layer in engine.layers if _adds_up_in_half(layer)]
        if layers:
            found.append(_finding(engine, layers))
    return found


def _adds_up_in_half(layer: Layer) -> bool:
    return layer.gemm and layer.kernel is not None and decode(layer.kernel).accumulator_type == "f16"


def _finding(engine: EngineView, layers: list[Layer]) -> Finding:
    ordered = longest_first(layers)
    products = sum(layer.gemm for layer in engine.layers)
    return KIND.found(
        title=f"{len(layers)} of {count(products, 'matrix layer')} add up in FP16 "
        f"({share_text(engine, total(layers))})",
        why=f"Long sums lose digits in FP16 and overflow at 65504. Longest: {short(ordered[0].name)} "
        f"({ordered[0].kernel}). {engine.source_note}",
        action="Compare the outputs with FP32 (polygraphy run --trt --onnxrt). If they differ too much: "
        "--precisionConstraints=obey "
        "--layerPrecisions=NAME:fp32 for the sensitive layers, or BF16/INT8, whose sums are FP32/INT32.",
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[layer.line for layer in ordered],
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )
