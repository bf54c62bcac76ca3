"""Which precisions a build allowed below FP32, and where the log shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import Layer

_WORDS: Final = re.compile(r"\b(FP16|BF16|INT8|FP8|INT4)\b")
_FLAGS: Final = {"--fp16": "FP16", "--bf16": "BF16", "--int8": "INT8", "--fp8": "FP8", "--int4": "INT4"}
_TYPES: Final = {"Half": "FP16", "BFloat16": "BF16", "Int8": "INT8", "FP8": "FP8"}
HALF: Final = frozenset({"FP16", "BF16"})
LOWER: Final = "Half|BFloat16|Int8|FP8|Int4"


@dataclass(frozen=True)
class Allowed:
    """What one engine's build allowed.

    Attributes:
        lower: precisions below FP32, as trtexec names them.
        source: where it stands: trtexec's echo, its command line, or only the types of the formats tried.
        line: line of the echo.
    """

    lower: tuple[str, ...]
    source: Literal["echo", "command", "formats"]
    line: int | None = None

    @property
    def half(self) -> bool:
        """Tell whether a 16-bit type is allowed."""
        return bool(HALF & set(self.lower))


def allowed(context: Context) -> dict[int | None, Allowed]:
    """Return what was allowed per engine; an engine of which the log does not show it is left out.

    Types of a strongly typed network come from its graph: nothing is allowed or forbidden.
    """
    if context.advice.typed:
        return {}
    options = context.tables.options
    echoed = options.filter(pl.col("key") == "Precision", pl.col("value").is_not_null())
    if echoed.is_empty():
        return _by_command(context) or _by_formats(context)
    # a run that loads an engine echoes a precision that builds nothing
    loading = options.filter(pl.col("key") == "Load engine", pl.col("value").is_not_null())["run"].unique()
    building = echoed.filter(~pl.col("run").is_in(loading.to_list())).select("line", "value").rows()
    firsts = {
        view.number: min((layer.line or 0 for layer in view.layers), default=0) for view in context.engines
    }
    found: dict[int | None, Allowed] = {}
    before = 0
    for number, first in sorted(firsts.items(), key=lambda item: item[1]):
        # echoed behind the engine before this one, and before its own layers are printed
        own = [(value, line) for line, value in building if before < line < first]
        if own and "Typed" not in own[-1][0]:
            found[number] = Allowed(tuple(_WORDS.findall(own[-1][0])), "echo", own[-1][1])
        before = first
    return found or _by_formats(context)


def _by_command(context: Context) -> dict[int | None, Allowed]:
    advice = context.advice
    if not advice.trtexec or not advice.command or len(context.engines) != 1 or advice.given("--loadEngine"):
        return {}
    lower = [word for flag, word in _FLAGS.items() if advice.given(flag)]
    if advice.given("--best"):
        lower = ["FP16", "INT8"]
    return {context.engines[0].number: Allowed(tuple(lower), "command")}


def _by_formats(context: Context) -> dict[int | None, Allowed]:
    """Judge by the types of the formats that were tried: a type that is allowed is tried for convolutions."""
    matrix = {
        (view.number, layer.position) for view in context.engines for layer in view.layers if layer.matrix
    }
    if not matrix:
        return {}
    layers = {
        layer: engine
        for engine, position, layer in context.chosen.select("engine", "position", "layer").iter_rows()
        if (engine, position) in matrix and layer is not None
    }
    tried = context.combinations.filter(
        pl.col("layer").is_in(list(layers)), pl.col("formats").is_not_null()
    ).select("layer", "formats")
    types: dict[int | None, set[str]] = {}
    for layer, formats in tried.iter_rows():
        types.setdefault(layers[layer], set()).update(re.findall(r"([A-Z]\w*)\(", formats))
    return {
        engine: Allowed(tuple(word for dtype, word in _TYPES.items() if dtype in seen), "formats")
        for engine, seen in types.items()
        if "Float" in seen
    }


def all_float(layer: Layer) -> bool:
    """Tell whether a layer reads and writes FP32 alone; integers that index do not count."""
    types = {tensor.dtype for tensor in (*layer.inputs, *layer.outputs)}
    return "Float" in types and types <= {"Float", "Int32", "Int64", "Bool"}
