"""Edits of an ONNX graph: what they do to an onnx-graphsurgeon graph, and the lines that do the same by hand.

Nodes are named by their first output: unlike names of nodes, names of tensors are unique in a graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tacticlens.extras import need


class Edit(Protocol):
    """One step of a rewrite."""

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph; ``made`` is the node of each tensor."""

    def code(self) -> str:
        """Return lines of Python that do the same to ``graph`` with ``made``."""


@dataclass(frozen=True)
class Bypass:
    """Take a node out: what read its output reads its input."""

    node: str

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        bypass(graph, made[self.node])

    def code(self) -> str:
        """Return the lines."""
        return f"bypass(made[{self.node!r}])"


@dataclass(frozen=True)
class SetAttribute:
    """Give a node another value of an attribute."""

    node: str
    name: str
    value: Any

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        made[self.node].attrs[self.name] = self.value

    def code(self) -> str:
        """Return the lines."""
        return f"made[{self.node!r}].attrs[{self.name!r}] = {self.value!r}"


@dataclass(frozen=True)
class ReplaceConstant:
    """Turn the axes of a constant that a node reads; its rank is made up with ones in front.

    Attributes:
        node: the reader.
        index: which of its inputs.
        perm: new order of the axes.
        name: of the new constant.
    """

    node: str
    index: int
    perm: tuple[int, ...]
    name: str

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        gs = need("onnx_graphsurgeon")
        node = made[self.node]
        values = node.inputs[self.index].values
        turned = values.reshape((1,) * (len(self.perm) - values.ndim) + values.shape).transpose(self.perm)
        node.inputs[self.index] = gs.Constant(self.name, turned.copy())

    def code(self) -> str:
        """Return the lines."""
        return (
            f"node = made[{self.node!r}]\nvalues = node.inputs[{self.index}].values\n"
            f"values = values.reshape((1,) * ({len(self.perm)} - values.ndim) + values.shape).transpose({self.perm})\n"
            f"node.inputs[{self.index}] = gs.Constant({self.name!r}, values.copy())"
        )


@dataclass(frozen=True)
class SetConstant:
    """Give a node another constant of integers, such as a list of axes."""

    node: str
    index: int
    values: tuple[int, ...]
    name: str

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        gs, np = need("onnx_graphsurgeon"), need("numpy")
        made[self.node].inputs[self.index] = gs.Constant(self.name, np.array(self.values, dtype=np.int64))

    def code(self) -> str:
        """Return the lines."""
        return (
            f"made[{self.node!r}].inputs[{self.index}] = gs.Constant({self.name!r}, "
            f"np.array({list(self.values)}, dtype=np.int64))"
        )


@dataclass(frozen=True)
class TransposeBehind:
    """Put a Transpose behind a tensor for some of its readers.

    Attributes:
        node: maker of the tensor, its first output.
        perm: of the new node.
        readers: first outputs of the nodes that shall read the transposed tensor.
        output: the tensor is an output of the graph, and the transposed one takes its name.
        name: of the new tensor.
    """

    node: str
    perm: tuple[int, ...]
    readers: tuple[str, ...]
    output: bool
    name: str

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        transpose_behind(graph, made, self)

    def code(self) -> str:
        """Return the lines."""
        return f"transpose_behind(made[{self.node!r}], {self.perm}, {[*self.readers]}, {self.output}, {self.name!r})"


@dataclass(frozen=True)
class ReadBefore:
    """Have some readers of a node's output read its input."""

    node: str
    readers: tuple[str, ...]

    def apply(self, graph: Any, made: dict[str, Any]) -> None:
        """Change the graph."""
        source, result = made[self.node].inputs[0], made[self.node].outputs[0]
        for name in self.readers:
            reader = made[name]
            for at, tensor in enumerate(reader.inputs):
                if tensor is result:
                    reader.inputs[at] = source

    def code(self) -> str:
        """Return the lines."""
        return (
            f"before, behind = made[{self.node!r}].inputs[0], made[{self.node!r}].outputs[0]\n"
            f"for name in {[*self.readers]}:\n"
            "    made[name].inputs = [before if tensor is behind else tensor for tensor in made[name].inputs]"
        )


def bypass(graph: Any, node: Any) -> None:
    """Take a node with one output out of a graph."""
    source, result = node.inputs[0], node.outputs[0]
    ends = [id(tensor) for tensor in graph.outputs]
    if id(result) in ends and (not source.inputs or id(source) in ends):
        node.op, node.attrs = "Identity", {}  # an output is its own tensor
        node.inputs = [source]
        return
    node.outputs.clear()
    if id(result) in ends:
        maker = source.inputs[0]  # the output keeps its name: its maker writes it now
        maker.outputs[next(at for at, made in enumerate(maker.outputs) if made is source)] = result
        source, result = result, source
    for reader in list(result.outputs):
        for at, tensor in enumerate(reader.inputs):
            if tensor is result:
                reader.inputs[at] = source
    node.inputs.clear()


def transpose_behind(graph: Any, made: dict[str, Any], edit: TransposeBehind) -> None:
    """Put a Transpose behind a tensor."""
    gs = need("onnx_graphsurgeon")
    maker = made[edit.node]
    tensor = maker.outputs[0]
    turned = gs.Variable(edit.name, dtype=tensor.dtype)
    inputs, outputs = [tensor], [turned]
    if edit.output:  # the graph's output keeps its name and shape
        maker.outputs[0] = turned
        for reader in list(tensor.outputs):
            for at, read in enumerate(reader.inputs):
                if read is tensor:
                    reader.inputs[at] = turned
        inputs, outputs = [turned], [tensor]
    node = gs.Node(
        "Transpose", f"{edit.name}_node", {"perm": list(edit.perm)}, inputs=inputs, outputs=outputs
    )
    graph.nodes.append(node)
    for name in edit.readers:
        reader = made[name]
        for at, read in enumerate(reader.inputs):
            if read is inputs[0]:
                reader.inputs[at] = outputs[0]


def by_output(graph: Any) -> dict[str, Any]:
    """Return the node that makes each tensor that is the first output of one."""
    return {node.outputs[0].name: node for node in graph.nodes if node.outputs}


@dataclass(frozen=True)
class Rewrite:
    """A change of the graph that leaves its results equal.

    Attributes:
        kind: of `KINDS`.
        nodes: names of the nodes that it is about, in the order of the graph.
        removed: names of those that are gone after it.
        edits: its steps.
    """

    kind: str
    nodes: tuple[str, ...]
    removed: tuple[str, ...]
    edits: tuple[Edit, ...]


KINDS = (
    "cancel_transposes",
    "push_transpose",
    "fold_batch_norm",
    "drop_reshapes",
    "drop_casts",
    "pad_channels",
)

_HEAD = """\
import numpy as np
import onnx
import onnx_graphsurgeon as gs

graph = gs.import_onnx(onnx.load({model!r}))
"""
_MADE = "made = {node.outputs[0].name: node for node in graph.nodes if node.outputs}\n"
_HELPERS = {
    "bypass(": """
def bypass(node):
    source, result = node.inputs[0], node.outputs[0]
    ends = [id(tensor) for tensor in graph.outputs]
    if id(result) in ends and (not source.inputs or id(source) in ends):
        node.op, node.attrs, node.inputs = "Identity", {}, [source]
        return
    node.outputs.clear()
    if id(result) in ends:
        maker = source.inputs[0]
        maker.outputs[[made is source for made in maker.outputs].index(True)] = result
        source, result = result, source
    for reader in list(result.outputs):
        reader.inputs = [source if tensor is result else tensor for tensor in reader.inputs]
    node.inputs.clear()

""",
    "transpose_behind(": """
def transpose_behind(maker, perm, readers, output, name):
    tensor = maker.outputs[0]
    turned = gs.Variable(name, dtype=tensor.dtype)
    before, behind = tensor, turned
    if output:
        before, behind = turned, tensor
        maker.outputs[0] = turned
        for reader in list(tensor.outputs):
            reader.inputs = [turned if read is tensor else read for read in reader.inputs]
    turn = gs.Node("Transpose", name + "_node", {"perm": list(perm)}, inputs=[before], outputs=[behind])
    graph.nodes.append(turn)
    for reader in (made[reader] for reader in readers):
        reader.inputs = [behind if read is before else read for read in reader.inputs]

""",
}
_CLEAN = """\
for tensor in graph.tensors().values():
    if isinstance(tensor, gs.Variable) and all(tensor is not end for end in graph.inputs + graph.outputs):
        tensor.shape = None  # shapes inside are inferred anew
graph.cleanup().toposort()
"""


def script(rewrites: Sequence[Sequence[Edit]], model: str, fixed: str) -> str:
    """Return a script that applies rewrites to a model, one after another, with onnx-graphsurgeon alone."""
    steps = ["\n".join(edit.code() for edit in edits) + "\n" for edits in rewrites]
    helpers = "".join(text for name, text in _HELPERS.items() if any(name in step for step in steps))
    body = "\n".join(_MADE + step + _CLEAN for step in steps)
    return (
        _HEAD.format(model=model) + helpers + "\n" + body + f"onnx.save(gs.export_onnx(graph), {fixed!r})\n"
    )
