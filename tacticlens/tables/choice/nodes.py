"""The problem of one log: a node per engine layer, with the combinations that its tactic leaves."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.tables.choice.model import Fixed, Node, RequestedLayout, TensorKey, format_key
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.measured import AddedReformat, Choice

IDLE = frozenset({"NoOp", "Constant"})
_ALIKE_ONLY_BY_NAME = frozenset({"Myelin"})
BETWEEN_FORMATS = "Reformatting CopyNode"
"""Prefix of the names of reformats between two formats; the list of added reformats has what they convert."""
MOST_ALIKE = 32
"""Beyond this number the combinations of look-alikes decide nothing, and their lists grow with the square."""

Likeness = tuple[Any, ...]


class Option(NamedTuple):
    """One combination that an engine layer may have.

    Attributes:
        choice: the combination.
        own: it was tried for this layer; else for one with equal type, tactic and tensors.
    """

    choice: Choice
    own: bool


class Likenesses:
    """Keys by which engine layers look alike: engine, type, tactic, and types and dimensions of the tensors."""

    def __init__(self) -> None:
        self._sides: dict[int, tuple[tuple[EngineTensor, ...], tuple[Any, ...]]] = {}

    def of(self, layer: EngineRow) -> Likeness:
        """Return the likeness of a row."""
        return (
            layer.engine,
            layer.layer_type,
            layer.tactic,
            self._side(layer.inputs),
            self._side(layer.outputs),
        )

    def _side(self, tensors: tuple[EngineTensor, ...]) -> tuple[Any, ...]:
        # by id: layers of equal texts share their tensors; keeping the object keeps its id
        known = self._sides.get(id(tensors))
        if known is None:
            known = self._sides[id(tensors)] = (
                tensors,
                tuple((tensor.dtype, tensor.dims, tensor.format) for tensor in tensors),
            )
        return known[1]


def left_by_tactic(layer: EngineRow, choices: Iterable[Choice]) -> list[Choice]:
    """Return the combinations that a layer's printed tactic leaves.

    A combination that another tactic won is out, and one without a valid tactic. One that repeats a measurement,
    and whose winner the log therefore does not print, stays.
    """
    able = [choice for choice in choices if choice.result != "no_tactic"]
    if layer.tactic is None:
        return able
    same = [choice for choice in able if choice.tactic == layer.tactic]
    own = [choice for choice in same if choice.runner == layer.layer_type]
    chosen = {choice.combination for choice in own or same}
    return [choice for choice in able if choice.tactic is None or choice.combination in chosen]


def options_of(
    layers: Sequence[EngineRow],
    tried: Mapping[tuple[int | None, str], list[Choice]],
    likenesses: Likenesses,
) -> list[list[Option]]:
    """Return for each layer the combinations that it may have.

    The builder does not cost a layer that equals one it has costed: it may have what its look-alikes have.

    Args:
        layers: rows of engine layers.
        tried: combinations by build and name of their layer.
        likenesses: keys of look-alike layers.
    """
    found = [
        [Option(choice, own=True) for choice in left_by_tactic(layer, tried.get((layer.build, layer.name), ()))]
        for layer in layers
    ]  # fmt: skip
    sources: dict[Likeness, dict[tuple[Any, ...], Option]] = {}
    for layer, options in zip(layers, found, strict=True):
        if layer.layer_type in IDLE | _ALIKE_ONLY_BY_NAME:
            continue
        for option in options:
            if option.choice.tactic is not None:
                there = sources.setdefault(likenesses.of(layer), {})
                there.setdefault(
                    (option.choice.formats, option.choice.time_ms), Option(option.choice, own=False)
                )
    for at, layer in enumerate(layers):
        costed = (layer.build, layer.name) in tried
        if layer.tactic is None or costed or layer.layer_type in IDLE | _ALIKE_ONLY_BY_NAME:
            continue
        if layer.name.startswith(BETWEEN_FORMATS):
            continue
        alike = sources.get(likenesses.of(layer), {})
        if len(alike) <= MOST_ALIKE:
            found[at] = list(alike.values())
    return found


def nodes_of(layers: Sequence[EngineRow], options: list[list[Option]]) -> list[Node]:
    """Return the nodes of engine layers."""
    return [
        Node(
            layer.engine,
            layer.build,
            layer.inputs,
            layer.outputs,
            [parse_formats(o.choice.formats) if o.choice.formats else None for o in own],
            layer.line,
        )
        for layer, own in zip(layers, options, strict=True)
    ]


def fixed_by_reformats(nodes: Iterable[Node], reformats: Iterable[AddedReformat]) -> dict[TensorKey, Fixed]:
    """Return the formats that added reformats prove for the tensors at their two ends."""
    engines = {(node.build, tensor.name): node.engine for node in nodes for tensor in node.tensors}
    fixed: dict[TensorKey, Fixed] = {}
    for build, tensor, source, before, after, line in reformats:
        parsed = parse_formats(f"{before} -> {after}")
        if parsed is None or len(parsed[0]) != 1 or len(parsed[1]) != 1:
            continue
        begin, end = format_key(parsed[0][0]), format_key(parsed[1][0])
        # "Reformatted Input Tensor" is what the layer reads, "Reformatted Output Tensor" what it writes
        written = "Output Tensor" in tensor[: len("Reformatted Output Tensor")]
        for name, format_ in ((tensor, begin if written else end), (source, end if written else begin)):
            if name is not None and (build, name) in engines:
                fixed[engines[build, name], build, name] = Fixed(format_, line)
    return fixed


class RequestedLayouts(NamedTuple):
    """The layouts that trtexec's options set for network inputs and outputs, per run.

    Attributes:
        inputs, outputs: the line where the run's options begin, and the layout; None if there are several.
    """

    inputs: list[tuple[int, RequestedLayout | None]]
    outputs: list[tuple[int, RequestedLayout | None]]


def requested_layouts(options: pl.DataFrame) -> RequestedLayouts:
    """Return the layouts in the rows of the table `options`."""
    return RequestedLayouts(_layouts(options, "Input(s)"), _layouts(options, "Output(s)"))


def requested_of_network(
    nodes: Iterable[Node], layouts: RequestedLayouts
) -> dict[TensorKey, RequestedLayout]:
    """Return the layouts that trtexec's options set for an engine's network inputs and outputs.

    A network input is a tensor that no layer of the engine writes, an output one that none reads. If the options
    name several layouts for inputs, none is assigned: the log does not tell which belongs to which.
    """
    if not any(layouts):
        return {}
    ends: dict[TensorKey, tuple[set[int], int]] = {}
    for node in nodes:
        for side, tensors in enumerate((node.inputs, node.outputs)):
            for tensor in tensors:
                ends.setdefault(node.key(tensor), (set(), node.line or 0))[0].add(side)
    found = {}
    for key, (sides, line) in ends.items():
        if len(sides) == 1:
            layout = _last_before(layouts.outputs if 1 in sides else layouts.inputs, line)
            if layout is not None:
                found[key] = layout
    return found


def _layouts(options: pl.DataFrame, side: str) -> list[tuple[int, RequestedLayout | None]]:
    rows = options.filter(pl.col("key").is_in([side, f"{side}s format"]), pl.col("value").is_not_null())
    runs: dict[int | None, list[RequestedLayout]] = {}
    for run, value, line in rows.select("run", "value", "line").iter_rows():
        runs.setdefault(run, []).append(RequestedLayout(value.lower(), line))
    return [
        (requests[0].line or 0, requests[0] if len({one.layout for one in requests}) == 1 else None)
        for requests in runs.values()
    ]


def _last_before(runs: list[tuple[int, RequestedLayout | None]], line: int) -> RequestedLayout | None:
    at = bisect(runs, line, key=lambda run: run[0])
    return runs[at - 1][1] if at else None
