"""JSON that trtexec exports, TensorRT 7 to 11: layers, profile, times."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tacticlens.assemble.state import tactic_id
from tacticlens.errors.files import FileKind, unreadable, wrong_file
from tacticlens.grammar.engine_layer import EngineTensor, described_tensor, onnx_tags
from tacticlens.grammar.layer_name import without_profile
from tacticlens.join.model import FileLayer, FileProfile, SideFile

_MEASURED = {
    "computeMs": "GPU Compute Time", "latencyMs": "Latency", "h2dMs": "H2D Latency", "d2hMs": "D2H Latency",
    "inMs": "H2D Latency", "outMs": "D2H Latency",
}  # fmt: skip
"""Key of ``--exportTimes`` (7 says in and out) -> metric of trtexec's summary."""
_NAME = re.compile(r'("name" : ")(.*)(", "timeMs" : )')
_TACTIC = re.compile(r"0x[0-9a-fA-F]{1,16}|-?\d{1,20}")


def parse_json(text: str, source: str, kind: FileKind) -> Any:
    """Return parsed JSON; control characters inside texts are taken as they are.

    Raises:
        UsageError: it is no JSON, or nested beyond reason.
    """
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise unreadable(source, kind, str(error)[:80]) from None


def layers_file(text: str, source: str) -> SideFile:
    """Return the layers that ``--exportLayerInfo`` or the engine inspector wrote, as objects or names.

    Raises:
        UsageError: the text is something else.
    """
    data = parse_json(text, source, "layers")
    rows = data.get("Layers") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise wrong_file(source, "layers", "layers")
    layers = tuple(
        _layer(row) for row in rows if isinstance(row, str) or (isinstance(row, dict) and row.get("Name"))
    )
    return SideFile("layers", source, layers=layers)


def of_the_log_itself(text: str) -> bool:
    """Tell whether layer information was made from the log, as ``record`` does without a GPU."""
    return '"Source": "build log"' in text[-200:]


def _layer(row: str | dict[str, Any]) -> FileLayer:
    if isinstance(row, str):
        return FileLayer(without_profile(row))
    tactic = row.get("TacticValue")
    nodes = row.get("Metadata")
    return FileLayer(
        name=without_profile(str(row["Name"])),
        layer_type=_text(row.get("LayerType")),
        tactic=tactic_id(str(tactic)) if tactic is not None and _TACTIC.fullmatch(str(tactic)) else None,
        kernel=_text(row.get("TacticName")),
        inputs=_tensors(row.get("Inputs")),
        outputs=_tensors(row.get("Outputs")),
        onnx_nodes=onnx_tags(nodes) if isinstance(nodes, str) else None,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _tensors(rows: Any) -> tuple[EngineTensor, ...]:
    if not isinstance(rows, list):
        return ()
    return tuple(
        described_tensor(
            str(row.get("Name", "")), _dims(row.get("Dimensions")), _text(row.get("Datatype")),
            _text(row.get("Format") or row.get("Format/Datatype")),
        )
        for row in rows if isinstance(row, dict)
    )  # fmt: skip


def _dims(value: Any) -> tuple[str, ...]:
    return tuple(str(dim) for dim in value) if isinstance(value, list) else ()


def profile_file(text: str, source: str) -> SideFile:
    """Return the rows of ``--exportProfile``; trtexec writes names without escapes.

    Raises:
        UsageError: the text is something else.
    """
    escaped = _NAME.sub(lambda found: found[1] + json.dumps(found[2])[1:-1] + found[3], text)
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        data = parse_json(escaped, source, "profile")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise wrong_file(source, "profile", "rows")
    count = next((row["count"] for row in data if isinstance(row.get("count"), int)), None)
    rows = tuple(
        FileProfile(
            without_profile(row["name"]), _number(row.get("timeMs")), _number(row.get("averageMs")),
            _number(row.get("medianMs")), _number(row.get("percentage")),
        )
        for row in data if isinstance(row.get("name"), str)
    )  # fmt: skip
    if not rows:
        raise wrong_file(source, "profile", "names")
    return SideFile("profile", source, iterations=count, profile=rows)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def times_file(text: str, source: str) -> SideFile:
    """Return the measured times of ``--exportTimes``, in ms.

    Raises:
        UsageError: the text is something else.
    """
    data = parse_json(text, source, "times")
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    times = []
    for key, metric in _MEASURED.items():
        values = tuple(value for row in rows if (value := _number(row.get(key))) is not None)
        if values:
            times.append((metric, values))
    if not times:
        raise wrong_file(source, "times", "times")
    return SideFile("times", source, times=tuple(times))
