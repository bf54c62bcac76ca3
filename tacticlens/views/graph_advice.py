"""Advice about the ONNX graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from shlex import quote
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.graph_advice import Advice, AdviceList
from tacticlens.network.checking import TOLERANCES, Fault
from tacticlens.network.edits import Edit, script
from tacticlens.views.blocks import Block, Code, Gap, Heading, line
from tacticlens.views.finding_text import as_dict, text_of
from tacticlens.views.result import Result, frame_of
from tacticlens.words import agree, count, listed, milliseconds, plain

_WHAT = {
    "cancel_transposes": "Remove Transposes that undo each other",
    "push_transpose": "Move a Transpose after the element-wise nodes, so that these fuse with the preceding layer",
    "fold_batch_norm": "Fold a BatchNormalization into the convolution before it",
    "drop_reshapes": "Remove reshapes that change nothing",
    "drop_casts": "Remove casts that change no value",
    "pad_channels": "Pad channels with zeros",
}
_FAULTS = {
    "no_tensor": "input {name} is not a tensor",
    "invalid": "the model is not valid: {detail}",
    "not_loaded": "onnxruntime rejects the model: {detail}",
    "not_run": "onnxruntime cannot run it: {detail}",
    "other_output": "output {name} has another shape or type: {detail}",
    "other_values": "output {name} differs by {difference:.2g}, {limit:g} is allowed",
}
_NODES, _LINES, _ALIKE = 6, 14, 12


class AdviceResult(Result):
    """Advice about a model.

    Args:
        found: the advice.
        model: the file that it is about.
        target: the file that the steps write.
        written: whether that file was written.
        fewer: how many nodes less the new model has.
    """

    kind: ClassVar[str] = "advice"

    def __init__(self, found: AdviceList, *, model: str, target: str, written: bool, fewer: int) -> None:
        self._found = found
        self._model = model
        self._target = target
        self._written = written
        self._fewer = fewer

    def blocks(self) -> Iterator[Block]:
        """Yield the rewrites of each kind, what is left open, and the next step."""
        found = self._found
        kept = [advice for advice in found.rewrites if advice.step.refused is None]
        gains = [advice.gain_ms for advice in kept if advice.gain_ms is not None]
        answer = f"{plain(self._model)}: {count(len(kept), 'safe rewrite') if kept else 'no safe rewrite'}"
        if kept:
            answer += f", {count(self._fewer, 'node')} fewer"
            answer += f", up to {milliseconds(sum(gains))} less" if gains else ""
        yield Heading(answer)
        number = 1
        for _, rewrites in groupby(found.rewrites, key=lambda one: (one.step.rewrite.kind, one.step.refused)):
            alike = list(rewrites)
            yield Gap()
            yield from _alike(number, alike)
            number += len(alike)
        for left in found.open:
            yield Gap()
            text = text_of(left.finding)
            yield line(f"{left.finding.code} {plain(text.title)}")
            if left.nodes:
                yield line(f"Nodes: {_named(left.nodes)}", indent=3)
            yield line(f"No safe rewrite is known. {plain(text.action)}", indent=3)
        if kept:
            yield Gap()
            yield from self._next()

    def _next(self) -> Iterator[Block]:
        if self._written:
            fixed = plain(self._target)
            yield line(f"{fixed}: written; each rewrite gave equal outputs on random inputs")
            yield line(f"Next: tacticlens record {quote(fixed)} -o fixed.log")
            yield line("then: tacticlens diff OLD.log fixed.log")
        else:
            yield line("Write the model with -o fixed.onnx, or all steps as a script with --script fix.py")

    def document(self) -> dict[str, Any]:
        """Return the advice as plain data, each rewrite with a script that begins where the one before ends."""
        rewrites, source = [], self._model
        for advice in self._found.rewrites:
            step = advice.step
            rewrites.append({
                "kind": step.rewrite.kind, "nodes": step.rewrite.nodes, "removed": step.rewrite.removed,
                "layers": advice.layers, "gain_ms": advice.gain_ms, "findings": advice.findings,
                "checked": step.refused is None, "refused": _fault(step.refused), "difference": step.difference,
                "snippet": script([step.rewrite.edits], source, self._target),
            })  # fmt: skip
            source = self._target if step.refused is None else source
        left = [
            {
                **{key: value for key, value in as_dict(one.finding).items() if key != "rows"},
                "nodes": one.nodes,
            }
            for one in self._found.open
        ]
        return {"model": self._model, "rewrites": rewrites, "open": left}

    def rows(self) -> pl.DataFrame:
        """Return one row per rewrite."""
        return frame_of(self.document()["rewrites"])


def _fault(fault: Fault | None) -> str | None:
    """Say why a rewrite was not kept; None if it was."""
    return None if fault is None else _FAULTS[fault.kind].format(**asdict(fault))


def _alike(number: int, alike: Sequence[Advice]) -> Iterator[Block]:
    """Yield rewrites of one kind that stand in a row: the nodes of each, the steps of the first."""
    first = alike[0]
    codes = sorted({code for advice in alike for code in advice.findings})
    what = _WHAT[first.step.rewrite.kind] + (f" ({', '.join(codes)})" if codes else "")
    numbers = f"{number}" if len(alike) == 1 else f"{number}-{number + len(alike) - 1}"
    yield line(f"{numbers}. {what}", hang=3)
    for advice in alike[:_ALIKE]:
        yield line(_named(advice.step.rewrite.nodes), indent=3, hang=2)
    if len(alike) > _ALIKE:
        yield line(f"and {len(alike) - _ALIKE} more of this kind", indent=3)
    yield line(f"Gain: {_gain(alike)}", indent=3, hang=2)
    fault = _fault(first.step.refused)
    if fault is not None:
        yield line(f"Not written: {plain(fault)}", indent=3, hang=2)
        return
    worst = max(advice.step.difference or 0.0 for advice in alike)
    allowed = f"{TOLERANCES['float32']:g} is allowed in FP32"
    yield line(
        f"Checked: outputs differ by at most {worst:.1g} of the largest number; {allowed}", indent=3, hang=2
    )
    steps = code(first.step.rewrite.edits).splitlines()
    others = f"{len(alike) - 1} alike" if len(alike) > 1 else ""
    more = f"{count(len(steps) - _LINES, 'more line')}" if len(steps) > _LINES else ""
    yield Code(tuple(steps[:_LINES]), "python", indent=5)
    if more or others:
        yield line(f"# {' and '.join(part for part in (more, others) if part)}: --script fix.py", indent=5)


def _gain(alike: Sequence[Advice]) -> str:
    gains = [advice.gain_ms for advice in alike if advice.gain_ms is not None]
    positions = sorted({position for advice in alike for position in advice.layers})
    layers = (
        f"{agree(len(positions), 'layer', 'layers')} {listed([str(position) for position in positions], 8)}"
    )
    if gains:
        return (
            f"up to {milliseconds(sum(gains))}, which {layers} {agree(len(positions), 'takes', 'take')} now"
        )
    if positions:
        return f"unknown: the log has no time for {layers}"
    return "unknown: no engine layer does only this"


def _named(nodes: Sequence[str]) -> str:
    return listed([plain(node) for node in nodes], _NODES)


def code(edits: Sequence[Edit]) -> str:
    """Return the lines of a rewrite, without what stands around them."""
    return "\n".join(edit.code() for edit in edits)


def advice_script(found: AdviceList, *, model: str, fixed: str) -> str:
    """Return one script with all rewrites that were checked."""
    kept = [advice.step.rewrite.edits for advice in found.rewrites if advice.step.refused is None]
    return script(kept, model, fixed)
