"""Layers of the inspector's JSON and nodes of the model -> rows of ``engine_layers``."""

from __future__ import annotations

from collections.abc import Sequence

from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.join.filling import Filled, JoinedValue, off_rows, on_row, places_by_name, with_text
from tacticlens.join.model import FileLayer, SideFile
from tacticlens.network.model import between_nodes
from tacticlens.tables.engine_row import EngineRow

_ENDS = 2


def fill_layers(rows: Sequence[EngineRow], file: SideFile) -> Filled:
    """Fill types, tactics, kernels, tensors and nodes; a log without an engine gets all its layers from the file."""
    if not rows:
        layers = [_row(layer, position) for position, layer in enumerate(file.layers, 1)]
        return Filled(layers, [on_row(file, "filled", row, "name", value=row.name) for row in layers])
    filled, waiting = Filled(list(rows), []), places_by_name(rows)
    for layer in file.layers:
        places = waiting.get(layer.name)
        if not places:
            filled.joined.append(off_rows(file, "unmatched", layer.name))
            continue
        place = places.pop(0)
        filled.rows[place], values = _with_layer(file, filled.rows[place], layer)
        filled.joined.extend(values)
    return filled


def _with_layer(file: SideFile, row: EngineRow, layer: FileLayer) -> tuple[EngineRow, list[JoinedValue]]:
    joined: list[JoinedValue] = []
    if row.layer_type is None and layer.layer_type is not None:  # else the log spells types otherwise
        row, value = with_text(file, row, "layer_type", layer.layer_type)
        joined.append(value)
    if layer.tactic is not None:
        row, value = with_text(file, row, "tactic", layer.tactic)
        joined.append(value)
    if layer.kernel is not None:
        source = "layer_info" if row.kernel is None else row.kernel_source
        row, value = with_text(file, row, "kernel", layer.kernel)
        row = row._replace(kernel_source=source)
        joined.append(value)
    if not row.inputs and not row.outputs and (layer.inputs or layer.outputs):
        row = row._replace(inputs=layer.inputs, outputs=layer.outputs)
        joined.append(on_row(file, "filled", row, "inputs"))
    if layer.onnx_nodes and not row.onnx_nodes:
        row = row._replace(onnx_nodes=layer.onnx_nodes)
        joined.append(on_row(file, "filled", row, "onnx_nodes", value=", ".join(layer.onnx_nodes)))
    return row, joined


def _row(layer: FileLayer, position: int) -> EngineRow:
    nodes = onnx_nodes(layer.name) if layer.onnx_nodes is None else layer.onnx_nodes
    return EngineRow(
        None, None, position, layer.name, layer.layer_type, layer.tactic, layer.kernel,
        "layer_info" if layer.kernel else "none", layer.inputs, layer.outputs, tuple(nodes), None,
    )  # fmt: skip


def fill_nodes(rows: Sequence[EngineRow], file: SideFile) -> Filled:
    """Give a fused region that prints its first and last node only the nodes that lie between them."""
    filled, network = Filled(list(rows), []), file.network
    if network is None:
        return filled
    known = {node.name for node in network.nodes}
    carried = {node for row in rows for node in row.onnx_nodes}
    for place, row in enumerate(rows):
        if not row.onnx_nodes:
            continue
        filled.joined.extend(
            on_row(file, "unmatched", row, "onnx_nodes", log=node)
            for node in row.onnx_nodes
            if node not in known and node.split(" | ", 1)[0] not in known
        )
        if not abridged(row.name, row.onnx_nodes):
            filled.joined.append(on_row(file, "agrees", row, "onnx_nodes", log=", ".join(row.onnx_nodes)))
            continue
        ends = [node for node in row.onnx_nodes if node in known]
        between = [name for name in between_nodes(network, ends) if name not in carried]
        if between:
            filled.rows[place] = row._replace(onnx_nodes=(ends[0], *between, *ends[1:]))
            filled.joined.append(on_row(file, "filled", row, "onnx_nodes", value=", ".join(between)))
    return filled


def abridged(name: str, nodes: Sequence[str]) -> bool:
    """Tell whether a layer is a fused region of which only the ends are known."""
    return "ForeignNode[" in name and "..." in name and len(nodes) <= _ENDS
