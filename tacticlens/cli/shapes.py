"""Shapes of dynamic inputs as trtexec writes them: ``x:1x3x224x224,y:8``."""

from __future__ import annotations

import re
from itertools import zip_longest

from tacticlens.errors import UsageError
from tacticlens.record.settings import Shapes

_SHAPE = re.compile(r"\d{1,18}(?:x\d{1,18})*")


def parse_shapes(text: str, option: str) -> dict[str, tuple[int, ...]]:
    """Return input -> dimensions.

    Raises:
        UsageError: the text is spelled otherwise.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for part in text.split(","):
        name, colon, dims = part.strip().rpartition(":")
        name = name.strip("'\"")
        if not colon or not name or not _SHAPE.fullmatch(dims):
            message = f"{option} {text}: is not a list of shapes; write NAME:1x3x224x224, several with commas"
            raise UsageError(message)
        shapes[name] = tuple(int(dim) for dim in dims.split("x"))
    return shapes


def build_profiles(
    shapes: list[str] | None, least: list[str] | None, best: list[str] | None, most: list[str] | None
) -> tuple[Shapes, ...]:
    """Return the optimization profiles that the options ask for; an option stands once per profile.

    A side that is not given is the one beside it, as in trtexec.

    Raises:
        UsageError: spelled otherwise, or sides that do not fit together.
    """
    if shapes and (least or best or most):
        message = "--shapes sets all three sides of a profile; leave out --min-shapes, --opt-shapes and --max-shapes"
        raise UsageError(message)
    sides = {
        "--min-shapes": shapes or least or [], "--opt-shapes": shapes or best or [],
        "--max-shapes": shapes or most or [],
    }  # fmt: skip
    profiles: list[Shapes] = []
    for row in zip_longest(*sides.values()):
        low, mid, high = (
            parse_shapes(text, "--shapes" if shapes else option) if text is not None else {}
            for text, option in zip(row, sides, strict=True)
        )
        low = low or mid or high
        high = high or mid or low
        mid = mid or high
        if not low.keys() == mid.keys() == high.keys():
            message = "--min-shapes, --opt-shapes and --max-shapes name different inputs; name the same in all three"
            raise UsageError(message)
        for name in low:
            if not len(low[name]) == len(mid[name]) == len(high[name]):
                message = f"{name}: its shapes have different numbers of dimensions; give all the same"
                raise UsageError(message)
            if not all(a <= b <= c for a, b, c in zip(low[name], mid[name], high[name], strict=True)):
                message = f"{name}: its shapes must grow from --min-shapes over --opt-shapes to --max-shapes"
                raise UsageError(message)
        profiles.append({name: (low[name], mid[name], high[name]) for name in low})
    return tuple(profiles)
