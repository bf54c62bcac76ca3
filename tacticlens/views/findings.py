"""Findings as text and as Markdown, most at stake first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from tacticlens.analysis.finding import Finding
from tacticlens.views.finding_text import text_of
from tacticlens.views.markdown import inline
from tacticlens.views.text import heading, render
from tacticlens.views.words import count, milliseconds, plain, short

_LAYERS = 4
_LINES = 8


def findings_text(
    found: Sequence[Finding], *, of: int, notes: Sequence[str] = (), width: int = 110, color: bool = False
) -> str:
    """Return the findings as text.

    Args:
        found: what to print.
        of: how many there are in all.
        notes: what to say below.
        width: columns of the output.
        color: with terminal colours.
    """
    said = [Text(f"Note: {plain(note)}", style="yellow") for note in [*scale_notes(found), *notes]]
    return render([*_parts(found, of), *said], width=width, color=color)


def scale_notes(found: Sequence[Finding]) -> list[str]:
    """Say how stakes were scaled: one sentence per engine whose layers add up to more than it takes."""
    scales = dict.fromkeys(one.scale for one in found if one.scale is not None and one.scale.factor < 1)
    return [
        f"layers measured alone add up to {milliseconds(scale.layers_ms)}; the engine takes "
        f"{milliseconds(scale.measured_ms)} on the GPU, so stakes are scaled by {scale.factor:.2g}"
        for scale in scales
    ]


def _parts(found: Sequence[Finding], of: int) -> Iterator[RenderableType]:
    yield heading(count(of, "finding") if of else "No findings")
    for finding in found:
        text = text_of(finding)
        yield Text()
        yield Text.assemble((finding.code, "bold cyan"), f" {text.title}", (_stake(finding), "bold yellow"))
        yield Padding(Text(text.why), (0, 0, 0, 6))
        yield Padding(Text.assemble(("Do: ", "bold"), text.action), (0, 0, 0, 6))
        if finding.layers or finding.lines:
            yield Padding(Text(_where(finding), style="dim"), (0, 0, 0, 6))
    if len(found) < of:
        yield Text()
        yield Text(f"… and {count(of - len(found), 'more finding')}: --top {of}")


def _stake(finding: Finding) -> str:
    return f" [{milliseconds(finding.stake_ms)} at stake]" if finding.stake_ms is not None else ""


def _where(finding: Finding) -> str:
    parts = []
    if finding.engine is not None or finding.build is not None:
        parts.append(
            " ".join(
                f"{word} {n}"
                for word, n in (("engine", finding.engine), ("build", finding.build))
                if n is not None
            )
        )
    if finding.layers:
        parts.append("layers " + _some([short(name, 60) for name in finding.layers], _LAYERS))
    if finding.lines:
        parts.append("lines " + _some([str(line) for line in finding.lines], _LINES))
    return "; ".join(parts)


def _some(items: Sequence[str], shown: int) -> str:
    return ", ".join(items[:shown]) + (f" and {len(items) - shown} more" if len(items) > shown else "")


def findings_markdown(found: Sequence[Finding], *, of: int) -> str:
    """Return the findings as Markdown; names are in code spans."""
    parts = [f"## {count(of, 'finding') if of else 'No findings'}", ""]
    for finding in found:
        text = text_of(finding)
        parts += [f"### {finding.code} {inline(text.title + _stake(finding))}", "", inline(text.why), ""]
        parts += [f"**Do:** {inline(text.action)}", ""]
        if finding.layers or finding.lines:
            parts += [inline(_where(finding)), ""]
    parts += [line for note in scale_notes(found) for line in (f"Note: {inline(note)}", "")]
    if len(found) < of:
        parts += [f"… and {count(of - len(found), 'more finding')}", ""]
    return "\n".join(parts)
