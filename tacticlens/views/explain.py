"""The explanation of one layer as text: the choice, its price, and every combination with its candidates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.explanation_model import Candidate, Explanation, FormatCombination, Operation, Role
from tacticlens.analysis.reformat_costs import Reformat
from tacticlens.views.blocks import Block, Column, Gap, Heading, Table, line
from tacticlens.views.decision import decision_words
from tacticlens.views.result import Result, frame_of
from tacticlens.views.tactics import margin, tile
from tacticlens.words import agree, change, count, formats, listed, memory, milliseconds, plain, short

ROWS = 6
_SOURCES = {
    "profile": "measured in the profile", "tactic": "time of the tactic alone",
    "nsys": "measured by a profiler", "framework": "PyTorch's kernels for its nodes, not the engine's",
    "twin": "time of an equal layer's tactic", "none": "no time in the log",
}  # fmt: skip
_RESULTS = {
    "cached": "from a timing cache", "repeated": "measured before", "no_tactic": "no tactic", "untimed": "not timed",
    "unfinished": "not finished in the log", "timed": "",
}  # fmt: skip
_ROLES: dict[Role, str] = {
    "costs": "costs of the layer begin",
    "combination": "combination {of}",
    "winner": "winner of combination {of}",
    "reformat_into": "reformat into it",
    "reformat_out_of": "reformat out of it",
    "operations": "table of {of}",
    "untimed_tactic": "a tactic without a time",
    "added_reformat": "reformat added by the builder",
    "engine": "the layer in the engine",
    "opened": "its first kernel in the engine",
}
"""What a line of the log shows."""


class ExplainResult(Result):
    """The explanation of one layer.

    Args:
        explained: the explanation.
        top: how many candidates the text shows per combination; 0 = all.
        wide: expressions of dynamic shapes in full.
    """

    kind: ClassVar[str] = "explanation"

    def __init__(self, explained: Explanation, *, top: int = ROWS, wide: bool = False) -> None:
        self._explanation = explained
        self._top = top
        self._wide = wide

    def blocks(self) -> Iterator[Block]:
        """Yield the choice, its price, and every combination with its candidates."""
        return _parts(self._explanation, self._top, wide=self._wide)

    def document(self) -> dict[str, Any]:
        """Return the explanation as plain data."""
        return asdict(self._explanation)

    def rows(self) -> pl.DataFrame:
        """Return one row per candidate of the layer."""
        return frame_of(
            {"layer": self._explanation.name, "build": self._explanation.build, "combination": story.combination,
             "formats": story.formats, "taken": story.taken, **asdict(one)}
            for story in self._explanation.combinations for one in story.candidates
        )  # fmt: skip


def _parts(explained: Explanation, rows: int, *, wide: bool) -> Iterator[Block]:
    yield Heading(plain(explained.name), 1)
    yield line(_place(explained))
    yield from _choice(explained)
    yield line(next_best_words(explained))
    ordered = sorted(explained.combinations, key=_order)
    if len(ordered) > 1 or (ordered and ordered[0].formats):
        yield Gap()
        yield Heading(f"{count(len(ordered), 'format combination')}")
        yield _overview(ordered, wide=wide)
    for story in ordered:
        yield Gap()
        yield from _story(story, rows, wide=wide)
    if explained.lines:
        yield Gap()
        lines = ", ".join(
            f"{one.line} ({plain(_ROLES[one.role].format(of=one.of))})" for one in explained.lines[:14]
        )
        yield line(f"Lines to look at: {lines}{' …' if len(explained.lines) > 14 else ''}")


def _order(story: FormatCombination) -> tuple[bool, bool, float]:
    time = story.price_ms if story.price_ms is not None else story.winner.time_ms if story.winner else None
    return not story.taken, story.winner is None, time if time is not None else float("inf")


def _place(explained: Explanation) -> str:
    parts = [
        f"build {explained.build}"
        if explained.build is not None
        else "an engine that no build of this log made"
    ]
    others = [str(number) for number in explained.builds if number != explained.build]
    if others:
        some = listed(others, 8)
        parts.append(
            f"builds {some} have it too (--build N)"
            if len(others) > 1
            else f"build {some} has it too (--build {some})"
        )
    if explained.onnx_nodes:
        nodes = listed([short(node, 48) for node in explained.onnx_nodes], 6)
        parts.append(f"{agree(len(explained.onnx_nodes), 'ONNX node', 'ONNX nodes')} {nodes}")
    return " · ".join(parts)


def _choice(explained: Explanation) -> Iterator[Block]:
    choice = explained.choice
    if explained.opened:
        yield from _opened(explained)
        return
    if choice is None:
        yield line(f"In the engine: not known; {plain(decision_words(explained.decision))}.", style="warn")
        return
    time = f"{milliseconds(choice.time_ms)} ({_SOURCES[choice.time_source]})"
    yield line(
        ("In the engine: ", "strong"),
        f"position {choice.position}, {plain(choice.layer_type or 'unknown type')} {choice.tactic or ''}, {time}, "
        f"{choice.family}, Tensor Cores: {choice.tensor_core}"
        + (f" ({plain(choice.evidence)})" if choice.evidence else ""),
    )
    if choice.kernel:
        yield line(plain(choice.kernel), indent=2)
    known = "Combination known" if explained.taken is not None else "Combination not known"
    yield line(f"{known}: {plain(decision_words(explained.decision))}.")


def _opened(explained: Explanation) -> Iterator[Block]:
    yield line(
        ("In the engine: ", "strong"),
        f"split into {count(len(explained.opened), 'kernel')}, which replace the region:",
    )
    for one in explained.opened:
        time = milliseconds(one.time_ms) if one.time_ms is not None else "no time in the log"
        kernel = f": {plain(one.kernel)}" if one.kernel else ""
        text = f"{plain(one.name)} ({one.family}, Tensor Cores: {one.tensor_core}, {time}, line {one.line}){kernel}"
        yield line(text, indent=2)


def next_best_words(explained: Explanation) -> str:
    """Say what the cheapest other combination would cost."""
    best = next((story for story in explained.combinations if story.combination == explained.next_best), None)
    own = next((story for story in explained.combinations if story.combination == explained.taken), None)
    if best is None or own is None or best.winner is None:
        return (
            "Next best combination: none with a time."
            if own is not None
            else "Cost of another combination: not known."
        )
    where = f"combination {best.combination}"
    if explained.extra_ms is None or own.price_ms is None:
        mine = own.winner.time_ms if own.winner else None
        return (
            f"Next best: {where}, {milliseconds(best.winner.time_ms)} against {milliseconds(mine)} alone; "
            "what its reformats would cost is not known."
        )
    more = explained.extra_ms / own.price_ms if own.price_ms else 0.0
    prices = f"{milliseconds(best.price_ms)} with reformats against {milliseconds(own.price_ms)}"
    best_is = f"Next best: {where}, {prices} ({change(more)})"
    if explained.extra_ms < 0:
        return f"{best_is}; cheaper by these numbers; the log does not say why it was not taken."
    return f"{best_is}, neighbours kept as they are."


_OVERVIEW = (
    Column("", keep=True), Column("number", right=True, keep=True), Column("winner", right=True, keep=True),
    Column("lead", right=True, optional=2), Column("reformats", right=True), Column("price", right=True, optional=1),
    Column("line", right=True), Column("formats", name=True),
)  # fmt: skip


def _overview(stories: list[FormatCombination], *, wide: bool) -> Table:
    grid = Table(_OVERVIEW)
    for story in stories:
        reformats = [one.time_ms for one in story.reformats] if story.winner else []
        known = [time for time in reformats if time is not None]
        cost = (
            "" if not reformats else milliseconds(sum(known)) if len(known) == len(reformats) else "not known"
        )
        time = (
            milliseconds(story.winner.time_ms)
            if story.winner
            else _RESULTS.get(story.result, story.result) or "–"
        )
        lead = (
            margin(story.runner_up.margin) or "none"
            if story.runner_up and story.runner_up.margin is not None
            else ""
        )
        grid.add(
            "*" if story.taken else "", str(story.combination), time, lead, cost,
            milliseconds(story.price_ms) if story.price_ms is not None else "", str(story.line),
            formats(story.formats or "not printed", wide=wide), style="strong" if story.taken else "",
        )  # fmt: skip
    return grid


def _story(story: FormatCombination, rows: int, *, wide: bool) -> Iterator[Block]:
    title = f"Combination {story.combination}{' (taken)' if story.taken else ''}"
    if story.formats:
        title += f": {plain(formats(story.formats, wide=wide))}"
    result = _RESULTS.get(story.result, story.result)
    if result:
        nowhere = ", the log does not say where" if story.result == "repeated" else ""
        title += f" [{result}{f', combination {story.origin}' if story.origin else nowhere}]"
    yield line(title, style="strong" if story.taken else "")
    yield from (line(beside, indent=2) for beside in _beside(story))
    if story.candidates:
        timed = [one for one in story.candidates if one.time_ms is not None]
        without = [one for one in story.candidates if one.time_ms is None]
        shown, unshown = timed[: rows or None], without[: rows or None]
        if shown:
            yield _candidates(shown)
        yield from (line(_without_time(one), style="dim", indent=2) for one in unshown)
        rest = len(story.candidates) - len(shown) - len(unshown)
        if rest:
            yield line(f"… and {count(rest, 'more candidate')}: --top 0 shows all", indent=2)
    for one in story.operations:
        yield line(_operation(one), indent=2)


def _beside(story: FormatCombination) -> Iterator[str]:
    """Yield the reformats beside a combination, and the runners that gave it nothing."""
    for one in story.reformats if story.winner else ():
        yield f"reformat {one.side} it: {_reformat(one)}"
    for result, text in (
        ("no_valid_tactic", "no valid tactic"),
        ("failed", "failed"),
        ("unfinished", "not finished in the log"),
    ):
        names = [plain(one.runner or "unknown runner") for one in story.runners if one.result == result]
        if names:
            yield f"{text}: {', '.join(names)}"


def _reformat(one: Reformat) -> str:
    tensor = f" of {short(one.tensor, 40)}" if one.tensor else ""
    if one.time_ms is None:
        return f"{plain(one.formats)}{tensor}, not measured"
    note = "" if one.exact else ", measured for these formats, possibly for another tensor"
    return f"{plain(one.formats)}{tensor}, {milliseconds(one.time_ms)}, line {one.line}{note}"


_CANDIDATES = (
    Column("time", right=True, keep=True), Column("margin", right=True, keep=True), Column("", keep=True),
    Column("Tensor Cores", optional=1), Column("tile", optional=2), Column("line", right=True),
    Column("tactic"), Column("kernel", name=True),
)  # fmt: skip


def _candidates(tried: list[Candidate]) -> Table:
    grid = Table(_CANDIDATES, indent=2, constants=True)
    for one in tried:
        grid.add(
            milliseconds(one.time_ms), margin(one.margin), "won" if one.won else "", one.tensor_core or "unknown",
            tile(one.kernel), str(one.line or ""), "" if one.kernel else one.tactic or "",
            one.kernel or one.runner or "unknown runner", style="strong" if one.in_engine else "",
        )  # fmt: skip
    return grid if any(one.kernel is None for one in tried) else grid.without([6])


def _name(one: Candidate) -> str:
    return plain(one.kernel or f"{one.runner or 'unknown runner'} {one.tactic or ''}".strip())


def _without_time(one: Candidate) -> str:
    """Say why a candidate has no time."""
    reasons = {"untimed": "taken without timing", "cached": "from a timing cache, which has no time of it"}
    why = plain(one.reason or reasons.get(one.status, "the log gives no reason"))
    if one.needed_bytes is not None:
        why += f", needs {memory(one.needed_bytes)}"
    if one.available_bytes is not None:
        why += f", {memory(one.available_bytes)} allowed"
    won = ", won" if one.won else ""
    return f"{one.status}{won}: {_name(one)}: {why}, line {one.line}"


def _operation(one: Operation) -> str:
    lead = f", next {margin(one.margin) or '+0.0 %'}" if one.margin is not None else ""
    used = "selected, not the fastest," if one.margin is not None and one.margin < 0 else "best"
    kernel = plain(one.kernel or "unknown kernel")
    return (
        f"op {plain(one.op or 'without a name')}: {milliseconds(one.time_ms)}, {used} of "
        f"{count(one.rows, 'op tactic')}{lead}, Tensor Cores: {one.tensor_core}, line {one.line}: {kernel}"
    )
