"""Layer names: the ` [profile N]` suffix, and the ONNX nodes that fusion joined into a layer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tacticlens.grammar.driver import Driver, NoFitError, Token, Tree
from tacticlens.grammar.memo import remembered
from tacticlens.grammar.parsers import driver

_SUFFIX = " [profile "
_GENERATED = ("(Unnamed Layer*", "ONNXTRT_", "unsqueeze_node_after_", "squeeze_after_", "copied_squeeze_after_",
              "reshape_before_", "reshape_after_", "shuffle_", "[HostToDeviceCopy]", "[DeviceToHostCopy]",
              "[trainStation")  # fmt: skip
"""Prefixes of the names of layers that TensorRT adds itself."""


@remembered(65_536)
def without_profile(name: str) -> str:
    """Return a layer's name without the suffix of optimization profile 1 and later."""
    return split_profile(name)[0]


def split_profile(name: str) -> tuple[str, int | None]:
    """Split a name into the layer's name and the number of the optimization profile, if it has one.

    >>> split_profile("node_linear [profile 1]_myl15_1")
    ('node_linear_myl15_1', 1)
    """
    profile = None
    parts: list[str] = []
    start = 0
    while (at := name.find(_SUFFIX, start)) >= 0:
        first = at + len(_SUFFIX)
        end = name.find("]", first, first + 10)
        if end < 0 or not name[first:end].isdecimal():
            break
        parts.append(name[start:at])
        start, profile = end + 1, int(name[first:end])
    return "".join(parts) + name[start:], profile


@lru_cache(maxsize=1)
def _parser() -> Driver:
    return driver("layer_name")


def _tokens(tree: Tree) -> Iterator[Token]:
    """Yield the tokens of a tree in order, without recursion: names nest a thousand deep."""
    left: list[Tree | Token] = [tree]
    while left:
        item = left.pop()
        if isinstance(item, Token):
            yield item
        elif isinstance(item, Tree):
            left.extend(reversed(item.children))


@remembered(65_536)
def onnx_nodes(name: str) -> tuple[str, ...]:
    """Return the names of the ONNX nodes that a layer's name lists.

    Layers that TensorRT added itself give none. The name of a fused region has only its first and last node:
    both are returned, those in between are unknown.
    """
    name = without_profile(name)
    try:
        (form,) = _parser().parse(name).children
    except NoFitError:
        return (name,)
    if form.data == "reformat":
        return ()
    wanted = ("NODE", "INNER_NODE", "FOREIGN_FIRST", "FOREIGN_LAST")
    nodes = [str(token).strip() for token in _tokens(form) if token.type in wanted]
    if form.data == "foreign":
        nodes = [part for node in nodes for part in node.split(" + ")]  # an end may be a fused layer
    return tuple(dict.fromkeys(node for node in nodes if node and not node.startswith(_GENERATED)))


def only_operation(name: str) -> str | None:
    """Return the operation of a fused region whose name shows that it holds a single one; else None.

    >>> only_operation("{ForeignNode[(Unnamed Layer* 0) [DynamicQuantize]]}")
    'DynamicQuantize'
    """
    start, end = "{ForeignNode[", "]}"
    if not (name.startswith(start) and name.endswith(end)) or "..." in name:
        return None
    node = name[len(start) : -len(end)]
    if node.startswith("ONNXTRT_castHelper"):
        return "Cast"
    generated, _, operation = node.partition(") [")
    return operation[:-1] if generated.startswith("(Unnamed Layer*") and operation.endswith("]") else None
