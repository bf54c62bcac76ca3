"""Formats at the edges of layers: what a reformat converts, between which layers, and what trtexec calls a format."""

from __future__ import annotations

from typing import Final

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer, Tensor
from tacticlens.grammar.numbers import whole
from tacticlens.grammar.tensor_format import TensorFormat, parse_formats

Formats = dict[tuple[int | None, str], tuple[str, str, int]]
_TYPES: Final = {
    "Float": "fp32", "Half": "fp16", "BFloat16": "bf16", "Int8": "int8", "Int32": "int32", "Int64": "int64",
    "Bool": "bool", "UInt8": "uint8",
}  # fmt: skip
_LAYOUTS: Final = {
    "fp32": frozenset({"chw", "hwc", "dhwc"}),
    "fp16": frozenset({"chw", "chw2", "chw4", "hwc8", "chw16", "chw32", "dhwc8", "cdhw32"}),
    "bf16": frozenset({"chw", "hwc8", "dhwc8"}),
    "int8": frozenset({"chw", "chw4", "chw32", "cdhw32"}),
}
"""The layouts that a type may have at the network's edge; types that are not listed are linear."""
_WORDS: Final = {
    "Row major": "chw",
    "Two wide channel": "chw2",
    "Four wide channel": "chw4",
    "Sixteen wide channel": "chw16",
    "Thirty-two wide channel": "chw32",
}
"""How the inspector words layouts; those with the channels innermost differ by the vector."""
_ONLY: Final = {2: "chw2", 4: "chw4", 8: "hwc8", 32: "chw32"}
"""The one layout of a vector width that trtexec can ask for; 16 has two."""


def added(context: Context) -> Formats:
    """Return (from, to, line) of the reformats that the builder added, by build and tensor."""
    rows = context.tables.reformats.select("build", "tensor", "source", "from_format", "to_format", "line")
    table: Formats = {}
    for build, tensor, source, before, after, line in rows.iter_rows():
        table[build, source] = (before, after, line)
        table[build, tensor] = (before, after, line)
    return table


def both_formats(layer: Layer, formats: Formats) -> tuple[str, str, int | None]:
    """Return (from, to, line of the log) of a reformat: as the builder printed it, else from its tensors."""
    # an output reformat is listed under the tensor it reads, an input reformat under the one it writes
    for tensor in (*layer.outputs, *layer.inputs):
        known = formats.get((layer.build, tensor.name))
        if known is not None and tensor.name.startswith("Reformatted"):
            return known
    before = ", ".join(tensor.text() for tensor in layer.inputs) or "unknown"
    after = ", ".join(tensor.text() for tensor in layer.outputs) or "unknown"
    return before, after, None


def dtype_of(text: str) -> str:
    """Return the data type of a printed format."""
    return text.partition("(")[0].partition(" ")[0]


def io_format(text: str) -> str | None:
    """Return what trtexec calls a format, `fp16:hwc8`; None for one that it has no name for."""
    parsed = parse_formats(f"{text.partition(' where ')[0]} -> {text.partition(' where ')[0]}")
    if parsed is None or len(parsed[0]) != 1 or not parsed[0][0].strides:
        return None
    layout = _layout(parsed[0][0])
    dtype = _TYPES.get(parsed[0][0].dtype)
    return _named(dtype, layout)


def _named(dtype: str | None, layout: str | None) -> str | None:
    return f"{dtype}:{layout}" if dtype and layout in _LAYOUTS.get(dtype, {"chw"}) else None


def io_format_of(tensor: Tensor) -> str | None:
    """Return what trtexec calls the format of an engine's tensor, of which no strides are printed."""
    dtype = _TYPES.get(tensor.dtype or "")
    words = tensor.format or ""
    layout = next((name for start, name in _WORDS.items() if words.startswith(start)), None)
    if not words:
        widths = [dim.partition(":")[2] for dim in tensor.dims if ":" in dim]
        layout = _ONLY.get(whole(widths[0]) or 0) if widths else "chw"
    elif words.startswith("Channel major"):
        layout = "hwc8" if "channel % 8" in words else "hwc" if "%" not in words else None
    return _named(dtype, layout)


def _layout(tensor: TensorFormat) -> str | None:
    """Return the layout of strides with the slowest dimension first, N C H W or N C D H W."""
    strides, width = tensor.strides, tensor.vector_width or 1
    if len(strides) not in {4, 5}:
        return "chw" if width == 1 and strides and strides[-1] == "1" else None
    if tensor.vector_dim not in {None, 1}:
        return None
    volume = len(strides) == 5
    if strides[1] == "1" and strides[-1] != "1":
        return ("d" if volume else "") + "hwc" + (str(width) if width > 1 else "")
    if strides[-1] != "1":
        return None
    if strides[1] == "1" and width > 1:  # one vector of channels: both orders look alike
        return None if volume else _ONLY.get(width)
    if width == 1:
        return "chw"
    return (f"cdhw{width}") if volume else f"chw{width}"


def neighbours(engine: EngineView, layer: Layer) -> tuple[list[str], list[str]]:
    """Return the names of the layers that give to a layer and that take from it."""
    return [one.name for one in engine.fed_by(layer)], [one.name for one in engine.feeds(layer)]
