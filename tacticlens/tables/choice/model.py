"""The values of the problem: layers, what each may have taken, and why a combination cannot be it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.tensor_format import Formats, TensorFormat

Code = Literal["none", "printed", "strided", "reformat", "network", "neighbour"]
"""Why a combination is not the engine's; none if it may be. Types, vector widths or layout are not the printed
ones; its tensor is a part of a larger one; a reformat has another format there; the format asked for a network input
or output; the layer at the other end of the tensor."""

TensorKey = tuple[int | None, int | None, str]
"""Engine, build and name of a tensor."""


class FormatKey(NamedTuple):
    """A format ready to compare: strides that are expressions are all one, for two layers may write one unlike."""

    dtype: str
    strides: tuple[str, ...]
    vector_width: int | None
    vector_dim: int | None


SYMBOLIC = "?"


def format_key(printed: TensorFormat) -> FormatKey:
    """Return the key of a printed format."""
    strides = tuple(stride if stride.isdecimal() else SYMBOLIC for stride in printed.strides)
    return FormatKey(printed.dtype, strides, printed.vector_width, printed.vector_dim)


class Out(NamedTuple):
    """Why a combination cannot be the engine's.

    Attributes:
        code: the kind of evidence.
        tensor: the tensor that shows it; None if it is not about one.
        line: line of the log with the evidence.
    """

    code: Code
    tensor: str | None
    line: int | None


@dataclass
class Node:
    """One engine layer and the combinations that its tactic leaves.

    Attributes:
        engine: number of its engine; None for an engine that no build made.
        build: number of its build.
        inputs: its tensors as the engine prints them.
        outputs: its tensors as the engine prints them.
        options: formats of each combination; None where the log prints none.
        line: line of the layer in the engine; None = it is from a file beside the log.
        out: per option why it cannot be; None while it can.
    """

    engine: int | None
    build: int | None
    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    options: list[Formats | None]
    line: int | None
    out: list[Out | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.out:
            self.out = [None] * len(self.options)

    @property
    def comparable(self) -> bool:
        """Tell whether each combination has a format for each printed tensor."""
        return bool(self.options) and all(
            option is not None and len(option[0]) == len(self.inputs) and len(option[1]) == len(self.outputs)
            for option in self.options
        )

    @property
    def left(self) -> list[int]:
        """Return the options that can still be the engine's."""
        return [number for number, out in enumerate(self.out) if out is None]

    @property
    def tensors(self) -> tuple[EngineTensor, ...]:
        """Return inputs and outputs."""
        return (*self.inputs, *self.outputs)

    def key(self, tensor: EngineTensor) -> TensorKey:
        """Return the key of one of its tensors."""
        return self.engine, self.build, tensor.name

    def formats(self, option: int) -> tuple[TensorFormat, ...]:
        """Return the formats of an option, in the order of `tensors`."""
        formats = self.options[option]
        return () if formats is None else (*formats[0], *formats[1])


class Fixed(NamedTuple):
    """A format that the log gives for one tensor."""

    format: FormatKey
    line: int | None


class RequestedLayout(NamedTuple):
    """A layout that the command line asks of network inputs or outputs, as trtexec spells it, and its line."""

    layout: str
    line: int | None
