"""What a format combination costs beside the layer's own time: reformats to and from its neighbours.

The builder times reformats of every tensor between the formats that its layers offer. With the formats
that the neighbours have in the engine, the reformats that another combination would need can be added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.tables.table_set import TableSet

Side = Literal["into", "out of"]
Format = tuple[str, tuple[str, ...], int | None]
"""Type, strides and vector width of one tensor; what is printed may differ where a stride is symbolic."""


@dataclass(frozen=True)
class Reformat:
    """A reformat beside a layer.

    Attributes:
        side: into or out of the layer.
        number: number of the input or output, from 0.
        tensor: the tensor between the layer and its neighbour; None if the log does not say.
        formats: from -> to, as printed where it was measured, else as far as known.
        time_ms: what the builder measured for it; None if it did not.
        exact: measured for this tensor; else for another of equal formats.
        combination: where it was measured.
        line: line of the measurement; None if there is none.
    """

    side: Side
    number: int
    tensor: str | None
    formats: str
    time_ms: float | None
    exact: bool
    combination: int | None
    line: int | None


@dataclass(frozen=True)
class _Neighbour:
    """What stands on the other side of a tensor, in which format."""

    side: Side
    number: int
    tensor: str
    format: Format
    free: Format | None = None
    """Format of the layer that it has without work: the engine erased the reformat (NoOp)."""


def formats_of(structs: list[dict[str, Any]] | None) -> tuple[Format, ...] | None:
    """Return the formats of one side of a combination, ready to compare."""
    if structs is None:
        return None
    return tuple((item["dtype"], tuple(item["strides"]), item["vector_width"]) for item in structs)


class BuildFormats:
    """What one build shows of formats: the reformats that were added to it, and those that were measured.

    Made once for all layers of a build.
    """

    def __init__(self, tables: TableSet, build: int | None) -> None:
        added = tables["reformats"].filter(pl.col("build").eq_missing(build))
        self.added = {row["tensor"]: row for row in added.iter_rows(named=True)}
        self.sides = {tensor: _sides(row) for tensor, row in self.added.items()}
        self.after: dict[str, set[Format | None]] = {}
        """Formats that reformats make of a tensor."""
        for tensor, row in self.added.items():
            self.after.setdefault(row["source"], set()).add(self.sides[tensor][1])
        measured = tables["combinations"].filter(
            pl.col("build").eq_missing(build), pl.col("purpose") == "reformat"
        )
        self.printed: dict[Format, str] = {}
        self.measured: dict[tuple[Format, Format], list[dict[str, Any]]] = {}
        for row in measured.iter_rows(named=True):
            before, after = formats_of(row["inputs"]), formats_of(row["outputs"])
            if before and after:
                self.measured.setdefault((before[0], after[0]), []).append(row)
        engine = tables["engine_layers"].filter(pl.col("build").eq_missing(build))
        erased = engine.filter(pl.col("layer_type") == "NoOp")["outputs"].explode().struct.field("name")
        self.erased = set(erased.drop_nulls().to_list())
        working = engine.filter(pl.col("layer_type").ne_missing("Reformat"))
        read = working["inputs"].explode().struct.field("name")
        self.read_directly = set(read.drop_nulls().to_list())
        """Tensors that a layer other than a reformat reads."""


class Neighbours:
    """The neighbours of one engine layer, and the reformats that the builder measured.

    Args:
        formats: what the layer's build shows of formats.
        layer: row of the engine layer; None if the log prints no engine or the layer is not in it.
        taken: row of the combination that was taken; None if not known.
    """

    def __init__(
        self, formats: BuildFormats, layer: dict[str, Any] | None, taken: dict[str, Any] | None
    ) -> None:  # fmt: skip
        self._formats = formats
        self._neighbours = list(self._around(layer, taken)) if layer and taken else []

    @property
    def known(self) -> bool:
        """Tell whether the formats of the neighbours are known."""
        return bool(self._neighbours)

    def _around(self, layer: dict[str, Any], taken: dict[str, Any]) -> Iterator[_Neighbour]:
        inputs, outputs = self._read(taken)
        if inputs is None or outputs is None:
            return
        if len(inputs) != len(layer["inputs"]) or len(outputs) != len(layer["outputs"]):
            return
        for number, (tensor, own) in enumerate(zip(layer["inputs"], inputs, strict=True)):
            added = self._formats.added.get(tensor["name"])
            source = self._formats.sides[tensor["name"]][0] if added is not None else own
            if source is not None:
                free = own if tensor["name"] in self._formats.erased else None
                yield _Neighbour("into", number, (added and added["source"]) or tensor["name"], source, free)
        for number, (tensor, own) in enumerate(zip(layer["outputs"], outputs, strict=True)):
            yield from self._after(number, tensor["name"], own)

    def _after(self, number: int, tensor: str, own: Format) -> Iterator[_Neighbour]:
        added = self._formats.added.get(tensor)
        if added is not None:
            after = self._formats.sides[tensor][1]
            if after is not None:
                yield _Neighbour("out of", number, added["source"] or tensor, after)
            return
        wanted = set(self._formats.after.get(tensor, ()))
        if tensor in self._formats.read_directly or not wanted:
            wanted.add(own)
        for format_ in sorted((f for f in wanted if f is not None), key=str):
            yield _Neighbour("out of", number, tensor, format_)

    def needed(self, combination: dict[str, Any]) -> tuple[Reformat, ...]:
        """Return the reformats that a combination needs between the neighbours as they are in the engine."""
        inputs, outputs = self._read(combination)
        sides = {"into": inputs or (), "out of": outputs or ()}
        found = []
        for beside in self._neighbours:
            own = sides[beside.side]
            if beside.number >= len(own) or own[beside.number] in (beside.format, beside.free):
                continue
            pair = (beside.format, own[beside.number])
            if beside.side == "out of":
                pair = (pair[1], pair[0])
            found.append(self._cost(beside, pair))
        return tuple(found)

    def _read(
        self, combination: dict[str, Any]
    ) -> tuple[tuple[Format, ...] | None, tuple[Format, ...] | None]:
        """Return the formats of a combination, and remember how each is printed."""
        inputs, outputs = formats_of(combination["inputs"]), formats_of(combination["outputs"])
        texts = _tensors(combination["formats"] or "")
        if inputs is not None and outputs is not None and len(texts) == len(inputs) + len(outputs):
            self._formats.printed.update(zip((*inputs, *outputs), texts, strict=True))
        return inputs, outputs

    def _cost(self, beside: _Neighbour, pair: tuple[Format, Format]) -> Reformat:
        tried = self._formats.measured.get(pair, [])
        names = (f"({beside.tensor} ->", f"-> {beside.tensor})")
        same = [row for row in tried if any(name in (row["subject"] or "") for name in names)]
        row = next((row for row in [*same, *tried] if row["time_ms"] is not None), None)
        if row is None:
            text = " -> ".join(self._formats.printed.get(format_) or _text(format_) for format_ in pair)
            return Reformat(beside.side, beside.number, beside.tensor, text, None, False, None, None)
        where = row["combination"], row["line"]
        return Reformat(
            beside.side, beside.number, beside.tensor, row["formats"], row["time_ms"], row in same, *where
        )


def _sides(added: dict[str, Any]) -> tuple[Format | None, Format | None]:
    """Return the formats before and after a reformat layer."""
    parsed = parse_formats(f"{added['from_format']} -> {added['to_format']}")
    if parsed is None or not parsed[0] or not parsed[1]:
        return None, None
    before, after = parsed[0][0], parsed[1][0]
    return (before.dtype, before.strides, before.vector_width), (
        after.dtype,
        after.strides,
        after.vector_width,
    )


def _tensors(formats: str) -> list[str]:
    """Cut a printed combination into its tensors: at the arrow and at commas outside of brackets."""
    parts, depth, begin = [], 0, 0
    text = formats.replace(" -> ", ", ")
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return [part for part in (*parts, text[begin:].strip()) if part]


def _text(format_: Format) -> str:
    dtype, strides, width = format_
    return f"{dtype}({','.join(strides)})" + (f":{width}" if width else "")
