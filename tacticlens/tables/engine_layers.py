"""Printed lists of engine layers -> one row per layer of each engine.

The builder prints an engine short or detailed, and ``--dumpLayerInfo`` prints it again: the lists of one
engine are merged by layer name. A short list has one line per fused region, a detailed one may list the
region's kernels instead; the region keeps its line where no list opens it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from tacticlens.assemble.engine import BuildOfEngine, PrintedLayer, PrintedList
from tacticlens.assemble.state import tactic_id
from tacticlens.grammar.engine_layer import EngineTensor, parse_detail, parse_tensors
from tacticlens.grammar.layer_name import onnx_nodes, split_profile, without_profile
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.nested import column, shared_column
from tacticlens.tables.schema import TABLES

_FAR_APART = 100_000
"""Lists without a build print different engines if more lines than this lie between them."""


class MergedLayer(NamedTuple):
    """One engine layer, merged from the forms in which it was printed."""

    name: str
    profile: int | None
    line: int
    layer_type: str | None = None
    tactic: str | None = None
    kernel: str | None = None
    inputs: tuple[EngineTensor, ...] = ()
    outputs: tuple[EngineTensor, ...] = ()
    nodes: tuple[str, ...] | None = None


class Engine(NamedTuple):
    """The layers of one engine, and the builds that it may be made of."""

    builds: tuple[BuildOfEngine, ...]
    number: int | None
    line: int
    detailed: bool
    layers: tuple[MergedLayer, ...]


def _with_form(known: MergedLayer, printed: PrintedLayer) -> MergedLayer:
    """Return the layer, completed from another printed form of it."""
    tactic = known.tactic or printed.tactic
    kernel, nodes, sides = known.kernel, known.nodes, (known.inputs, known.outputs)
    if printed.tensors is not None and not any(sides):
        sides = parse_tensors(printed.tensors) or sides
    detail = parse_detail(printed.detail) if printed.detail is not None else None
    if detail is not None:
        kernel = kernel or detail.kernel
        tactic = tactic or (tactic_id(detail.tactic) if detail.tactic else None)
        if detail.onnx_nodes is not None:  # empty metadata counts: the kernel is of no node
            nodes = nodes or detail.onnx_nodes
        if not any(sides) or any(tensor.format for tensor in (*detail.inputs, *detail.outputs)):
            sides = detail.inputs, detail.outputs
    return MergedLayer(
        known.name, known.profile, known.line, known.layer_type or printed.layer_type, tactic, kernel, *sides, nodes
    )  # fmt: skip


def _alone(printed: PrintedLayer) -> MergedLayer:
    name, profile = split_profile(printed.name)
    if profile is None and printed.detail is not None:
        profile = split_profile(printed.detail.split("TacticName", 1)[0])[1]  # its tensors may name it
    return _with_form(MergedLayer(name, profile, printed.line), printed)


def _same_engine(engine: Engine, printed: PrintedList) -> bool:
    """Tell whether a list prints an engine again: same builds, mostly the same names, no differing tactic."""
    if (engine.number, engine.builds) != (printed.engine, printed.builds):
        return False
    if not engine.builds and printed.line - engine.line > _FAR_APART:
        return False
    names = {layer.name for layer in engine.layers}
    again = [without_profile(layer.name) for layer in printed.layers]
    tactics = {(layer.name, layer.tactic) for layer in engine.layers}
    known = {name for name, tactic in tactics if tactic is not None}
    if any(
        name in known and layer.tactic is not None and (name, layer.tactic) not in tactics
        for name, layer in zip(again, printed.layers, strict=True)
    ):
        return False
    return bool(again) and (sum(name in names for name in again) * 2 >= min(len(again), len(names)))


def _printed_again(engine: Engine, printed: PrintedList) -> Engine:
    """Return the engine, completed from another list of its layers."""
    layers = list(engine.layers)
    places: dict[str, list[int]] = defaultdict(list)
    for at, layer in enumerate(layers):
        places[layer.name].append(at)
    extra: list[MergedLayer] = []
    again: set[int] = set()
    for form in printed.layers:
        alone = _alone(form)
        known = places.get(alone.name)
        if known:
            at = known.pop(0)
            layers[at] = _with_form(layers[at], form)
            again.add(at)
        else:
            extra.append(alone)
    if engine.detailed:
        extra = []
    elif extra and printed.detailed:
        # the detailed form lists the kernels of fused regions: they replace the region's line
        layers = [layer for at, layer in enumerate(layers) if at in again or not _is_region(layer)]
    return engine._replace(layers=(*layers, *extra))


def _is_region(layer: MergedLayer) -> bool:
    return layer.layer_type == "Myelin" or "{ForeignNode[" in layer.name


def merge(lists: Iterable[PrintedList]) -> list[Engine]:
    """Merge the printed lists into engines."""
    engines: list[Engine] = []
    for printed in lists:
        if not printed.layers:
            continue
        if engines and _same_engine(engines[-1], printed):
            engines[-1] = _printed_again(engines[-1], printed)
        else:
            layers = tuple(map(_alone, printed.layers))
            engines.append(Engine(printed.builds, printed.engine, printed.line, printed.detailed, layers))
    return engines


def _build_of(engine: Engine, profile: int | None) -> int | None:
    """Return the build of a layer, which is that of its optimization profile."""
    if not engine.builds:
        return None
    if len(engine.builds) == 1:
        return engine.builds[0].build
    return next((b.build for b in engine.builds if b.profile == (profile or 0)), engine.builds[0].build)


def _profiles(layers: Sequence[MergedLayer]) -> list[int | None]:
    """Return the profile of each layer; kernels of a fused region share the one that any of them names."""
    shown = {
        _region(layer.name): layer.profile for layer in layers if layer.profile is not None and _region(layer.name)
    }  # fmt: skip
    return [shown.get(_region(layer.name)) if layer.profile is None else layer.profile for layer in layers]


def _region(name: str) -> str | None:
    at = name.rfind("_myl")
    return name[at + 1 :].split("_", 1)[0] if at >= 0 else None


def engine_rows(lists: Iterable[PrintedList]) -> Iterator[EngineRow]:
    """Yield the engine layers as printed."""
    yield from (
        EngineRow(
            engine=engine.number, build=_build_of(engine, profile), position=position, name=layer.name,
            layer_type=layer.layer_type, tactic=layer.tactic, kernel=layer.kernel,
            kernel_source="layer_info" if layer.kernel else "none", inputs=layer.inputs, outputs=layer.outputs,
            onnx_nodes=onnx_nodes(layer.name) if layer.nodes is None else layer.nodes, line=layer.line,
        )
        for engine in merge(lists)
        for position, (layer, profile) in enumerate(
            zip(engine.layers, _profiles(engine.layers), strict=True), 1
        )
    )  # fmt: skip


def engine_layers_frame(rows: Iterable[EngineRow]) -> pl.DataFrame:
    """Return the rows as a frame of the schema."""
    return layers_frame(dict(zip(EngineRow._fields, zip(*rows, strict=True), strict=False)))


def layers_frame(columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    """Return columns of engine layers as a frame of the schema; missing columns are null."""
    rows = max(map(len, columns.values()), default=0)
    return pl.DataFrame({
        name: (shared_column if name in {"inputs", "outputs"} else column)(columns.get(name, [None] * rows), dtype)
        for name, dtype in TABLES["engine_layers"].items()
    }).with_columns(
        pl.coalesce("time_ms", "low_ms").alias("low_ms"), pl.coalesce("time_ms", "high_ms").alias("high_ms")
    )  # fmt: skip
