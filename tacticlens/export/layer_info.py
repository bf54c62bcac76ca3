"""Engine layers of a log -> the JSON of the engine inspector, as far as the log prints it."""

from __future__ import annotations

import json
from typing import Any

from tacticlens.grammar.numbers import whole
from tacticlens.tables.table_set import TableSet

_SIDES = {"inputs": "Inputs", "outputs": "Outputs"}


def layer_info_json(tables: TableSet) -> str:
    """Return ``{"Layers": [..], "Bindings": [], "Source": "build log"}`` of the last engine in the log."""
    engine = tables.engine_layers["engine"].max()
    rows = tables.engine_layers.filter(engine=engine) if engine is not None else tables.engine_layers
    layers: list[dict[str, Any]] = []
    for row in rows.iter_rows(named=True):
        layer: dict[str, Any] = {"Name": row["name"], "LayerType": row["layer_type"]}
        for side, key in _SIDES.items():
            layer[key] = [_tensor(tensor) for tensor in row[side]]
        if row["kernel_source"] == "layer_info":
            layer["TacticName"] = row["kernel"]
        if row["tactic"] is not None:
            layer["TacticValue"] = row["tactic"]
        layer["Metadata"] = "\x1e".join(f"[ONNX Layer: {node}]" for node in row["onnx_nodes"])
        layers.append(layer)
    return json.dumps({"Layers": layers, "Bindings": [], "Source": "build log"}, indent=1) + "\n"


def _tensor(tensor: dict[str, Any]) -> dict[str, Any]:
    dims = [-1 if dim == "-1" else dim if (size := whole(dim)) is None else size for dim in tensor["dims"]]
    return {
        "Name": tensor["name"],
        "Dimensions": dims,
        "Datatype": tensor["dtype"],
        "Format": tensor["format"],
    }
