"""An engine as a chain of layers: what each layer is, what feeds it and what it feeds.

The log prints the names of every engine layer's tensors; equal names are the edges. Layers that do
nothing (`NoOp`: a reshape or reformat without work) are looked through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import polars as pl

from tacticlens.tables.profiles import Statistic
from tacticlens.tables.shares import IDLE_FAMILIES, Shares, families_of

CONVOLUTIONS_ELSEWHERE = frozenset({"direct_conv", "fft"})
"""Convolutions that are no matrix product as they stand, and could be one."""


@dataclass(frozen=True)
class Tensor:
    """A tensor at the edge of an engine layer."""

    name: str
    dtype: str | None
    dims: tuple[str, ...]
    format: str | None

    def text(self) -> str:
        """Return type and layout as far as the log prints them."""
        shape = f"({','.join(self.dims)})" if self.dims else ""
        return f"{self.dtype or 'unknown'}{shape}" + (f" {self.format}" if self.format else "")


@dataclass(frozen=True)
class Layer:
    """One layer of the engine, as its row of `engine_layers`."""

    engine: int | None
    build: int | None
    position: int
    name: str
    layer_type: str | None
    tactic: str | None
    kernel: str | None
    time_ms: float | None
    time_source: str
    combination: int | None
    family: str
    gemm: bool
    tensor_core: str
    evidence: str | None
    line: int | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    onnx_nodes: tuple[str, ...]
    low_ms: float | None = None
    high_ms: float | None = None

    @property
    def works(self) -> bool:
        """Tell whether the layer does anything in an inference."""
        return self.family not in IDLE_FAMILIES

    @property
    def matrix(self) -> bool:
        """Tell whether the layer is a matrix product or a convolution that could be one; not a region."""
        return self.layer_type != "Myelin" and (self.gemm or self.family in CONVOLUTIONS_ELSEWHERE)

    def row(self, **more: Any) -> dict[str, Any]:
        """Return what identifies the layer among the tables, as evidence."""
        return {
            "table": "engine_layers", "engine": self.engine, "position": self.position, "name": self.name,
            "time_ms": self.time_ms, "line": self.line, **more,
        }  # fmt: skip


def _tensors(column: pl.Series) -> Iterator[tuple[Tensor, ...]]:
    """Yield the tensors of each row of a column of `engine_layers`; by columns, since rows of dicts are slow."""
    flat = column.filter(column.list.len() > 0).explode().struct.unnest()
    values = zip(*(flat[name].to_list() for name in ("name", "dtype", "dims", "format")), strict=True)
    tensors = (Tensor(name or "", dtype, tuple(dims or ()), words) for name, dtype, dims, words in values)
    for count in column.list.len().fill_null(0).to_list():
        yield tuple(islice(tensors, count))


def layers_of(rows: pl.DataFrame) -> Iterator[Layer]:
    """Yield the layers that rows of `engine_layers` describe."""
    plain = [name for name in Layer.__dataclass_fields__ if name not in {"inputs", "outputs"}]
    sides = zip(_tensors(rows["inputs"]), _tensors(rows["outputs"]), strict=True)
    for values, (inputs, outputs) in zip(rows.select(plain).iter_rows(), sides, strict=True):
        row = dict(zip(plain, values, strict=True))
        row["name"], row["onnx_nodes"] = row["name"] or "", tuple(row["onnx_nodes"] or ())
        yield Layer(**row, inputs=inputs, outputs=outputs)


Through = Callable[[Layer], bool]


def _does_nothing(layer: Layer) -> bool:
    return layer.family == "noop"


@dataclass(frozen=True)
class EngineView:
    """One engine of the log.

    Attributes:
        number: number of the engine; None for an engine that no build of the log made.
        build: the build, if the view is one optimization profile of several; else None.
        layers: in order of the engine.
        shares: how its time divides.
        parts: the parts of its time, as `tables.shares.divided` gives them.
        statistic: what the times of the profile are, where there is one.
    """

    number: int | None
    build: int | None
    layers: Sequence[Layer]
    shares: Shares
    parts: pl.DataFrame
    statistic: Statistic = "average"

    @cached_property
    def families(self) -> list[dict[str, Any]]:
        """Its time per family, longest first: family, layers, time_ms, tensor_core_ms, share."""
        return families_of(self.parts).rows(named=True)

    @property
    def time_ms(self) -> float:
        """Return the sum of the times that are known."""
        return self.shares.time_ms

    @cached_property
    def _producers(self) -> dict[tuple[int | None, str], list[Layer]]:
        return _by_tensor(self.layers, lambda layer: layer.outputs)

    @cached_property
    def _consumers(self) -> dict[tuple[int | None, str], list[Layer]]:
        return _by_tensor(self.layers, lambda layer: layer.inputs)

    def feeds(self, layer: Layer, through: Through = _does_nothing) -> list[Layer]:
        """Return the layers that take what `layer` gives, looking through those that `through` accepts."""
        taken = self._consumers
        return self._walk(
            layer, lambda at: [n for t in at.outputs for n in taken.get((at.build, t.name), ())], through
        )

    def fed_by(self, layer: Layer, through: Through = _does_nothing) -> list[Layer]:
        """Return the layers that give what `layer` takes, looking through those that `through` accepts."""
        given = self._producers
        return self._walk(
            layer, lambda at: [n for t in at.inputs for n in given.get((at.build, t.name), ())], through
        )

    def _walk(self, start: Layer, step: Callable[[Layer], list[Layer]], through: Through) -> list[Layer]:
        found: dict[int, Layer] = {}
        seen = {start.position}
        waiting = step(start)
        while waiting:
            layer = waiting.pop(0)
            if layer.position in seen:
                continue
            seen.add(layer.position)
            if through(layer):
                waiting.extend(step(layer))
            else:
                found[layer.position] = layer
        return [found[position] for position in sorted(found)]

    def leaves(self, layer: Layer) -> bool:
        """Tell whether an output of the layer is taken by no layer: it leaves the engine."""
        return any(not self._consumers.get((layer.build, tensor.name)) for tensor in layer.outputs)


def _by_tensor(
    layers: Sequence[Layer], side: Callable[[Layer], tuple[Tensor, ...]]
) -> dict[tuple[int | None, str], list[Layer]]:
    table: dict[tuple[int | None, str], list[Layer]] = defaultdict(list)
    for layer in layers:
        for tensor in side(layer):
            table[layer.build, tensor.name].append(layer)
    return dict(table)
