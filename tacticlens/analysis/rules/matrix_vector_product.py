"""TL015: matrix-vector products count as matrix work and never run on Tensor Cores."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total, where
from tacticlens.analysis.precisions import allowed
from tacticlens.kernels import decode

KIND = FindingKind(
    "TL015",
    "matrix-vector-product",
    "Matrix-vector products, which cannot use Tensor Cores",
    what="Layers whose kernel has `gemv` in its name: a product with a single vector.",
    why="They count as matrix work and never run on Tensor Cores: with one vector there is nothing to "
    "reuse, the time goes into reading the weights.",
    action="A larger batch turns the vectors into a matrix; smaller weights (FP16, INT8) are read faster.",
    example="The classifier of a ResNet-50 at batch 1 (TensorRT 8.5.1): `1 matrix-vector product runs off "
    "Tensor Cores`, 0.0164 ms.",
)


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        layers = [layer for layer in engine.layers if _is_vector(layer)]
        if layers:
            found.append(_finding(context, engine, layers))
    return found


def _is_vector(layer: Layer) -> bool:
    return layer.kernel is not None and (decode(layer.kernel).operation or "").startswith("gemv")


def _finding(context: Context, engine: EngineView, layers: list[Layer]) -> Finding:
    ordered = longest_first(layers)
    time = total(layers)
    given = allowed(context).get(engine.number)
    return KIND.found(
        title="{layers:matrix-vector product runs/matrix-vector products run} off Tensor Cores",
        why=(
            "A product with one vector is bound by reading its weights.",
            "Together: {time_ms}, {time_share} of the engine's time." if time is not None else "",
            "{layers:=It is/The longest is} {longest:name} ({kernel}).",
        ),
        action=(
            "Raise the batch, so that several rows share the weights.",
            "Weights in FP16 are read in half the time: {half}." if given is not None and not given.half else "",
        ),
        facts={
            "layers": len(layers), "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0,
            "longest": ordered[0].name, "kernel": ordered[0].kernel, "half": context.advice.half,
        },
        stake_ms=time,
        **where(engine, ordered),
        rows=[layer.row(kernel=layer.kernel) for layer in ordered],
    )  # fmt: skip
