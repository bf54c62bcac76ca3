"""The words of a decision: how the engine's choice is known, or why it is not."""

from __future__ import annotations

from tacticlens.analysis.decision import Decision, Excluded
from tacticlens.words import agree, count, listed, milliseconds, short

_REASONS = {
    "printed": "the engine prints {tensor} with another type, vector width or layout (line {line})",
    "strided": "{tensor} is part of a larger tensor (line {line}) and needs its strides",
    "reformat": "the reformat of line {line} gives {tensor} another format",
    "network": "the options set another format for {tensor}, an input or output of the network (line {line})",
    "neighbour": "{tensor} has another format in {layer} (line {line})",
}
_ABSENT = {
    "region": "the engine prints the kernels of this fused region in its place, or the build was not taken",
    "absent": "no engine layer has this name in this build: it was fused further, removed, or the build was not taken",
    "opened": "the engine prints the kernels of this fused region in its place, from line {line} on",
}


def decision_words(decision: Decision) -> str:
    """Return one or two sentences without the last full stop."""
    if decision.code == "no_engine":
        if decision.tried == 1:
            only = "the layer has this one combination, so an engine can only have its winner"
            return f"the log prints no engine layers; {only}"
        return "the log prints no engine layers, so which combination was taken is not known; the winner of each is"
    if decision.code in _ABSENT:
        return _ABSENT[decision.code].format(line=decision.line)
    begin = (
        f"line {decision.line} of the engine has this layer with tactic {decision.tactic or 'not printed'}"
    )
    return f"{begin}{_rest(decision)}{_equal(decision)}"


def _rest(decision: Decision) -> str:
    left = ", ".join(map(str, decision.left))
    if decision.code == "not_costed":
        return "; nothing was timed under this name, nor for a layer with equal type, tactic and tensors"
    if decision.code == "reformat":
        return "; the formats of its tensors are those of the combination"
    if decision.code == "only":
        return ", and the layer has only this combination"
    if decision.code == "tactic":
        return f"; it won only number {left} of the layer's {count(decision.tried, 'combination')}"
    number = len(decision.left) + sum(len(one.combinations) for one in decision.excluded)
    won = f"; {number} of its {count(decision.tried, 'combination')} can have this tactic"
    out = "".join(f"; {_excluded(one)}" for one in decision.excluded)
    if decision.code == "open":
        return f"{won}{out}; {left} are left, {_bounds(decision)}"
    if decision.code == "misfit":
        return (
            f"{won}{out or '; its tactic is that of none'}; none is left, so one of these lines does not fit"
        )
    return f"{won}{out}"


def _excluded(one: Excluded) -> str:
    are = agree(len(one.combinations), "is", "are")
    named = listed([str(number) for number in one.combinations], 6)
    why = _REASONS[one.reason].format(
        tensor=short(one.tensor or "a tensor", 60),
        line=one.line,
        layer=short(one.layer or "the layer there", 60),
    )
    return f"{named} {are} ruled out: {why}"


def _bounds(decision: Decision) -> str:
    if decision.low_ms is None or decision.high_ms is None:
        return "whose times are not all in the log"
    low, high = milliseconds(decision.low_ms), milliseconds(decision.high_ms)
    return f"so it takes {low}" if low == high else f"so it takes {low} to {high}"


def _equal(decision: Decision) -> str:
    if decision.equal_to is None:
        return ""
    equal = short(decision.equal_to, 60)
    return f". It was not timed under its own name; {equal}, with equal type, tactic and tensors, was"
