"""The map between ONNX nodes and engine layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.gpus import Gpu
from tacticlens.analysis.onnx_map import FATES, LayerNodes, NodeFate, OnnxMap
from tacticlens.analysis.roofline import Roof
from tacticlens.views.blocks import Block, Column, Gap, Heading, Table, line
from tacticlens.views.result import Result, frame_of
from tacticlens.words import bandwidth, count, listed, milliseconds, operations, percent, plain

_FATES = {
    "layer": "in engine layers", "region": "in a fused region", "folded": "folded", "removed": "removed",
    "absorbed": "absorbed", "shape": "shape computations", "unused": "unused", "no_engine": "without an engine",
    "unknown": "unknown",
}  # fmt: skip
_REASONS = {
    "folded": "folded: constant, computed at build time", "removed": "removed: changes no data",
    "shape": "on the host: computes shapes only", "unused": "dropped: reaches no output",
    "no_engine": "the log has no engine", "unknown": "unknown: the log does not name it",
}  # fmt: skip


class OnnxResult(Result):
    """Both sides of the map.

    Args:
        found: the map.
        roofs: where each layer of it stands under the roofline.
        gpu: the GPU that the roofs are for.
        model: its file.
        top: rows of each side in text, without nodes that are constants; 0 = all.
    """

    kind: ClassVar[str] = "onnx_map"

    def __init__(
        self, found: OnnxMap, roofs: Sequence[Roof | None], gpu: Gpu | None, *, model: str, top: int = 40
    ) -> None:
        self._found = found
        self._roofs = roofs
        self._gpu = gpu
        self._model = model
        self._top = top

    def blocks(self) -> Iterator[Block]:
        """Yield where each node went, and what each layer carries."""
        yield Heading(_answer(self._found, self._model))
        yield Gap()
        yield from _nodes(self._found, self._top)
        if self._found.layers:
            yield Gap()
            yield from _layers(list(zip(self._found.layers, self._roofs, strict=True)), self._top)
            yield from _peaks(self._found, self._gpu)
            if any(layer.time_source == "framework" for layer in self._found.layers):
                yield line("Times are those of PyTorch's kernels for the same nodes, not of the engine's.")

    def document(self) -> dict[str, Any]:
        """Return both sides as plain data."""
        layers = [
            {**asdict(layer), "roofline": asdict(place) if place is not None else None}
            for layer, place in zip(self._found.layers, self._roofs, strict=True)
        ]
        return {
            "engine": self._found.engine, "gpu": asdict(self._gpu) if self._gpu is not None else None,
            "nodes": [asdict(node) for node in self._found.nodes], "layers": layers,
        }  # fmt: skip

    def rows(self) -> pl.DataFrame:
        """Return one row per node of the model."""
        return frame_of(asdict(node) for node in self._found.nodes)


def _answer(found: OnnxMap, model: str) -> str:
    counts = Counter(node.fate for node in found.nodes)
    fates = ", ".join(f"{counts[fate]:,} {_FATES[fate]}" for fate in FATES if counts[fate])
    layers = count(len(found.layers), "engine layer")
    return f"{plain(model)}: {count(len(found.nodes), 'node')}, {layers}: {fates}"


_NODES = (
    Column("node", name=True, keep=True), Column("operator"), Column("went to", name=True, keep=True),
    Column("time", right=True),
)  # fmt: skip


def _nodes(found: OnnxMap, top: int) -> Iterator[Block]:
    names = {layer.position: layer.name for layer in found.layers}
    timed = any(node.time_ms is not None for node in found.nodes)
    grid = Table(_NODES)
    nodes = [node for node in found.nodes if node.op != "Constant"] if top else found.nodes
    shown = nodes[:top] if top else nodes
    for node in shown:
        shared = " shared" if node.shared and node.time_ms is not None else ""
        grid.add(node.node, node.op, _where(node, names), milliseconds(node.time_ms) + shared)
    yield grid if timed else grid.without([3])
    rest = [count(len(nodes) - len(shown), "more node")] if len(shown) < len(nodes) else []
    constants = len(found.nodes) - len(nodes)
    rest += [count(constants, "Constant node")] if constants else []
    if rest:
        yield line(f"… and {' and '.join(rest)}: --top 0")


def _where(node: NodeFate, names: dict[int, str]) -> str:
    layers = listed([f"{position} {names[position]}" for position in node.layers], 1)
    if node.fate == "layer":
        return layers
    if node.fate == "absorbed":
        return f"absorbed into {layers}"
    if node.fate == "region":
        return "fused: no kernel of its region names it"
    return _REASONS[node.fate]


_LAYERS = (
    Column("#", right=True, keep=True), Column("layer", name=True, keep=True), Column("family", optional=3),
    Column("TC"), Column("time", right=True), Column("FLOP", right=True, optional=1), Column("of peak", right=True),
    Column("bound by", optional=2), Column("nodes", name=True, keep=True),
)  # fmt: skip


def _layers(rows: list[tuple[LayerNodes, Roof | None]], top: int) -> Iterator[Block]:
    timed, peaked = any(layer.time_ms is not None for layer, _ in rows), any(place for _, place in rows)
    worked = any(layer.work is not None and layer.work.flops for layer, _ in rows)
    grid = Table(_LAYERS)
    for layer, place in rows[:top] if top else rows:
        nodes = [*layer.nodes, *(f"{name} (not in the model)" for name in layer.strange)]
        grid.add(
            str(layer.position), layer.name, layer.family, layer.tensor_core, milliseconds(layer.time_ms),
            operations(layer.work.flops if layer.work is not None else None),
            percent(place.share_of_peak) if place is not None else "–", place.bound if place is not None else "–",
            ", ".join(nodes) or "–",
        )  # fmt: skip
    absent = [4] * (not timed) + [5] * (not worked) + [6, 7] * (not peaked)
    yield grid.without(absent)
    if top and len(rows) > top:
        yield line(f"… and {count(len(rows) - top, 'more layer')}: --top 0")


def _peaks(found: OnnxMap, gpu: Gpu | None) -> Iterator[Block]:
    if gpu is not None:
        yield line(
            f"Peaks of {gpu.name}: {gpu.source}; memory {bandwidth(gpu.bandwidth)}. Each tensor counts once."
        )
    elif any(layer.work is not None and layer.work.flops for layer in found.layers):
        yield line("No roofline: the log names no GPU, or its peaks are not known here; name one with --gpu.")
