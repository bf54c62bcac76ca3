"""Layers of the inspector's JSON and nodes of the model -> rows of ``engine_layers``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.join.filling import Filling
from tacticlens.join.model import FileLayer, SideFile
from tacticlens.network.model import between_nodes

_ENDS = 2


def fill_layers(work: Filling, file: SideFile) -> None:
    """Fill types, tactics, kernels, tensors and nodes; a log without an engine gets all its layers from the file."""
    known = work.by_name()
    if not known:
        work.rows.extend(_row(layer, position) for position, layer in enumerate(file.layers, 1))
        for row in work.rows:
            work.note(file, "filled", row=row, column="name", file_value=row["name"])
        return
    for layer in file.layers:
        if not known.get(layer.name):
            work.note(file, "unmatched", name=layer.name)
            continue
        row = known[layer.name].pop(0)
        if row["layer_type"] is None and layer.layer_type is not None:
            work.compare(file, row, "layer_type", layer.layer_type)  # the log spells types otherwise
        if layer.tactic is not None:
            work.compare(file, row, "tactic", layer.tactic)
        if layer.kernel is not None:
            missing = row["kernel"] is None
            work.compare(file, row, "kernel", layer.kernel)
            row["kernel_source"] = "layer_info" if missing else row["kernel_source"]
        if not row["inputs"] and not row["outputs"] and (layer.inputs or layer.outputs):
            row["inputs"], row["outputs"] = layer.inputs, layer.outputs
            work.note(file, "filled", row=row, column="inputs")
        if layer.onnx_nodes and not row["onnx_nodes"]:
            row["onnx_nodes"] = list(layer.onnx_nodes)
            work.note(file, "filled", row=row, column="onnx_nodes", file_value=", ".join(layer.onnx_nodes))


def _row(layer: FileLayer, position: int) -> dict[str, Any]:
    nodes = onnx_nodes(layer.name) if layer.onnx_nodes is None else layer.onnx_nodes
    return {
        "engine": None, "build": None, "position": position, "name": layer.name, "layer_type": layer.layer_type,
        "tactic": layer.tactic, "kernel": layer.kernel, "kernel_source": "layer_info" if layer.kernel else "none",
        "time_ms": None, "time_source": "none", "combination": None, "inputs": layer.inputs, "outputs": layer.outputs,
        "onnx_nodes": list(nodes), "line": None,
    }  # fmt: skip


def fill_nodes(work: Filling, file: SideFile) -> None:
    """Give a fused region that prints its first and last node only the nodes that lie between them."""
    network, rows = file.network, work.of_engine()
    if network is None:
        return
    known = {node.name for node in network.nodes}
    carried = {node for row in rows for node in row["onnx_nodes"]}
    for row in rows:
        if not row["onnx_nodes"]:
            continue
        for node in row["onnx_nodes"]:
            if node not in known and node.split(" | ", 1)[0] not in known:
                work.note(file, "unmatched", row=row, column="onnx_nodes", log_value=node)
        if not abridged(row["name"], row["onnx_nodes"]):
            work.note(file, "agrees", row=row, column="onnx_nodes", log_value=", ".join(row["onnx_nodes"]))
            continue
        ends = [node for node in row["onnx_nodes"] if node in known]
        between = [name for name in between_nodes(network, ends) if name not in carried]
        if between:
            row["onnx_nodes"] = [ends[0], *between, *ends[1:]]
            work.note(file, "filled", row=row, column="onnx_nodes", file_value=", ".join(between))


def abridged(name: str, nodes: Sequence[str]) -> bool:
    """Tell whether a layer is a fused region of which only the ends are known."""
    return "ForeignNode[" in name and "..." in name and len(nodes) <= _ENDS
