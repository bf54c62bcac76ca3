"""Advice about the ONNX graph, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from shlex import quote
from textwrap import fill, indent

from tacticlens.analysis.graph_advice import Advice, AdviceList
from tacticlens.network.checking import TOLERANCES
from tacticlens.network.edits import Edit, script
from tacticlens.views.finding_text import as_dict, text_of
from tacticlens.views.words import count, milliseconds, plain

_WHAT = {
    "cancel_transposes": "Take out Transposes that undo each other",
    "push_transpose": "Move a Transpose behind the element-wise nodes, so that these fuse with the layer before",
    "fold_batch_norm": "Fold a BatchNormalization into the convolution before it",
    "drop_reshapes": "Take out reshapes that change nothing",
    "drop_casts": "Take out casts that change no value",
    "pad_channels": "Fill channels up with zeros",
}
_NODES, _LINES, _ALIKE = 6, 14, 12


def advice_text(found: AdviceList, *, model: str, fixed: str | None, fewer: int, width: int) -> str:
    """Return the advice as text.

    Args:
        found: the advice.
        model: the file that it is about.
        fixed: the file that was written; None if none was.
        fewer: how many nodes less the new model has.
        width: columns.
    """
    return "\n".join(_lines(found, model, fixed, fewer, min(width, 110))) + "\n"


def _lines(found: AdviceList, model: str, fixed: str | None, fewer: int, width: int) -> Iterator[str]:
    kept = [advice for advice in found.rewrites if advice.step.refused is None]
    gains = [advice.gain_ms for advice in kept if advice.gain_ms is not None]
    answer = f"{plain(model)}: {count(len(kept), 'safe rewrite')}"
    if kept:
        answer += f", {count(fewer, 'node')} fewer"
        answer += f", up to {milliseconds(sum(gains))} less" if gains else ""
    yield answer
    number = 1
    for _, rewrites in groupby(found.rewrites, key=lambda one: (one.step.rewrite.kind, one.step.refused)):
        alike = list(rewrites)
        yield ""
        yield from _alike(number, alike, width)
        number += len(alike)
    for left in found.open:
        yield ""
        said = text_of(left.finding)
        yield fill(f"{left.finding.code} {plain(said.title)}", width)
        if left.nodes:
            yield fill(f"Nodes: {_named(left.nodes)}", width, initial_indent="   ", subsequent_indent="   ")
        text = f"No safe rewrite is known. {plain(said.action)}"
        yield fill(text, width, initial_indent="   ", subsequent_indent="   ")
    if kept:
        yield ""
        if fixed is not None:
            yield f"{plain(fixed)}: written; each rewrite gave equal outputs on random inputs"
            yield f"Next: tacticlens record {quote(plain(fixed))} -o fixed.log"
            yield "then: tacticlens diff OLD.log fixed.log"
        else:
            yield "Write the model with -o fixed.onnx, or all steps as a script with --script fix.py"


def _alike(number: int, alike: Sequence[Advice], width: int) -> Iterator[str]:
    """Yield rewrites of one kind that stand in a row: the nodes of each, the steps of the first."""
    first = alike[0]
    codes = sorted({code for advice in alike for code in advice.findings})
    what = _WHAT[first.step.rewrite.kind] + (f" ({', '.join(codes)})" if codes else "")
    numbers = f"{number}" if len(alike) == 1 else f"{number}-{number + len(alike) - 1}"
    yield f"{numbers}. {what}"
    for advice in alike[:_ALIKE]:
        yield from _lines_of(f"{_named(advice.step.rewrite.nodes)}", width)
    if len(alike) > _ALIKE:
        yield f"   and {len(alike) - _ALIKE} more of this kind"
    yield from _lines_of(f"Gain: {_gain(alike)}", width)
    if first.step.refused is not None:
        yield from _lines_of(f"Not written: {plain(first.step.refused)}", width)
        return
    worst = max(advice.step.difference or 0.0 for advice in alike)
    allowed = f"{TOLERANCES['float32']:g} is allowed in FP32"
    yield from _lines_of(
        f"Checked: outputs differ by {worst:.1g} of the largest number at most, {allowed}", width
    )
    steps = code(first.step.rewrite.edits).splitlines()
    others = f"{len(alike) - 1} alike" if len(alike) > 1 else ""
    more = f"{count(len(steps) - _LINES, 'more line')}" if len(steps) > _LINES else ""
    yield indent("\n".join(plain(line) for line in steps[:_LINES]), "     ")
    if more or others:
        yield f"     # {' and '.join(part for part in (more, others) if part)}: --script fix.py"


def _lines_of(text: str, width: int) -> Iterator[str]:
    yield fill(text, width, initial_indent="   ", subsequent_indent="     ", break_on_hyphens=False)


def _gain(alike: Sequence[Advice]) -> str:
    gains = [advice.gain_ms for advice in alike if advice.gain_ms is not None]
    positions = sorted({position for advice in alike for position in advice.layers})
    layers = ", ".join(str(position) for position in positions[:8]) + (" ..." if len(positions) > 8 else "")
    if gains:
        verb = "takes" if len(positions) == 1 else "take"
        return f"up to {milliseconds(sum(gains))}, which layer {layers} {verb} now"
    if positions:
        return f"not known: the log has no time of layer {layers}"
    return "not known: no engine layer does only this"


def _named(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - _NODES} more" if len(nodes) > _NODES else ""
    return ", ".join(plain(node) for node in nodes[:_NODES]) + more


def code(edits: Sequence[Edit]) -> str:
    """Return the lines of a rewrite, without what stands around them."""
    return "\n".join(edit.code() for edit in edits)


def advice_json(found: AdviceList, *, model: str, fixed: str) -> str:
    """Return the advice as JSON, each rewrite with a script that begins where the one before ends."""
    rewrites, source = [], model
    for advice in found.rewrites:
        step = advice.step
        rewrites.append({
            "kind": step.rewrite.kind, "nodes": step.rewrite.nodes, "removed": step.rewrite.removed,
            "layers": advice.layers, "gain_ms": advice.gain_ms, "findings": advice.findings,
            "checked": step.refused is None, "refused": step.refused, "difference": step.difference,
            "snippet": script([step.rewrite.edits], source, fixed),
        })  # fmt: skip
        source = fixed if step.refused is None else source
    left = [
        {**{key: value for key, value in as_dict(one.finding).items() if key != "rows"}, "nodes": one.nodes}
        for one in found.open
    ]
    return json.dumps({"model": model, "rewrites": rewrites, "open": left}, indent=1) + "\n"


def advice_script(found: AdviceList, *, model: str, fixed: str) -> str:
    """Return one script with all rewrites that were checked."""
    kept = [advice.step.rewrite.edits for advice in found.rewrites if advice.step.refused is None]
    return script(kept, model, fixed)
