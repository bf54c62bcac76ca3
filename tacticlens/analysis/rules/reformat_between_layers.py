"""TL005: the engine spends time on reformats and copies."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal, NamedTuple

from tacticlens.analysis.context import Context
from tacticlens.analysis.edges import added, both_formats, dtype_of, io_format, io_format_of
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import longest_first, open_times, share, total, untimed
from tacticlens.grammar.numbers import whole

KIND = FindingKind(
    "TL005",
    "reformat-between-layers",
    "Reformats and copies",
    what="Layers of the engine that convert a tensor's type or layout, or copy it. One finding per cause: "
    "the network's input, its output, a change of type between layers, quantising, a change of layout, a "
    "copy for Concat or Slice. Reformats around plugins are TL016; those without work (`NoOp`) do not count.",
    why="They are memory traffic on top of the network's own work, and often cost what faster INT8 and FP16 "
    "kernels gain.",
    action="At the network's inputs and outputs: use the formats of the first and last layer "
    "(`--inputIOFormats`, `--outputIOFormats`). Between types: let both neighbours work in one type; with "
    "INT8, Q/DQ on every input of an Add. Between layouts: see which neighbour has no kernel for the "
    "other's layout. A copy: no second consumer of the tensor and no network output in the middle of a "
    "Concat.",
    example="MNIST at optimization level 5 (TensorRT 10.16.1, H100, `--fp16`): `Float(6272,196,14,1) -> "
    "Half(784,1:8,56,4)` between `node_max_pool2d` and a fused region, 0.00333 ms, 7 % of the engine.",
)
FAMILIES = frozenset({"reformat", "copy"})
Cause = Literal["input", "output", "quantise", "type", "layout", "copy", "unknown"]
_WIDE = {"Half": 8, "BFloat16": 8, "Int8": 32, "Float": 4}


class _One(NamedTuple):
    layer: Layer
    before: str
    after: str
    line: int | None


def find(context: Context) -> list[Finding]:
    formats = added(context)
    found = []
    for engine in context.engines:
        causes: dict[Cause, list[_One]] = defaultdict(list)
        for layer in engine.layers:
            if layer.family in FAMILIES and not _beside_plugin(engine, layer):
                one = _One(layer, *both_formats(layer, formats))
                causes[_cause(engine, one)].append(one)
        found += [_finding(context, engine, cause, ones) for cause, ones in causes.items()]
    return found


def _beside_plugin(engine: EngineView, layer: Layer) -> bool:
    return any(one.family == "plugin" for one in (*engine.fed_by(layer), *engine.feeds(layer)))


def _cause(engine: EngineView, one: _One) -> Cause:
    before, after = dtype_of(one.before), dtype_of(one.after)
    if not one.layer.inputs or not one.layer.outputs:
        return "unknown"
    if one.before == one.after:
        return "copy"
    if not engine.fed_by(one.layer):
        return "input"
    if not engine.feeds(one.layer):
        return "output"
    if before != after:
        return "quantise" if "Int8" in {before, after} or "FP8" in {before, after} else "type"
    return "layout"


def _finding(context: Context, engine: EngineView, cause: Cause, ones: list[_One]) -> Finding:
    by_layer = {one.layer.position: one for one in ones}
    ordered = [by_layer[layer.position] for layer in longest_first(one.layer for one in ones)]
    layers = [one.layer for one in ordered]
    first = ordered[0]
    source = engine.fed_by(first.layer)
    target = engine.feeds(first.layer)
    time, unsure = total(layers), open_times(layers)
    facts: dict[str, Any] = {
        "layers": len(layers), "before": first.before, "after": first.after, "untimed": untimed(layers),
        "time_ms": time or 0.0, "time_share": share(engine, time) or 0.0, "source": source[0].name if source else "",
        "target": target[0].name if target else "", "first_ms": first.layer.time_ms,
        "low_ms": unsure.low if unsure else None, "high_ms": unsure.high if unsure else None,
    }  # fmt: skip
    where = "between {source:name} and {target:name}"
    if cause == "input":
        where = "before {target:name}"
    elif cause == "output":
        where = "after {source:name}"
    action, more = _action(context, engine, cause, ordered)
    return KIND.found(
        title=_title(cause, timed=time is not None, bounded=unsure is not None),
        why=(
            "{layers:=It takes/They take} {time_ms}, {time_share} of the engine's time."
            if time is not None
            else ""
            if unsure is not None
            else "The log has no time for {layers:=it/them}.",
            "The formats of {untimed:reformat/reformats} are not decided: {low_ms} to {high_ms}."
            if unsure is not None
            else "{untimed:more reformat has/more reformats have} no known time."
            if time is not None and untimed(layers)
            else "",
            f"{'The longest' if len(layers) > 1 else 'It'} converts {{before}} to {{after}}, {where}."
            if cause not in {"copy", "unknown"}
            else f"{'The longest' if len(layers) > 1 else 'It'} stands {where}."
            if source and target
            else "",
        ),
        action=action,
        facts={**facts, **more},
        cause=cause,
        stake_ms=None if time is None and unsure is None else (time or 0.0) + (unsure.low if unsure else 0.0),
        engine=engine.number,
        build=first.layer.build,
        layers=[layer.name for layer in layers],
        lines=[line for one in ordered for line in (one.layer.line, one.line)],
        rows=[one.layer.row(from_format=one.before, to_format=one.after) for one in ordered],
    )


_SUBJECTS: dict[Cause, tuple[str, str]] = {
    "input": ("reformat of network inputs", "reformats of network inputs"),
    "output": ("reformat of network outputs", "reformats of network outputs"),
    "quantise": ("reformat to and from INT8 or FP8", "reformats to and from INT8 or FP8"),
    "type": ("reformat between types", "reformats between types"),
    "layout": ("reformat between layouts", "reformats between layouts"),
    "copy": ("copy for Concat, Slice or outputs", "copies for Concat, Slice or outputs"),
    "unknown": ("reformat of unprinted formats", "reformats of unprinted formats"),
}


def _title(cause: Cause, *, timed: bool, bounded: bool) -> str:
    one, several = _SUBJECTS[cause]
    if bounded and not timed:
        return f"{{layers:{one} takes/{several} take}} at least {{low_ms}}"
    if timed:
        return f"{{layers:{one} takes/{several} take}} {{time_share}} of the time"
    return f"{{layers:{one} has/{several} have}} no time in the log"


def _action(
    context: Context, engine: EngineView, cause: Cause, ordered: list[_One]
) -> tuple[str, dict[str, Any]]:
    """Return the template of the advice and its own facts."""
    first = ordered[0]
    if cause in {"input", "output"}:
        return _at_the_edge(context, engine, cause, ordered)
    if cause == "quantise":
        half = (
            ""
            if context.advice.given("--fp16") or context.advice.given("--best")
            else " Allow FP16 too: {half}."
        )
        return (
            (
                "Put Q/DQ on every input of the next layer, so that it runs in INT8 as well; an input in a float "
                f"type forces the conversion.{half}"
            ),
            {"half": context.advice.half},
        )
    if cause == "type":
        return (
            (
                "See why one neighbour stays in {one}: it has no {other} kernel, or its {other} candidate "
                "was slower. tacticlens explain shows the times of both."
            ),
            {"one": dtype_of(first.before), "other": dtype_of(first.after)},
        )
    if cause == "layout":
        needed = _WIDE.get(dtype_of(first.after), 8)
        channels = _channels(first.layer)
        if channels is not None and channels % needed:
            return "Pad {channels} channels to a multiple of {needed}, so that both neighbours can use one layout.", {
                "channels": channels, "needed": needed,
            }  # fmt: skip
        kinds = sorted({
            str(one.layer_type) for one in (*engine.fed_by(first.layer), *engine.feeds(first.layer))
        })  # fmt: skip
        return (
            (
                "The channels fit both layouts: one neighbour ({kinds}) has no kernel for the other's "
                "layout, or a slower one. tacticlens explain shows which."
            ),
            {"kinds": " or ".join(kinds)},
        )
    if cause == "copy":
        return (
            (
                "Let the preceding layer write its part of the Concat directly: no other consumer of the "
                "tensor, no network output in the middle."
            ),
            {},
        )
    printed = context.advice.detailed()
    return (
        "Build with {printed} to see what {layers:=it converts/they convert}."
        if printed
        else "The log does not show what {layers:=it converts/they convert}."
    ), {"printed": printed}


def _at_the_edge(
    context: Context, engine: EngineView, cause: Cause, ordered: list[_One]
) -> tuple[str, dict[str, Any]]:
    advice = context.advice
    flag = "--inputIOFormats" if cause == "input" else "--outputIOFormats"
    wanted = ordered[0].after if cause == "input" else ordered[0].before
    spec = _spec(ordered[0], cause)
    given = advice.value(flag)
    facts: dict[str, Any] = {"flag": flag, "given": given, "wanted": wanted, "spec": spec}
    what = "input" if cause == "input" else "output"
    request = f"Your {{flag}}={{given}} causes {{layers:=this reformat/these reformats}}. " if given else ""  # noqa: F541
    if spec is None:
        text = (
            f"The network wants {{wanted}} at this {what}, which trtexec cannot ask for: the reformat stays."
        )
        return request + text, facts
    setting = advice.setting(flag, spec)
    facts["setting"] = setting
    if setting is None:
        return request + f"Keep this {what} in {{wanted}} outside the engine as well.", facts
    edges = _edges(engine, cause)
    facts["edges"] = edges
    one_format = len({_spec(one, cause) for one in ordered}) == 1
    text = f"If the application can {'deliver' if cause == 'input' else 'take'} {{spec}}: {{setting}}"
    if edges == 1:
        text += "."
    elif one_format and len(ordered) == edges:
        text += f", which holds for all {{edges:{what}}}."
    else:
        text += f" for this {what}; the flag lists one format per {what}, in order."
    if cause == "input" and spec.startswith(("int8", "fp8")):
        text += " The application then quantises it with the scale that the network uses."
    return request + text, facts


def _spec(one: _One, cause: Cause) -> str | None:
    """Return what trtexec calls the format that the network has at its edge."""
    if one.line is not None:  # printed with strides
        return io_format(one.after if cause == "input" else one.before)
    return io_format_of((one.layer.outputs if cause == "input" else one.layer.inputs)[0])


def _edges(engine: EngineView, cause: Cause) -> int:
    """Return how many tensors enter or leave the network."""
    given = {tensor.name for layer in engine.layers for tensor in layer.outputs}
    taken = {tensor.name for layer in engine.layers for tensor in layer.inputs}
    return len(taken - given) if cause == "input" else len(given - taken)


def _channels(layer: Layer) -> int | None:
    for tensor in layer.inputs[:1]:
        if len(tensor.dims) in {4, 5}:
            return whole(tensor.dims[1].split(":")[0])
    return None
