"""Tensor formats: ``Half(784,1:8,28,1)`` -> data type, strides, vector width.

Results are memoized: a log of millions of lines has some thousands of distinct formats.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tacticlens.grammar.driver import Driver, NoFitError, Token
from tacticlens.grammar.memo import remembered
from tacticlens.grammar.parsers import driver


class TensorFormat(NamedTuple):
    """One tensor of a format combination.

    Attributes:
        dtype: as printed, for example ``Half``.
        strides: as printed, a number or a symbolic expression each; slowest dimension first since
            TensorRT 7.2, fastest first before. In units of vectors where the tensor is vectorised.
        vector_width: elements packed along the vectorised dimension, None if the tensor is not.
        vector_dim: index of that dimension among the strides, None if there is none.
    """

    dtype: str
    strides: tuple[str, ...]
    vector_width: int | None
    vector_dim: int | None = None


Formats = tuple[tuple[TensorFormat, ...], tuple[TensorFormat, ...]]
"""(inputs, outputs)"""


def _call(parts: list[object]) -> str:
    return "(" + " ".join(str(part).strip() for part in parts) + ")"


def _stride(parts: list[object]) -> tuple[str, int | None]:
    return str(parts[0]).strip(), int(str(parts[1])) if len(parts) > 1 else None


def _format(parts: list[object]) -> TensorFormat:
    if isinstance(parts[0], Token) and parts[0].type == "PLAIN_FORMAT":
        return _plain(str(parts[0]))
    strides = [part for part in parts[1:] if isinstance(part, tuple)]
    packed = [(width, index) for index, (_, width) in enumerate(strides) if width is not None]
    texts = tuple(text for text, _ in strides)
    return TensorFormat(str(parts[0]), texts, *(packed[0] if packed else (None, None)))


def _side(parts: list[object]) -> tuple[TensorFormat, ...]:
    return tuple(part for part in parts if isinstance(part, TensorFormat))


def _formats(parts: list[object]) -> Formats:
    arrow = next(i for i, part in enumerate(parts) if isinstance(part, Token))
    before, after = parts[:arrow], parts[arrow + 1 :]
    return _only(before), _only(after)


@remembered(65_536)
def _plain(text: str) -> TensorFormat:
    """Return a format whose strides are numbers; memoized, as many combinations share their tensors."""
    dtype, _, strides = text[:-1].partition("(")
    cut = [stride.partition(":") for stride in strides.split(",")] if strides else []
    packed = [(int(width), index) for index, (_, _, width) in enumerate(cut) if width]
    return TensorFormat(
        dtype, tuple(number for number, _, _ in cut), *(packed[0] if packed else (None, None))
    )


def _only(parts: list[object]) -> tuple[TensorFormat, ...]:
    return tuple(item for part in parts if isinstance(part, tuple) for item in part)


_MAKERS = {"call": _call, "stride": _stride, "format": _format, "side": _side, "formats": _formats}
"""Rule of the grammar -> function that makes its value."""


@lru_cache(maxsize=1)
def _parser() -> Driver:
    return driver("tensor_format", _MAKERS)


@remembered(65_536)
def parse_formats(text: str) -> Formats | None:
    """Parse the text of a format combination; None if it is cut or of an unknown form."""
    try:
        parsed: object = _parser().parse(text)
    except NoFitError:
        return None
    return parsed  # type: ignore[return-value]  # its rules make a Formats
