"""Safe rewrites of a model, found one after another, each of them checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from tacticlens.extras import need
from tacticlens.network.channels import Channels
from tacticlens.network.checking import CheckError, Fault, Judge
from tacticlens.network.edits import Rewrite, by_output
from tacticlens.network.folding import Folding
from tacticlens.network.transposes import Transposes

_MOST = 10_000
_SMALL, _TOGETHER = 100, 16
"""In a model of more nodes so many rewrites are checked together, and one by one if the outputs differ."""


@dataclass(frozen=True)
class Step:
    """A rewrite that was tried.

    Attributes:
        rewrite: what was done.
        refused: why it was not kept; None if it was.
        difference: largest difference of an output, relative to its largest number; None if it was not kept.
    """

    rewrite: Rewrite
    refused: Fault | None
    difference: float | None


def mend(
    model: Any, *, shapes: Mapping[str, Sequence[int]] | None = None, multiple: int | None = None
) -> tuple[Any, list[Step]]:
    """Apply all safe rewrites to a model.

    Args:
        model: an ONNX model; it is not changed.
        shapes: sizes of dynamic inputs for the check; 2 where none is given.
        multiple: fill channels up to a multiple of this; None = leave them.

    Returns:
        The new model, and the rewrites in their order. A rewrite that could not be checked is not in the model.
    """
    judge, now = Judge(model, shapes or {}), with_types(model)
    steps: list[Step] = []
    refused: set[tuple[str, tuple[str, ...]]] = set()
    together = 1 if len(model.graph.node) <= _SMALL else _TOGETHER
    while len(steps) < _MOST:
        rewrites, after = _group(now, multiple, refused, together)
        if not rewrites:
            break
        try:
            difference = judge.difference(after)
        except CheckError as error:
            if len(rewrites) > 1:
                together = 1  # one of them is wrong: from here on each is checked by itself
                continue
            refused.add((rewrites[0].kind, rewrites[0].nodes))
            steps.append(Step(rewrites[0], error.fault, None))
            continue
        now = with_types(after)
        steps += [Step(rewrite, None, difference) for rewrite in rewrites]
    return (now if any(step.refused is None for step in steps) else model), steps


def _group(
    now: Any, multiple: int | None, refused: set[tuple[str, tuple[str, ...]]], most: int
) -> tuple[list[Rewrite], Any]:
    """Return the next rewrites, at most so many, and the model after them."""
    rewrites: list[Rewrite] = []
    after = now
    while len(rewrites) < most:
        rewrite, after = _next(with_types(after) if rewrites else after, multiple, refused)
        if rewrite is None:
            break
        rewrites.append(rewrite)
    return rewrites, after


def _next(
    now: Any, multiple: int | None, refused: set[tuple[str, tuple[str, ...]]]
) -> tuple[Rewrite | None, Any]:
    """Return the next rewrite that was not refused, and the model after it."""
    gs = need("onnx_graphsurgeon")
    graph = gs.import_onnx(now)
    rewrites = chain(
        Folding(graph).find(), Transposes(graph).find(), Channels(graph, multiple).find() if multiple else ()
    )
    for rewrite in rewrites:
        if (rewrite.kind, rewrite.nodes) not in refused:
            return rewrite, applied(now, graph, rewrite)
    return None, now


def applied(model: Any, graph: Any, rewrite: Rewrite) -> Any:
    """Return a model after a rewrite of its graph."""
    gs = need("onnx_graphsurgeon")
    made = by_output(graph)
    for edit in rewrite.edits:
        edit.apply(graph, made)
    kept = {id(tensor) for tensor in (*graph.inputs, *graph.outputs)}
    for tensor in graph.tensors().values():
        if isinstance(tensor, gs.Variable) and id(tensor) not in kept:
            tensor.shape = None
    graph.cleanup().toposort()
    after = gs.export_onnx(graph, do_type_check=False)
    after.ir_version = model.ir_version
    after.producer_name, after.producer_version = model.producer_name, model.producer_version
    del after.metadata_props[:]
    after.metadata_props.extend(model.metadata_props)
    return after


def with_types(model: Any) -> Any:
    """Return a model whose tensors have types and shapes, as far as onnx can tell."""
    onnx = need("onnx")
    try:
        return onnx.shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # noqa: BLE001  C++: models above 2 GB, operators of plugins
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        return copy
