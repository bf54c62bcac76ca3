"""Channels filled up to a multiple, so that Tensor Core kernels fit: zeros that the result does not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tacticlens.extras import need
from tacticlens.network.edits import Rewrite

_BETWEEN = frozenset({"Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "HardSwish", "HardSigmoid", "Clip", "Identity",
                      "MaxPool", "AveragePool"})  # fmt: skip
"""Work on each channel alone, and make finite numbers of zeros."""


@dataclass(frozen=True)
class PadChannels:
    """Add output channels of zeros to a convolution, and weights of zeros to those that read them."""

    conv: str
    readers: tuple[str, ...]
    channels: int

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        gs, np = need("onnx_graphsurgeon"), need("numpy")
        for name, first in ((self.conv, 0), *((reader, 1) for reader in self.readers)):
            node = made[name]
            for at, tensor in enumerate(node.inputs[1:], 1):
                if at == 1 or first == 0:
                    axis = 0 if first == 0 else 1
                    more = [
                        (0, self.channels - size if axis == n else 0)
                        for n, size in enumerate(tensor.values.shape)
                    ]
                    node.inputs[at] = gs.Constant(
                        f"{tensor.name}_{name}_padded{axis}", np.pad(tensor.values, more)
                    )

    def code(self) -> str:
        """Return the lines."""
        return (
            f"for name, axis in {[(self.conv, 0), *((reader, 1) for reader in self.readers)]}:\n"
            "    node = made[name]\n"
            "    for at, tensor in enumerate(node.inputs[1:], 1):\n"
            "        if at == 1 or axis == 0:\n"
            f"            more = [(0, {self.channels} - size if axis == n else 0) for n, size in "
            "enumerate(tensor.values.shape)]\n"
            "            values = np.pad(tensor.values, more)\n"
            "            node.inputs[at] = gs.Constant(f'{tensor.name}_{name}_padded{axis}', values)"
        )


class Channels:
    """Looks for convolutions whose channels are no multiple.

    Args:
        graph: an onnx-graphsurgeon graph.
        multiple: of which the channels shall be.
    """

    def __init__(self, graph: Any, multiple: int) -> None:
        self._graph, self._multiple = graph, multiple
        self._top = {id(node) for node in graph.nodes}
        self._outputs = {id(tensor) for tensor in graph.outputs}

    def find(self) -> Iterator[Rewrite]:
        """Yield the rewrites that are possible now."""
        for node in self._graph.nodes:
            if not _plain(node):
                continue
            channels = node.inputs[1].values.shape[0]
            readers = self._readers(node) if channels % self._multiple else None
            if readers:
                padded = -(-channels // self._multiple) * self._multiple
                names = tuple(reader.outputs[0].name for reader in readers)
                edit = PadChannels(node.outputs[0].name, names, padded)
                about = (node.name, *(reader.name for reader in readers))
                yield Rewrite("pad_channels", about, (), (edit,))

    def _readers(self, conv: Any) -> list[Any] | None:
        """Return the convolutions that read the channels; None if something else does."""
        found: dict[int, Any] = {}
        front = [conv.outputs[0]]
        while front:
            tensor = front.pop()
            if id(tensor) in self._outputs:
                return None
            for reader in tensor.outputs:
                if id(reader) not in self._top:
                    return None
                if reader.op in _BETWEEN and len(reader.outputs) == 1 and reader.inputs[0] is tensor:
                    front.append(reader.outputs[0])
                elif _plain(reader) and reader.inputs[0] is tensor:
                    found[id(reader)] = reader
                else:
                    return None
        return list(found.values())


def _plain(node: Any) -> bool:
    """Tell whether a node is a convolution with constant weights and one group."""
    return (
        node.op == "Conv" and node.attrs.get("group", 1) == 1
        and all(type(tensor).__name__ == "Constant" for tensor in node.inputs[1:])
    )  # fmt: skip
