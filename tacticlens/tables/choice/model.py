"""The values of the problem: layers, their possible combinations, and why one is excluded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.tensor_format import Formats, TensorFormat

Code = Literal["none", "printed", "strided", "reformat", "network", "neighbour"]
"""Why a combination is not the engine's. none: it may be. printed: types, vector widths or layout differ from the
printed ones. strided: its tensor is a part of a larger one. reformat: an added reformat has another format there.
network: another format was requested for the network input or output. neighbour: no combination of the layer at the
other end of the tensor has the format."""

TensorKey = tuple[int | None, int | None, str]
"""Engine, build and name of a tensor."""


class FormatKey(NamedTuple):
    """A format ready to compare: symbolic strides count as equal, for two layers may spell one differently."""

    dtype: str
    strides: tuple[str, ...]
    vector_width: int | None
    vector_dim: int | None


SYMBOLIC = "?"


def format_key(printed: TensorFormat) -> FormatKey:
    """Return the key of a printed format."""
    strides = tuple(stride if stride.isdecimal() else SYMBOLIC for stride in printed.strides)
    return FormatKey(printed.dtype, strides, printed.vector_width, printed.vector_dim)


class Exclusion(NamedTuple):
    """Why a combination cannot be the engine's.

    Attributes:
        code: the kind of evidence.
        tensor: the tensor that it is about, if any.
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
        line: line of the layer in the engine; None = from a file beside the log.
        out: per option why it is excluded; None while it is not.
    """

    engine: int | None
    build: int | None
    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    options: list[Formats | None]
    line: int | None
    out: list[Exclusion | None] = field(default_factory=list)

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
    """A layout that the command line sets for network inputs or outputs, in trtexec's spelling, and its line."""

    layout: str
    line: int | None
