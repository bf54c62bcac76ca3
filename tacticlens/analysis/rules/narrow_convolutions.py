"""TL023: sibling convolutions with few output channels run on wide tiles."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import NamedTuple

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, share, total, where
from tacticlens.grammar.numbers import whole
from tacticlens.kernels import decode

KIND = FindingKind(
    "TL023",
    "narrow-sibling-convolutions",
    "Sibling convolutions with few output channels",
    what="Two or more convolutions that read one tensor, each with output channels for at most a quarter of its "
    "kernel's tile, that together take at least 1 % of the engine's time. The stake is the time of the tiles "
    "that one convolution with all their channels would not need.",
    why="A kernel multiplies whole tiles: two channels on a tile of 32 leave 94 % of the Tensor Core work "
    "unused, once for "
    "every sibling.",
    action="Merge siblings into one convolution: concatenate their weights (block-diagonal where each reads its "
    "own channels), and split its output. That also merges the reformats after them.",
    example="A detection head on an A100 (TensorRT 8.2.3): 36 convolutions with 1 to 3 output channels on tiles "
    "of 32, 31 % of the engine's time.",
)
_FILL = 0.25
_NOTABLE = 0.01


class _Narrow(NamedTuple):
    layer: Layer
    channels: int
    tile: int


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        siblings: dict[tuple[int | None, str], list[_Narrow]] = defaultdict(list)
        for layer in engine.layers:
            narrow = _narrow(layer)
            if narrow is not None and layer.inputs:
                siblings[layer.build, layer.inputs[0].name].append(narrow)
        groups = [group for group in siblings.values() if len(group) > 1]
        time = total(one.layer for group in groups for one in group)
        if groups and (time or 0.0) >= _NOTABLE * engine.time_ms > 0:
            found.append(_finding(engine, groups))
    return found


def _narrow(layer: Layer) -> _Narrow | None:
    """Return a convolution whose output channels fill a quarter of its kernel's tile at most."""
    if layer.family != "implicit_gemm" or layer.kernel is None or len(layer.outputs) != 1:
        return None
    dims, tile = layer.outputs[0].dims, decode(layer.kernel).tile_n
    channels = whole(dims[1].split(":")[0]) if len(dims) in {4, 5} else None
    if channels is None or tile is None or channels > _FILL * tile:
        return None
    return _Narrow(layer, channels, tile)


def _saved(group: list[_Narrow]) -> float:
    """Return the time of the tiles that one convolution with all channels of a group would not need."""
    tiles = ceil(sum(one.channels for one in group) / max(one.tile for one in group))
    return (total(one.layer for one in group) or 0.0) * (1 - min(1.0, tiles / len(group)))


def _finding(engine: EngineView, groups: list[list[_Narrow]]) -> Finding:
    groups = sorted(groups, key=lambda group: -(total(one.layer for one in group) or 0.0))
    all_ = [one for group in groups for one in group]
    layers = longest_first(one.layer for one in all_)
    first = groups[0]
    channels = [one.channels for one in all_]
    time = total(layers)
    return KIND.found(
        title="{layers:sibling convolution} fill {fill_share} of their tiles ({time_share})",
        why=(
            "They have {fewest} to {most} output channels each, on tiles of {tile}." if min(channels) < max(channels)
            else "They have {most:output channel} each, on tiles of {tile}.",
            "Together they take {time_ms}, {time_share} of the engine's time.",
            "{first:name} and {others:other} read one tensor.",
        ),
        action="Merge those that read one tensor into one convolution (here with {channels:output channel}): "
        "concatenate the weights, block-diagonal where each reads its own channels, and split its output.",
        facts={
            "layers": len(all_), "fewest": min(channels), "most": max(channels), "tile": first[0].tile,
            "fill_share": sum(channels) / sum(one.tile for one in all_), "time_ms": time,
            "time_share": share(engine, time) or 0.0, "first": first[0].layer.name, "others": len(first) - 1,
            "channels": sum(one.channels for one in first),
        },
        stake_ms=sum(_saved(group) for group in groups),
        **where(engine, layers),
        rows=[one.layer.row(channels=one.channels, tile=one.tile, kernel=one.layer.kernel) for one in all_],
    )  # fmt: skip
