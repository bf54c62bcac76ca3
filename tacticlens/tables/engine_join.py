"""Engine layers -> the combination that was taken, its kernel and its time.

The printed engine names a layer, its runner and tactic; what was measured for it stands further up.
The two are joined by build, name and tactic, then by the formats of the layer's tensors. A measured
profile of the engine is preferred over the isolated time of the tactic. What stays ambiguous is null.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.tables.measured import Choice, Measured

_HASHED = 1 << 32
"""Smaller tactic ids are numbers of an implementation, larger ones stand for one kernel everywhere."""


class EngineJoin:
    """Looks up engine layers in what was measured.

    Args:
        measured: combinations and tactics.
        reformats: reformat layers that the builder added.
        layers: the engine layers that will be asked for.
    """

    def __init__(self, measured: Measured, reformats: pl.DataFrame, layers: list[dict[str, Any]]) -> None:
        self._measured = measured
        columns = ["build", "tensor", "source", "from_format", "to_format"]
        rows = reformats.select(columns).iter_rows()
        self._added = {
            (build, tensor): (source, before, after) for build, tensor, source, before, after in rows
        }
        pairs = {(layer["build"], layer["name"]) for layer in layers if layer["build"] is not None}
        self._layers = measured.layers(pairs, {layer["tactic"] for layer in layers})
        self._reformats = measured.reformats(
            {
                (build, f"{before} -> {after}")
                for (build, _), (_, before, after) in self._added.items()
                if build is not None
            }
        )
        self._kernels_by_id = measured.kernels_by_id()
        self._kernels_of_any: dict[str, set[str]] = defaultdict(set)
        for (_, tactic), kernels in self._kernels_by_id.items():
            self._kernels_of_any[tactic] |= kernels

    def join(
        self, layer: dict[str, Any], inputs: tuple[EngineTensor, ...], outputs: tuple[EngineTensor, ...]
    ) -> None:
        """Fill combination, kernel and time of one engine layer, as far as the log tells."""
        if layer["layer_type"] in {"NoOp", "Constant"}:
            layer["time_ms"], layer["time_source"] = 0.0, "none"
            return
        choice = self._choose(layer, inputs, outputs)
        if choice is not None:
            layer["combination"] = choice.combination
            time = self._time(choice, layer)
            if time is not None:
                layer["time_ms"], layer["time_source"] = time, "tactic"
        if layer["kernel"] is None:
            kernel = self._kernel(choice, layer)
            if kernel is not None:
                layer["kernel"], layer["kernel_source"] = kernel, "log"

    def _choose(
        self, layer: dict[str, Any], inputs: tuple[EngineTensor, ...], outputs: tuple[EngineTensor, ...]
    ) -> Choice | None:
        if layer["layer_type"] == "Reformat":
            return self._reformat(layer, outputs)
        choices = self._layers.get((layer["build"], layer["name"]), [])
        same = [c for c in choices if c.tactic == layer["tactic"] and c.runner == layer["layer_type"]]
        same = same or [c for c in choices if c.tactic == layer["tactic"]]
        if len(same) > 1:
            same = [c for c in same if _fits(c.formats, inputs, outputs)] or same
        if len(same) > 1:
            same = [c for c in same if self._enters(layer, inputs, c)] or same
        return same[0] if len(same) == 1 or len({(c.time_ms, c.formats) for c in same}) == 1 else None

    def _enters(self, layer: dict[str, Any], inputs: tuple[EngineTensor, ...], choice: Choice) -> bool:
        """Tell whether the formats that reformats give the inputs are those of the choice."""
        added = [self._added.get((layer["build"], tensor.name)) for tensor in inputs]
        return any(a is not None for a in added) and all(
            a is None or a[2] in (choice.formats or "") for a in added
        )

    def _reformat(self, layer: dict[str, Any], outputs: tuple[EngineTensor, ...]) -> Choice | None:
        for tensor in outputs:
            added = self._added.get((layer["build"], tensor.name))
            if added is None:
                continue
            source, before, after = added
            tried = self._reformats.get((layer["build"], f"{before} -> {after}"), [])
            named = [c for c in tried if f"({source} ->" in (c.subject or "")] or tried
            return named[-1] if named else None
        return None

    def _time(self, choice: Choice, layer: dict[str, Any]) -> float | None:
        if choice.tactic == layer["tactic"] and choice.time_ms is not None:
            return choice.time_ms
        runners = (layer["layer_type"], choice.runner, "Reformat")
        for combination in _numbers(choice) if layer["tactic"] is not None else ():
            for runner, _, time in self._measured.tries(combination, layer["tactic"]):
                if runner in runners and time is not None:
                    return time
        return None

    def _kernel(self, choice: Choice | None, layer: dict[str, Any]) -> str | None:
        tactic = layer["tactic"]
        if tactic is None:
            return None
        for combination in _numbers(choice) if choice is not None else ():
            for _, kernel, _ in self._measured.tries(combination, tactic):
                if kernel is not None:
                    return kernel
        found = self._kernels_by_id.get((layer["layer_type"], tactic), set())
        if (
            not found and int(tactic, 16) >= _HASHED
        ):  # TRT 7 prints a kernel group where later versions print the runner
            found = self._kernels_of_any.get(tactic, set())
        return next(iter(found)) if len(found) == 1 else None


def _numbers(choice: Choice) -> list[int]:
    return [c for c in (choice.combination, choice.origin) if c is not None]


def _shape(dtype: str | None, width: int | None) -> tuple[str | None, int]:
    return dtype, width or 1


def _width(tensor: EngineTensor) -> int | None:
    widths = (dim.partition(":")[2] for dim in tensor.dims)
    return next((int(width) for width in widths if width.isdecimal() and len(width) < 10), None)


def _fits(formats: str | None, inputs: tuple[EngineTensor, ...], outputs: tuple[EngineTensor, ...]) -> bool:
    """Tell whether the types and vector widths of a combination are those of the engine's tensors."""
    parsed = parse_formats(formats) if formats else None
    if parsed is None:
        return False
    for side, tensors in zip(parsed, (inputs, outputs), strict=True):
        if len(side) != len(tensors):
            return False
        for printed, tensor in zip(side, tensors, strict=True):
            if _shape(printed.dtype, printed.vector_width) != _shape(tensor.dtype, _width(tensor)):
                return False
    return True


def share_twins(layers: list[dict[str, Any]]) -> None:
    """Give a layer without a time that of its twin: same type, tactic and tensors, measured once.

    TensorRT measures layers with equal parameters once; up to 8.5 the log does not say for which
    other layer the measurement stands.
    """
    measured: dict[tuple[Any, ...], dict[str, Any]] = {}
    sides: dict[int, tuple[Any, ...]] = {}  # by object: layers of equal texts have the same tensors
    for layer in layers:
        if layer["time_source"] == "tactic" and layer["layer_type"] not in {"Myelin", "Reformat"}:
            measured.setdefault(_likeness(layer, sides), layer)
    for layer in layers:
        if layer["time_source"] == "none" and layer["layer_type"] not in {
            "NoOp",
            "Constant",
            "Myelin",
            "Reformat",
        }:
            twin = measured.get(_likeness(layer, sides))
            if twin is not None:
                layer["time_ms"], layer["time_source"] = twin["time_ms"], "twin"
                layer["combination"] = layer["combination"] or twin["combination"]
                if layer["kernel"] is None and twin["kernel"] is not None:
                    layer["kernel"], layer["kernel_source"] = twin["kernel"], twin["kernel_source"]


def _likeness(layer: dict[str, Any], sides: dict[int, tuple[Any, ...]]) -> tuple[Any, ...]:
    likeness = [layer["engine"], layer["layer_type"], layer["tactic"]]
    for side in ("inputs", "outputs"):
        tensors = layer[side]
        if id(tensors) not in sides:
            sides[id(tensors)] = tuple((tensor.dtype, tensor.dims) for tensor in tensors)
        likeness.append(sides[id(tensors)])
    return tuple(likeness)
