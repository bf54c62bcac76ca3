"""TL009: FP16 or INT8 was allowed, and layers compute in Float.

What it finds: working layers whose inputs and outputs are all Float although the build was allowed a lower precision,
and whether a lower one was measured for them. Why it matters: a flag allows a precision, it does not demand it: the
builder takes Float where it is faster by its measurement or where nothing else exists. How to act: look at the
reformats around the layers, demand the precision with constraints, give INT8 its ranges. Example: --best, and a
matrix product in TF32 between two INT8 layers.
"""

from __future__ import annotations

import re

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, longest_first, share_text, short, total

KIND = FindingKind(
    "TL009",
    "precision-fell-back",
    "Float layers although a lower precision was allowed",
    "trtexec's echo or its command line allows FP16, BF16, INT8 or FP8, and working layers of the "
    "engine have Float "
    "tensors on both sides. Only trtexec logs say what was allowed; fused regions are judged by their "
    "tensors.",
)
_FLAGS = re.compile(r"--(fp16|bf16|int8|fp8|int4|best)\b")
_WORDS = re.compile(r"\b(FP16|BF16|INT8|FP8|INT4)\b")
_LOWER = "Half|BFloat16|Int8|FP8|Int4"
Allowed = tuple[list[str], int | None]
_MOVING = frozenset({"reformat", "copy", "shuffle", "permute", "cast_quantize", "plugin"})


def find(context: Context) -> list[Finding]:
    """Return one finding per engine that has Float layers against its flags."""
    lower = _measured_lower(context)
    found = []
    permitted = _allowed(context)
    for engine in context.engines:
        allowed, line = permitted.get(engine.number, ([], None))
        if not allowed:
            continue
        layers = [
            layer
            for layer in engine.layers
            if layer.works and layer.family not in _MOVING and _all_float(layer)
        ]
        if layers:
            found.append(_finding(context, engine, layers, (allowed, line), lower))
    return found


def _allowed(context: Context) -> dict[int | None, Allowed]:
    """Return per engine the precisions that were allowed when it was built, and the line that says so."""
    options = context.tables.options
    echoed = options.filter(pl.col("key") == "Precision", pl.col("value").is_not_null())
    if echoed.is_empty():
        if len(context.engines) != 1 or "--loadEngine" in context.command:
            return {}
        flags = _FLAGS.findall(context.command)
        words = ["FP16", "INT8"] if "best" in flags else [flag.upper() for flag in flags]
        return {context.engines[0].number: (words, None)}
    # a run that loads an engine echoes a precision that builds nothing
    loading = options.filter(pl.col("key") == "Load engine", pl.col("value").is_not_null())["run"].unique()
    building = echoed.filter(~pl.col("run").is_in(loading.to_list())).select("line", "value").rows()
    firsts = {
        view.number: min((layer.line or 0 for layer in view.layers), default=0) for view in context.engines
    }
    allowed: dict[int | None, Allowed] = {}
    before = 0
    for number, first in sorted(firsts.items(), key=lambda item: item[1]):
        # echoed behind the engine before this one, and before its own layers are printed
        own = [(_WORDS.findall(value), line) for line, value in building if before < line < first]
        if own:
            allowed[number] = own[-1]
        before = first
    return allowed


def _all_float(layer: Layer) -> bool:
    types = {tensor.dtype for tensor in (*layer.inputs, *layer.outputs)}
    return "Float" in types and types <= {"Float", "Int32", "Int64", "Bool"}


def _measured_lower(context: Context) -> dict[int, float]:
    """Return the best time of a combination with a lower precision per costed layer."""
    rows = context.combinations.filter(
        pl.col("formats").str.contains(rf"^(?:{_LOWER})\("),
        pl.col("time_ms").is_not_null(),
        pl.col("time_ms") < 1e30,
    )
    best = rows.group_by("layer", maintain_order=True).agg(pl.col("time_ms").min())
    return dict(best.iter_rows())


def _finding(
    context: Context,
    engine: EngineView,
    layers: list[Layer],
    asked: Allowed,
    lower: dict[int, float],
) -> Finding:
    costed = context.costed(engine)
    ordered = longest_first(layers)
    tried = {layer.position: lower.get(costed.get(layer.position, -1)) for layer in ordered}
    known = sum(layer.position in costed for layer in ordered)
    measured = sum(time is not None for time in tried.values())
    matrix = [layer for layer in layers if layer.matrix or layer.gemm]
    working = sum(layer.works for layer in engine.layers)
    allowed = "+".join(asked[0])
    return KIND.found(
        title=f"{allowed} allowed, {len(layers)} of {count(working, 'working layer')} in Float: "
        f"{share_text(engine, total(layers))}",
        why=f"{count(len(matrix), 'matrix layer')} among them. For {measured} of {known} whose trials "
        "the log has, a lower precision "
        f"was measured and not taken; for the others none was. Longest: {short(ordered[0].name)}. "
        f"{engine.source_note}",
        action="Where it was measured: look at the reformats around the layer, or demand it with "
        "--precisionConstraints=obey "
        "--layerPrecisions=NAME:fp16. Where it was not: the layer type has no such kernel, or INT8 "
        "lacks a range (--calib, Q/DQ). "
        "A strongly typed network (--stronglyTyped) takes its types from the ONNX graph.",
        stake_ms=total(layers),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in ordered],
        lines=[asked[1], *(layer.line for layer in ordered)],
        rows=[layer.row(dtype="Float", best_lower_precision_ms=tried[layer.position]) for layer in ordered],
    )
