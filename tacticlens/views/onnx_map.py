"""The map between ONNX nodes and engine layers, as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.text import Text

from tacticlens.analysis.gpus import Gpu
from tacticlens.analysis.onnx_map import FATES, LayerNodes, NodeFate, OnnxMap
from tacticlens.analysis.roofline import Roof
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, operations, percent, plain, short

_FATES = {
    "layer": "in engine layers", "region": "in a fused region", "folded": "folded", "removed": "removed",
    "absorbed": "absorbed", "shape": "shape computations", "unused": "unused", "no_engine": "without an engine",
    "unknown": "not told",
}  # fmt: skip
_REASONS = {
    "folded": "folded: constant, computed at build time", "removed": "removed: changes no data",
    "shape": "on the host: computes shapes only", "unused": "dropped: reaches no output",
    "no_engine": "the log has no engine", "unknown": "not told by the log",
}  # fmt: skip


def onnx_text(
    found: OnnxMap,
    roofs: Sequence[Roof | None],
    gpu: Gpu | None,
    *,
    model: str,
    top: int,
    width: int,
    color: bool,
) -> str:
    """Return both sides of the map as text.

    Args:
        found: the map.
        roofs: where each layer of it stands under the roofline.
        gpu: the GPU that the roofs are for.
        model: its file.
        top: rows of each side; 0 = all.
        width: columns.
        color: terminal colours.
    """
    parts: list[RenderableType] = [heading(_answer(found, model)), Text(), *_nodes(found, top, width)]
    if found.layers:
        parts += [
            Text(),
            *_layers(list(zip(found.layers, roofs, strict=True)), top, width),
            *_peaks(found, gpu),
        ]
    return render(parts, width=width, color=color)


def _answer(found: OnnxMap, model: str) -> str:
    counts = Counter(node.fate for node in found.nodes)
    told = ", ".join(f"{counts[fate]:,} {_FATES[fate]}" for fate in FATES if counts[fate])
    layers = count(len(found.layers), "engine layer")
    return f"{plain(model)}: {count(len(found.nodes), 'node')}, {layers}: {told}"


def _nodes(found: OnnxMap, top: int, width: int) -> Iterator[RenderableType]:
    names = {layer.position: layer.name for layer in found.layers}
    timed = any(node.time_ms is not None for node in found.nodes)
    room = width - 16 - (18 if timed else 0) - 4
    grid = table("node", "operator", "went to", *(["time"] if timed else []), right=("time",))
    shown = found.nodes[:top] if top else found.nodes
    for node in shown:
        cells = [short(node.node, room * 2 // 5), short(node.op, 14), _where(node, names, room * 3 // 5)]
        if timed:
            cells.append(
                milliseconds(node.time_ms) + (" shared" if node.shared and node.time_ms is not None else "")
            )
        grid.add_row(*cells)
    yield grid
    if len(shown) < len(found.nodes):
        yield Text(f"… and {count(len(found.nodes) - len(shown), 'more node')}: --top 0")


def _where(node: NodeFate, names: dict[int, str], room: int) -> str:
    more = f" and {len(node.layers) - 1} more" if len(node.layers) > 1 else ""
    first = f"{node.layers[0]} {names[node.layers[0]]}" if node.layers else ""
    if node.fate == "layer":
        return short(first, room - len(more)) + more
    if node.fate == "absorbed":
        return f"absorbed into {short(first, room - len(more) - 14)}{more}"
    if node.fate == "region":
        return "fused: no kernel of its region names it" if room >= 40 else "fused in its region"
    return short(_REASONS[node.fate], room)


def _layers(rows: list[tuple[LayerNodes, Roof | None]], top: int, width: int) -> Iterator[RenderableType]:
    timed, peaked = any(layer.time_ms is not None for layer, _ in rows), any(place for _, place in rows)
    worked = any(layer.work is not None and layer.work.flops for layer, _ in rows)
    columns = ["#", "layer", *(["family"] if width >= 100 else []), "TC", *(["time"] if timed else [])]
    columns += [*(["FLOP"] if worked else []), *(["of peak", "bound by"] if peaked else [])]
    room = width - 6 - 9 - (15 if width >= 100 else 0) - 11 * timed - 9 * worked - 19 * peaked
    grid = table(*columns, "nodes", right=("#", "time", "FLOP", "of peak"))
    for layer, place in rows[:top] if top else rows:
        cells = [str(layer.position), short(layer.name, room * 2 // 5)]
        cells += [layer.family] if width >= 100 else []
        cells.append(layer.tensor_core)
        cells += [milliseconds(layer.time_ms)] if timed else []
        cells += [operations(layer.work.flops if layer.work is not None else None)] if worked else []
        if peaked:
            cells += [percent(place.share_of_peak), place.bound] if place is not None else ["–", "–"]
        nodes = [*layer.nodes, *(f"{name} (not in the model)" for name in layer.strange)]
        grid.add_row(*cells, short(", ".join(nodes), room * 3 // 5) or "–")
    yield grid
    if top and len(rows) > top:
        yield Text(f"… and {count(len(rows) - top, 'more layer')}: --top 0")


def _peaks(found: OnnxMap, gpu: Gpu | None) -> Iterator[RenderableType]:
    if gpu is not None:
        yield Text(
            f"Peaks of {gpu.name}: {gpu.source}; memory {gpu.bandwidth:,.0f} GB/s. Each tensor counts once."
        )
    elif any(layer.work is not None and layer.work.flops for layer in found.layers):
        yield Text("No roofline: the GPU is not told, or its peaks are not known here; name one with --gpu.")


def onnx_json(found: OnnxMap, roofs: Sequence[Roof | None], gpu: Gpu | None) -> str:
    """Return both sides of the map as JSON."""
    layers = [
        {**asdict(layer), "roofline": asdict(place) if place is not None else None}
        for layer, place in zip(found.layers, roofs, strict=True)
    ]
    document = {
        "engine": found.engine, "gpu": asdict(gpu) if gpu is not None else None,
        "nodes": [asdict(node) for node in found.nodes], "layers": layers,
    }  # fmt: skip
    return json.dumps(document, indent=1) + "\n"
