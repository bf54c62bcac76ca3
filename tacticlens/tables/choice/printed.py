"""Compare what the engine prints of a tensor with the format of a combination.

Three spellings: vector widths in the dimensions (``64:8``), words (``Channel major FP16 format where
channel % 8 == 0``), or the data type alone, which says nothing about widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, prod
from typing import NamedTuple

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.memo import remembered
from tacticlens.grammar.numbers import whole
from tacticlens.grammar.tensor_format import TensorFormat
from tacticlens.tables.choice.model import SYMBOLIC, FormatKey

_WIDE = {"Two": 2, "Four": 4, "Eight": 8, "Sixteen": 16, "Thirty-two": 32, "Sixty-four": 64}
_FAR = 10**15
"""No tensor has more elements: larger dimensions are misread."""


class Layout(NamedTuple):
    """Vector width, and whether channels come first; None = unknown."""

    width: int | None
    linear: bool | None


@remembered(1024)
def layout_of_words(words: str) -> Layout:
    """Return the layout that the detailed form describes."""
    wide = next((width for word, width in _WIDE.items() if words.startswith(f"{word} wide channel")), None)
    if wide is not None:
        return Layout(wide, None)
    if words.startswith("Channel major"):
        modulo = words.partition("channel % ")[2].partition(" ")[0]
        width = whole(modulo)
        return Layout(1, linear=False) if width is None else Layout(width, None)
    return Layout(1, linear=True) if words.startswith("Row major") else Layout(None, None)


@remembered(64)
def requested_layout(text: str) -> Layout:
    """Return the layout of ``fp16:chw16``; unknown for any other spelling."""
    name = text.rpartition(":")[2].strip().lower()
    order = name.rstrip("0123456789")
    width = name.removeprefix(order)
    if not order.isalpha() or not order.endswith(("hw", "hwc")) or len(width) > 3:
        return Layout(None, None)
    return Layout(int(width), None) if width else Layout(1, linear=order.endswith("hw"))


def prints_widths(tensors: Sequence[EngineTensor]) -> bool:
    """Tell whether an engine prints vector widths in dimensions: one tensor with a width is enough."""
    return any(":" in dim for tensor in tensors for dim in tensor.dims)


def width_of(tensor: EngineTensor) -> int:
    """Return the vector width in the dimensions, 1 if there is none."""
    widths = (dim.partition(":")[2] for dim in tensor.dims)
    return next((int(width) for width in widths if width.isdecimal() and len(width) < 10), 1)


def fits_printed(tensor: EngineTensor, printed: TensorFormat, *, widths: bool) -> bool:
    """Tell whether the engine's print of a tensor allows a format.

    Args:
        tensor: as the engine prints it.
        printed: the format of a combination.
        widths: whether this engine prints vector widths in dimensions.
    """
    if tensor.dtype is not None and tensor.dtype != printed.dtype:
        return False
    if tensor.format is not None:
        return fits_layout(layout_of_words(tensor.format), printed)
    return not widths or width_of(tensor) == (printed.vector_width or 1)


def fits_layout(layout: Layout, printed: TensorFormat | FormatKey) -> bool:
    """Tell whether a format may have a layout."""
    if layout.width is not None and layout.width != (printed.vector_width or 1):
        return False
    return layout.linear is None or is_linear(printed.strides) in (layout.linear, None)


def is_linear(strides: Sequence[str]) -> bool | None:
    """Tell whether strides are channel-first; None where they do not decide (a dimension of 1)."""
    numbers = [number for stride in strides if (number := whole(stride)) is not None]
    if not numbers or strides[-1] in (SYMBOLIC, "") or len(set(numbers)) == 1:
        return None
    if strides[0] == "1" and numbers[-1] > 1:
        return None  # up to TensorRT 7.1 the fastest dimension comes first
    return strides[-1] == "1" and all(a >= b for a, b in pairwise(numbers))


def extent(dims: Sequence[int], printed: TensorFormat) -> bool | None:
    """Tell whether a format lays out a tensor of these dimensions densely; None if its strides are symbolic."""
    strides = [number for stride in printed.strides if (number := whole(stride)) is not None]
    if not len(dims) == len(printed.strides) == len(strides):
        return None
    lengths = list(dims)
    if printed.vector_dim is not None and printed.vector_width:
        lengths[printed.vector_dim] = ceil(lengths[printed.vector_dim] / printed.vector_width)
    size = prod(lengths)
    if size > _FAR:
        return None
    # the stride of a batch of one is printed as the size of the whole
    outer = strides[0] * lengths[0] == size or strides[0] != max(strides)
    return outer and max(s * length for s, length in zip(strides, lengths, strict=True)) == size


def whole_dims(tensors: Sequence[EngineTensor]) -> tuple[int, ...] | None:
    """Return the dimensions of the tensor that these are parts of; None if they are dynamic or differ in rank."""
    sizes = []
    for tensor in tensors:
        texts = [dim.partition(":")[0] for dim in tensor.dims]
        if not texts or not all(text.isdecimal() and 0 < len(text) < 12 for text in texts):
            return None
        sizes.append(tuple(int(text) for text in texts))
    if len({len(size) for size in sizes}) != 1:
        return None
    return tuple(max(lengths) for lengths in zip(*sizes, strict=True))
