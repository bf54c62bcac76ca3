"""TL015: matrix-vector products count as matrix work and never run on Tensor Cores.

What it finds: layers whose kernel is a `gemv`. Why it matters: with one row there is nothing to reuse: the time goes
into reading the weights, and Tensor Cores would not help. How to act: a larger batch turns the vectors into a matrix;
smaller weights (FP16, INT8, INT4) are read faster. Example: the fully connected layers of an AlexNet at batch 1.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, share_text, short, total
from tacticlens.kernels import decode

KIND = FindingKind(
    "TL015",
    "matrix-vector-product",
    "Matrix-vector products, which cannot use Tensor Cores",
    "The kernel's name says `gemv`: a product with one vector, bound by reading the weights.",
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine with such layers."""
    found = []
    for engine in context.engines:
        layers = [layer for layer in engine.layers if _is_vector(layer)]
        if layers:
            found.append(_finding(engine, layers))
    return found


def _is_vector(layer: Layer) -> bool:
    return layer.kernel is not None and (decode(layer.kernel).operation or "").startswith("gemv")


def _finding(engine: EngineView, layers: list[Layer]) -> Finding:
    ordered = longest_first(layers)
    return KIND.found(
        title=f"{count(len(layers), 'matrix-vector product')}: {share_text(engine, total(layers))}, "
        "none of it on Tensor Cores",
        why=f"A product with one vector is bound by reading its weights. Longest: {short(ordered[0].name)} "
        f"({ordered[0].kernel}). {engine.source_note}",
        action="Raise the batch (--optShapes) so that the product has rows to share, or make the "
        "weights smaller: --fp16, INT8 or "
        "INT4 weights. At batch 1 a lower goal is honest.",
        stake_ms=total(layers),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[layer.line for layer in ordered],
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )
