"""One colour per kernel family and per level of a heat map, the same in the page, in notebooks and in terminals.

Hue says the kind of work: matrix products are blue and green, what only moves data is orange and red, arithmetic on
single elements is yellow, all else is grey. Neighbours also differ in lightness, so that they can be told apart without
hue; what is not known is hatched, and every colour has its name beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tacticlens.kernels.family import FAMILIES, Family

Kind = Literal["matrix", "region", "elementwise", "movement", "other", "unknown"]


@dataclass(frozen=True)
class Colour:
    """The colours of one family, as ``#rrggbb``.

    Attributes:
        kind: what kind of work the family is.
        light: on a white ground.
        dark: on a black ground, and in terminals.
    """

    kind: Kind
    light: str
    dark: str


COLOURS: Final[dict[Family, Colour]] = {
    "implicit_gemm": Colour("matrix", "#1f5fa8", "#4a90d9"),
    "gemm": Colour("matrix", "#4b9cd3", "#8cc4f0"),
    "winograd": Colour("matrix", "#0b7a75", "#2fb3ab"),
    "fft": Colour("matrix", "#67b7a4", "#9fe0cf"),
    "direct_conv": Colour("matrix", "#2b3f73", "#6f86c9"),
    "depthwise": Colour("matrix", "#7a8fc4", "#b4c1ea"),
    "deconv": Colour("matrix", "#155e63", "#4fa3a8"),
    "attention": Colour("matrix", "#8fc1e3", "#cfe6f7"),
    "myelin": Colour("region", "#4d2a6b", "#7d4bb0"),
    "pointwise": Colour("elementwise", "#d9b310", "#f0d24a"),
    "reformat": Colour("movement", "#c8441b", "#f0764a"),
    "copy": Colour("movement", "#ee8a5a", "#fbb08c"),
    "permute": Colour("movement", "#9c2f5a", "#dd7aa3"),
    "shuffle": Colour("movement", "#d96c9a", "#f3a9c6"),
    "pooling": Colour("other", "#6b7280", "#9aa3b2"),
    "reduce": Colour("other", "#8a919c", "#b6bdc9"),
    "softmax": Colour("other", "#565c66", "#838b98"),
    "normalization": Colour("other", "#a3a9b3", "#cdd3dc"),
    "topk": Colour("other", "#7b7466", "#aaa18f"),
    "gather_slice_concat": Colour("other", "#9a8f7a", "#c9bda6"),
    "resize": Colour("other", "#5f6a5a", "#8f9c88"),
    "fill_constant": Colour("other", "#b9bec7", "#5f6672"),
    "cast_quantize": Colour("other", "#86734c", "#bfa878"),
    "plugin": Colour("region", "#a98bc4", "#d3bdeb"),
    "noop": Colour("other", "#cfd3d9", "#4c525c"),
    "unknown": Colour("unknown", "#8d8d8d", "#a8a8a8"),
}

assert tuple(COLOURS) == FAMILIES


Level = Literal["much_faster", "faster", "usual", "slower", "much_slower"]
"""How far a time is from what is usual for it."""


@dataclass(frozen=True)
class Shade:
    """A colour of a heat map on light and on dark ground, as ``#rrggbb``; what is far stands out on both."""

    light: str
    dark: str


HEAT: Final[dict[Level, Shade]] = {
    "much_faster": Shade("#1f5fa8", "#5aa3f0"),
    "faster": Shade("#9cc4e8", "#2f5c8a"),
    "usual": Shade("#e9ecf0", "#272d36"),
    "slower": Shade("#f5b08a", "#8a4526"),
    "much_slower": Shade("#c8441b", "#f58a5c"),
}
