"""The verdicts of a gate: the answer, then one line per rule and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import polars as pl

from tacticlens.analysis.check import Place, Verdict
from tacticlens.tables.intervals import Interval
from tacticlens.views.blocks import Block, Line, Style, line
from tacticlens.views.result import Result, frame_of
from tacticlens.words import agree, count, line_numbers, listed, percent_exact, plain

_STATES: Final[dict[str, tuple[str, Style]]] = {
    "kept": ("kept", "good"), "broken": ("BROKEN", "bad"), "undecided": ("NOT DECIDED", "warn"),
}  # fmt: skip
_WORD = 12
_GAPS: Final = {
    "build_failed": "the build failed, so there is no engine; tacticlens findings says where",
    "no_engine": "the log prints no layers of an engine: it ends too early, or was not written with --verbose",
    "no_times": "the log has no time of any layer; build with --verbose, which times tactics, or add --dumpProfile",
}
_NAMED = 5


class CheckResult(Result):
    """The verdicts of a gate."""

    kind: ClassVar[str] = "check"

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = verdicts

    def blocks(self) -> Iterator[Block]:
        """Yield the answer, then one line per verdict."""
        yield _answer(self._verdicts)
        for verdict in self._verdicts:
            word, style = _STATES[verdict.state]
            yield line((f"{word:<{_WORD}}", style), sentence(verdict), hang=_WORD)

    def document(self) -> dict[str, Any]:
        """Return `{ok, verdicts}`: `ok` is true, false, or null where something is not decided."""
        states = {verdict.state for verdict in self._verdicts}
        ok = False if "broken" in states else None if "undecided" in states else True
        return {"ok": ok, "verdicts": [_as_dict(verdict) for verdict in self._verdicts]}

    def rows(self) -> pl.DataFrame:
        """Return one row per verdict."""
        return frame_of(_as_dict(verdict) for verdict in self._verdicts)


def _answer(verdicts: Sequence[Verdict]) -> Line:
    """Say whether the build passes."""
    broken, open_ = ([v for v in verdicts if v.state == state] for state in ("broken", "undecided"))
    checks = count(len(verdicts), "check")
    if broken:
        return line(("Fails", "bad"), f": {len(broken)} of {checks} broken")
    if open_:
        return line(("Not decided", "warn"), f": the log leaves {len(open_)} of {checks} open")
    return line(("Passes", "good"), f": {checks} kept")


def _as_dict(verdict: Verdict) -> dict[str, Any]:
    value = verdict.value
    return {
        "rule": verdict.rule,
        "where": where(verdict.place),
        "engine": verdict.place.engine,
        "profile": verdict.place.profile,
        "family": verdict.family,
        "ok": {"kept": True, "broken": False, "undecided": None}[verdict.state],
        "state": verdict.state,
        "value": value.low if value is not None and value.known else None,
        "low": None if value is None else value.low,
        "high": None if value is None else value.high,
        "limit": verdict.limit,
        "detail": detail(verdict),
        "lines": list(verdict.lines),
    }


def sentence(verdict: Verdict) -> str:
    """Return a verdict in one line: the rule, the number against its limit, and what is not known."""
    subject = plain(verdict.family) if verdict.family else where(verdict.place)
    text = f"{verdict.rule} {subject}: {_number(verdict)}"
    remark = detail(verdict)
    if remark:
        text += f" ({remark})"
    if verdict.lines and verdict.state != "kept":
        text += f", {line_numbers(verdict.lines, _NAMED)}"
    return text


def where(place: Place) -> str:
    """Return the name of a place."""
    if place.kind == "log":
        return "log"
    engine = "engine that no build of the log made" if place.engine is None else f"engine {place.engine}"
    if place.kind == "engine":
        return engine
    return f"{engine}, optimization profile {'–' if place.profile is None else place.profile}"


def _number(verdict: Verdict) -> str:
    value = verdict.value
    if value is None:
        return "not known"
    if verdict.rule == "forbid_family":
        if value.low:
            return f"{count(int(value.low), 'layer')}, none allowed"
        if value.high:
            return f"0 to {count(int(value.high), 'layer')}, none allowed"
        return "no layer"
    if verdict.rule == "max_unread":
        return f"{count(int(value.low), 'line')} not read, at most {verdict.limit:.0f} allowed"
    least = "at least" if verdict.rule.startswith("min_") else "at most"
    return f"{_share(value)}, {least} {percent_exact(verdict.limit)} required"


def _share(value: Interval) -> str:
    high = 1.0 if value.high is None else value.high
    return percent_exact(high) if value.known else f"{percent_exact(value.low)} to {percent_exact(high)}"


def detail(verdict: Verdict) -> str:
    """Return what to know beside the number, and why it is not decided."""
    if verdict.gap is not None:
        return _GAPS[verdict.gap]
    if verdict.rule == "forbid_family":
        return _family_detail(verdict)
    parts = []
    if verdict.unnamed:
        parts.append(
            f"kernels with {percent_exact(verdict.unnamed)} of the time do not say whether they use Tensor Cores"
        )
    elif verdict.fused:
        parts.append(
            f"{percent_exact(verdict.fused)} of the time is in fused regions whose kernels are not printed"
        )
    if verdict.untimed:
        have = agree(verdict.untimed, "has", "have")
        parts.append(f"{verdict.untimed} of {count(verdict.working, 'working layer')} {have} no time")
        if verdict.state == "undecided":
            parts.append("--dumpProfile times every layer")
    return "; ".join(parts)


def _family_detail(verdict: Verdict) -> str:
    if verdict.layers:
        return plain(listed(verdict.layers, _NAMED))
    if verdict.state == "undecided":
        return "the family of these layers is not known"
    if verdict.hiding:
        return f"the inside of {count(verdict.hiding, 'fused region')} is not judged"
    return ""
