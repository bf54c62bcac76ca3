"""Engine layers: tensors of the short form, fields of the detailed form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tacticlens.grammar.driver import Driver, NoFitError, Token, Tree
from tacticlens.grammar.layer_name import without_profile
from tacticlens.grammar.memo import remembered
from tacticlens.grammar.parsers import driver

_ID = re.compile(r"0x[0-9a-fA-F]{1,16}|-?[0-9]{1,20}")


class EngineTensor(NamedTuple):
    """A tensor of an engine layer.

    Attributes:
        name: without the suffix of an optimization profile.
        dtype: ``Float``, ``Half`` ... as the short form prints it; None if the log does not say.
        dims: dimensions as printed; negative = dynamic, ``64:8`` = 64 in vectors of 8.
        format: as the detailed form describes it, for example ``Row major linear FP16 format``.
    """

    name: str
    dtype: str | None
    dims: tuple[str, ...]
    format: str | None


class LayerDetail(NamedTuple):
    """The fields of the detailed form that tables use.

    Attributes:
        onnx_nodes: empty for a kernel of no node; None = the layer has no metadata.
    """

    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    kernel: str | None
    tactic: str | None
    onnx_nodes: tuple[str, ...] | None


_DTYPES = {"FP32": "Float", "FP16": "Half", "INT8": "Int8", "Int8": "Int8", "INT32": "Int32",
           "BOOL": "Bool", "FP8": "FP8",
           "BF16": "BFloat16", "INT64": "Int64", "FP4": "FP4", "INT4": "Int4", "UINT8": "UInt8"}  # fmt: skip


@lru_cache(maxsize=1)
def _parser() -> Driver:
    return driver("engine_layer")


def _dims(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text.strip() else ()


def _short(tree: Tree) -> EngineTensor:
    parts = [str(token) for token in tree.children]
    return EngineTensor(without_profile(parts[0]), parts[1], _dims(parts[2]) if len(parts) > 2 else (), None)


@remembered(16_384)
def parse_tensors(text: str) -> tuple[tuple[EngineTensor, ...], tuple[EngineTensor, ...]] | None:
    """Parse ``ins -> outs`` of a short line into (inputs, outputs); None if the text is cut."""
    try:
        tree = _parser().parse(text, start="tensors")
    except NoFitError:
        return None
    sides: list[list[EngineTensor]] = [[], []]
    at = 0
    for child in tree.children:
        if isinstance(child, Token):
            at = 1
        else:
            sides[at].extend(_short(tensor) for tensor in child.children if isinstance(tensor, Tree))
    return tuple(sides[0]), tuple(sides[1])


def _detailed(tree: Tree) -> EngineTensor:
    name, dtype, words = "", None, None
    dims: tuple[str, ...] = ()
    for token in tree.children:
        if not isinstance(token, Token):
            continue
        if token.type == "TENSOR_NAME":
            name = without_profile(str(token))
            continue
        key, _, value = token.partition(": ")
        if key == "Dimensions":
            dims = _dims(value.strip("[] "))
        elif key == "Datatype":
            dtype = value.strip()
        elif key in {"Format", "Format/Datatype"}:
            words = value.strip()
    return described_tensor(name, dims, dtype, words)


def described_tensor(name: str, dims: tuple[str, ...], dtype: str | None, words: str | None) -> EngineTensor:
    """Return a tensor of the detailed form, or of the engine inspector's JSON, which has the same fields.

    Args:
        name: as printed.
        dims: as printed.
        dtype: ``Datatype``, since TensorRT 11.
        words: ``Format``, before TensorRT 11 ``Format/Datatype``: ``Half``, or a description with the type in it.
    """
    if dtype is None and words is not None:
        dtype = words if " " not in words else next((d for w, d in _DTYPES.items() if w in words), None)
    return EngineTensor(without_profile(name), dtype, dims, words if words and " " in words else None)


def onnx_tags(text: str) -> tuple[str, ...]:
    """Split ``[ONNX Layer: a][ONNX Layer: b]``, with or without the separators 0x1E and 0x1F."""
    head, nodes = "[ONNX Layer: ", []
    for part in text.split(head)[1:]:
        node = part.strip(" \x1e\x1f")
        nodes.append(node.removesuffix("]"))
    return tuple(dict.fromkeys(nodes))


@remembered(16_384)
def parse_detail(text: str) -> LayerDetail | None:
    """Parse the fields behind ``LayerType`` of a detailed line; None if the text is cut."""
    try:
        tree = _parser().parse(text, start="detail")
    except NoFitError:
        return None
    sides: dict[str, tuple[EngineTensor, ...]] = {"inputs": (), "outputs": ()}
    fields: dict[str, str] = {}
    for child in tree.children:
        if isinstance(child, Token):
            key, _, value = child.partition(":")
            fields[key] = value.strip()
        else:
            sides[child.data] = tuple(_detailed(tensor) for tensor in child.children)
    tactic, metadata = fields.get("TacticValue", ""), fields.get("Metadata")
    return LayerDetail(
        sides["inputs"], sides["outputs"], fields.get("TacticName") or None, tactic if _ID.fullmatch(tactic) else None,
        None if metadata is None else onnx_tags(metadata),
    )  # fmt: skip
