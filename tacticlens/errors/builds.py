"""A build, an engine or a layer that was asked for is not in the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tacticlens.errors import refusal
from tacticlens.words import listed, quoted

Likeness = Literal["onnx_node", "kernel", "part"]
"""What a text is of several layers."""

NAMED = 5
_LIKENESS: dict[Likeness, str] = {
    "onnx_node": "is an ONNX node of",
    "kernel": "is the kernel of",
    "part": "is part of the names of",
}


@refusal
def no_such_build(build: int, last: int, source: str | None = None) -> str:
    """Refuse the number of a build that the log does not have; `last` is its highest one, 0 without builds."""
    there = f"its builds are 1 to {last} (table builds)" if last else "it has none"
    return f"{_at(source)}no build {build} in this log; {there}"


@refusal
def no_engine(source: str | None) -> str:
    return (
        f"{_at(source)}the layers of the engine are not in this log, so there is nothing to align; build with "
        "--verbose and keep the whole log"
    )


@refusal
def build_without_engine(source: str | None, build: int, others: Sequence[int]) -> str:
    return f"{_at(source)}build {build} has no engine layers; builds that have: {_numbers(others)}"


@refusal
def no_winners(source: str | None) -> str:
    return (
        f"{_at(source)}the layers of the engine are not in this log, nor the winner of any format combination, so "
        "there is nothing to compare; build with --verbose and keep the whole log"
    )


@refusal
def build_without_winners(source: str | None, build: int, others: Sequence[int]) -> str:
    return f"{_at(source)}build {build} has neither engine layers nor winners; builds that have: {_numbers(others)}"


@refusal
def no_such_position(position: str, layers: int) -> str:
    """Refuse a position that is not in the engine; `layers` is the number of its layers, 0 without an engine."""
    there = f"its positions are :1 to :{layers}" if layers else "no engine is in this log"
    return f"no engine layer at position {position}; {there}"


@refusal
def several_layers(text: str, likeness: Likeness, names: Sequence[str]) -> str:
    shown = listed([quoted(name) for name in names], NAMED)
    return f"{quoted(text)} {_LIKENESS[likeness]} {len(names)} layers: {shown}; give one name in full"


@refusal
def no_such_layer(text: str, like: Sequence[str], *, any_layers: bool) -> str:
    """Refuse a text that means no layer; `like` are the names that are most like it."""
    return (
        f"no layer is named {quoted(text)}, and none has such an ONNX node or part; "
        f"{near_names(like, any_layers=any_layers)}"
    )


def near_names(like: Sequence[str], *, any_layers: bool) -> str:
    """Name the layers that are most like a text, or say how to see what there is."""
    if like:
        return f"near names: {listed([quoted(name) for name in like], NAMED)}"
    return "'tacticlens tactics' lists the layers" if any_layers else "the log has no layers"


def _at(source: str | None) -> str:
    return "" if source is None else f"{source}: "


def _numbers(builds: Sequence[int]) -> str:
    return ", ".join(map(str, builds)) or "none"
