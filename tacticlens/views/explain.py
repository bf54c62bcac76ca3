"""The explanation of one layer as text: the choice, its price, and every combination with its candidates."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tacticlens.analysis.explanation import Explanation, FormatCombination, Operation, Tried
from tacticlens.analysis.reformat_costs import Reformat
from tacticlens.kernels import decode
from tacticlens.views.decision import decision_words
from tacticlens.views.tactics import margin
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, plain, short

ROWS = 6
_SOURCES = {
    "profile": "measured in the profile", "tactic": "time of the tactic alone",
    "nsys": "measured by a profiler", "framework": "PyTorch's kernels for its nodes, not the engine's",
    "twin": "time of an equal layer's tactic", "none": "no time in the log",
}  # fmt: skip
_RESULTS = {
    "cached": "told by a timing cache", "repeated": "measured before", "no_tactic": "no tactic", "untimed": "not timed",
    "unfinished": "not finished in the log", "timed": "",
}  # fmt: skip


def explain_text(told: Explanation, *, rows: int = ROWS, width: int = 110, color: bool = False) -> str:
    """Return the explanation as text.

    Args:
        told: the explanation.
        rows: how many candidates to print per combination; 0 = all.
        width: columns of the output.
        color: with terminal colours.
    """
    return render(_parts(told, rows, width), width=width, color=color)


def _parts(told: Explanation, rows: int, width: int) -> Iterator[RenderableType]:
    yield heading(plain(told.name))
    yield Text(_place(told))
    yield from _choice(told)
    yield Text(next_best_words(told))
    ordered = sorted(told.combinations, key=_order)
    if len(ordered) > 1 or (ordered and ordered[0].formats):
        yield Text()
        yield heading(f"{count(len(ordered), 'format combination')}")
        yield _overview(ordered, width)
    for story in ordered:
        yield Text()
        yield from _story(story, rows, width)
    if told.lines:
        yield Text()
        said = ", ".join(f"{line} ({plain(what)})" for line, what in told.lines[:14])
        yield Text(f"Lines to look at: {said}{' …' if len(told.lines) > 14 else ''}")


def _order(story: FormatCombination) -> tuple[bool, bool, float]:
    time = story.price_ms if story.price_ms is not None else story.winner.time_ms if story.winner else None
    return not story.taken, story.winner is None, time if time is not None else float("inf")


def _place(told: Explanation) -> str:
    parts = [f"build {told.build}" if told.build is not None else "an engine that no build of this log made"]
    others = [str(number) for number in told.builds if number != told.build]
    if others:
        some = ", ".join(others[:8]) + (" …" if len(others) > 8 else "")
        parts.append(
            f"builds {some} have it too (--build N)"
            if len(others) > 1
            else f"build {some} has it too (--build {some})"
        )
    if told.onnx_nodes:
        nodes = ", ".join(short(node, 48) for node in told.onnx_nodes[:6])
        more = f" and {len(told.onnx_nodes) - 6} more" if len(told.onnx_nodes) > 6 else ""
        parts.append(f"ONNX nodes {nodes}{more}")
    return " · ".join(parts)


def _choice(told: Explanation) -> Iterator[RenderableType]:
    choice = told.choice
    if told.opened:
        yield from _opened(told)
        return
    if choice is None:
        yield Text(f"In the engine: not known; {plain(decision_words(told.decision))}.", style="yellow")
        return
    time = f"{milliseconds(choice.time_ms)} ({_SOURCES[choice.time_source]})"
    yield Text.assemble(
        ("In the engine: ", "bold"),
        f"position {choice.position}, {plain(choice.layer_type or 'type not told')} {choice.tactic or ''}, {time}, "
        f"{choice.family}, Tensor Cores: {choice.tensor_core}"
        + (f" ({plain(choice.evidence)})" if choice.evidence else ""),
    )
    if choice.kernel:
        yield Padding(Text(plain(choice.kernel)), (0, 0, 0, 2))
    known = "Combination known" if told.taken is not None else "Combination not known"
    yield Text(f"{known}: {plain(decision_words(told.decision))}.")


def _opened(told: Explanation) -> Iterator[RenderableType]:
    yield Text.assemble(
        ("In the engine: ", "bold"),
        f"opened into {count(len(told.opened), 'kernel')}, which stand in place of the region:",
    )
    for one in told.opened:
        time = milliseconds(one.time_ms) if one.time_ms is not None else "time not told"
        kernel = f": {plain(one.kernel)}" if one.kernel else ""
        said = f"{plain(one.name)} ({one.family}, Tensor Cores: {one.tensor_core}, {time}, line {one.line}){kernel}"
        yield Padding(Text(said), (0, 0, 0, 2))


def next_best_words(told: Explanation) -> str:
    """Say what the cheapest other combination would cost."""
    best = next((story for story in told.combinations if story.combination == told.next_best), None)
    own = next((story for story in told.combinations if story.combination == told.taken), None)
    if best is None or own is None or best.winner is None:
        return (
            "Next best combination: none with a time."
            if own is not None
            else "Price of another combination: not known."
        )
    where = f"combination {best.combination}"
    if told.extra_ms is None or own.price_ms is None:
        mine = own.winner.time_ms if own.winner else None
        return (
            f"Next best: {where}, {milliseconds(best.winner.time_ms)} against {milliseconds(mine)} alone; "
            "what its reformats would cost is not known."
        )
    more = told.extra_ms / own.price_ms if own.price_ms else 0.0
    prices = f"{milliseconds(best.price_ms)} with reformats against {milliseconds(own.price_ms)}"
    said = f"Next best: {where}, {prices} ({more * 100:+.1f} %)"
    if told.extra_ms < 0:
        return f"{said}; cheaper by the printed numbers; the log does not tell why it was not taken."
    return f"{said}, neighbours kept as they are."


def _overview(stories: list[FormatCombination], width: int) -> Table:
    grid = table(
        "",
        "number",
        "winner",
        "lead",
        "reformats",
        "price",
        "line",
        "formats",
        right=("number", "winner", "lead", "reformats", "price", "line"),
    )
    for story in stories:
        reformats = [one.time_ms for one in story.reformats] if story.winner else []
        cost = (
            ""
            if not reformats
            else "not known"
            if None in reformats
            else f"{sum(t or 0 for t in reformats):.3g} ms"
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
        grid.add_row(
            "*" if story.taken else "", str(story.combination), time, lead, cost,
            milliseconds(story.price_ms) if story.price_ms is not None else "", str(story.line),
            short(story.formats or "not printed", max(30, width - 66)), style="bold" if story.taken else None,
        )  # fmt: skip
    return grid


def _story(story: FormatCombination, rows: int, width: int) -> Iterator[RenderableType]:
    title = f"Combination {story.combination}{' (taken)' if story.taken else ''}"
    if story.formats:
        title += f": {plain(story.formats)}"
    said = _RESULTS.get(story.result, story.result)
    if said:
        nowhere = ", where is not told" if story.result == "repeated" else ""
        title += f" [{said}{f', combination {story.origin}' if story.origin else nowhere}]"
    yield Text(title, style="bold" if story.taken else "")
    yield from (Padding(Text(line), (0, 0, 0, 2)) for line in _beside(story))
    if story.candidates:
        timed = [one for one in story.candidates if one.time_ms is not None]
        without = [one for one in story.candidates if one.time_ms is None]
        shown, unshown = timed[: rows or None], without[: rows or None]
        if shown:
            yield Padding(_candidates(shown, width - 2), (0, 0, 0, 2))
        yield from (Padding(Text(_without_time(one), style="dim"), (0, 0, 0, 2)) for one in unshown)
        rest = len(story.candidates) - len(shown) - len(unshown)
        if rest:
            yield Padding(Text(f"… and {count(rest, 'more candidate')}: --top 0 shows all"), (0, 0, 0, 2))
    for one in story.operations:
        yield Padding(Text(_operation(one)), (0, 0, 0, 2))


def _beside(story: FormatCombination) -> Iterator[str]:
    """Yield the reformats beside a combination, and the runners that gave it nothing."""
    for one in story.reformats if story.winner else ():
        yield f"reformat {one.side} it: {_reformat(one)}"
    for word, said in (
        ("no_valid_tactic", "no valid tactic"),
        ("failed", "failed"),
        ("unfinished", "not finished in the log"),
    ):
        names = [plain(one.runner or "runner not told") for one in story.runners if one.result == word]
        if names:
            yield f"{said}: {', '.join(names)}"


def _reformat(one: Reformat) -> str:
    tensor = f" of {short(one.tensor, 40)}" if one.tensor else ""
    if one.time_ms is None:
        return f"{plain(one.formats)}{tensor}, not measured"
    note = "" if one.exact else ", measured for these formats, maybe of another tensor"
    return f"{plain(one.formats)}{tensor}, {milliseconds(one.time_ms)}, line {one.line}{note}"


def _candidates(tried: list[Tried], width: int) -> Table:
    grid = table(
        "time", "margin", "", "Tensor Cores", "tile", "line", "tactic", right=("time", "margin", "line")
    )
    for one in tried:
        tile = (decode(one.kernel).tile or "") if one.kernel else ""
        name = one.kernel or f"{one.runner or 'runner not told'} {one.tactic or ''}"
        grid.add_row(
            milliseconds(one.time_ms), margin(one.margin), "won" if one.won else "", one.tensor_core or "unknown", tile,
            str(one.line or ""), short(name, max(30, width - 62)), style="bold" if one.in_engine else None,
        )  # fmt: skip
    return grid


def _without_time(one: Tried) -> str:
    """Say why a candidate has no time."""
    name = (
        short(one.kernel, 60)
        if one.kernel
        else f"{plain(one.runner or 'runner not told')} {one.tactic or ''}"
    )
    reasons = {"untimed": "taken without timing", "cached": "told by a timing cache without a time"}
    said = plain(one.reason or reasons.get(one.status, "reason not told"))
    if one.needed_bytes is not None:
        said += f", needs {one.needed_bytes:,} bytes"
    if one.available_bytes is not None:
        said += f", may use {one.available_bytes:,} bytes"
    won = ", won" if one.won else ""
    return f"{one.status}{won}: {name}: {said}, line {one.line}"


def _operation(one: Operation) -> str:
    lead = f", next {margin(one.margin) or '+0.0 %'}" if one.margin is not None else ""
    used = "selected, not the fastest," if one.margin is not None and one.margin < 0 else "best"
    kernel = plain(one.kernel or "kernel not told")
    return (
        f"op {plain(one.op or 'not named')}: {milliseconds(one.time_ms)}, {used} of {count(one.rows, 'op tactic')}"
        f"{lead}, Tensor Cores: {one.tensor_core}, line {one.line}: {kernel}"
    )
