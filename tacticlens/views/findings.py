"""Findings: one line each, the whole story of those that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import polars as pl

from tacticlens.analysis.finding import Finding
from tacticlens.views.blocks import Block, Column, Gap, Heading, Table, line
from tacticlens.views.finding_text import as_dict, text_of
from tacticlens.views.result import Result, frame_of
from tacticlens.words import agree, count, line_numbers, listed, milliseconds, plain, short

_LAYERS = 4
_LINES = 8


class FindingsResult(Result):
    """What stands out in a log.

    Args:
        found: all findings, those with most at stake first.
        top: so many are shown; None = all of them.
        details: their reason, advice and lines too.
        notes: what to say below.
    """

    kind: ClassVar[str] = "findings"

    def __init__(
        self,
        found: Sequence[Finding],
        *,
        top: int | None = None,
        details: bool = False,
        notes: Sequence[str] = (),
    ) -> None:
        self._found = found
        self._shown = found[:top]
        self._details = details
        self._notes = notes

    def blocks(self) -> Iterator[Block]:
        """Yield the findings, one line or one block each, and what holds for all of them once."""
        yield Heading(_answer(self._found))
        if self._details:
            for finding in self._shown:
                yield Gap()
                yield from story(finding)
        elif self._shown:
            yield Gap()
            yield listing(self._shown)
        rest = len(self._found) - len(self._shown)
        yield Gap()
        if rest:
            yield line(f"… and {count(rest, 'more finding')}: --top {len(self._found)}")
        if self._shown and not self._details:
            code = self._shown[0].code
            yield line(
                f"Reasons, advice and log lines: --verbose, or --code {code} for one kind.", style="dim"
            )
        notes = [*scale_notes(self._shown), *self._notes]
        yield from (line(f"Note: {plain(note)}", style="warn") for note in notes)

    def document(self) -> list[dict[str, Any]]:
        """Return the findings as plain data."""
        return [as_dict(finding) for finding in self._shown]

    def rows(self) -> pl.DataFrame:
        """Return one row per finding."""
        return frame_of({k: v for k, v in one.items() if k != "facts"} for one in self.document())


def _answer(found: Sequence[Finding]) -> str:
    if not found:
        return "No findings"
    stakes = [finding.stake_ms for finding in found if finding.stake_ms]
    most = f"; the first has {milliseconds(stakes[0])} at stake" if stakes and found[0].stake_ms else ""
    return f"{count(len(found), 'finding')}{most}"


def listing(found: Sequence[Finding]) -> Table:
    """Return the findings as a table, one line each."""
    grid = Table(
        (Column("code", keep=True), Column("at stake", right=True, keep=True), Column("what", keep=True))
    )
    for finding in found:
        stake = milliseconds(finding.stake_ms) if finding.stake_ms else ""
        grid.add(finding.code, stake, text_of(finding).title)
    return grid


def story(finding: Finding) -> Iterator[Block]:
    """Yield everything that is known of a finding."""
    text = text_of(finding)
    yield line((finding.code, "code"), f" {text.title}", (_stake(finding), "strong"), hang=6)
    yield line(text.why, indent=6)
    yield line(("Do: ", "strong"), text.action, indent=6)
    if finding.layers or finding.lines:
        yield line(_where(finding), style="dim", indent=6)


def scale_notes(found: Sequence[Finding]) -> list[str]:
    """Say how stakes were scaled: one sentence per engine whose layers add up to more than it takes."""
    scales = dict.fromkeys(one.scale for one in found if one.scale is not None and one.scale.factor < 1)
    return [
        f"the layers add up to {milliseconds(scale.layers_ms)}; the engine takes "
        f"{milliseconds(scale.measured_ms)} on the GPU, so stakes are scaled by {scale.factor:.2g}"
        for scale in scales
    ]


def _stake(finding: Finding) -> str:
    return f" [{milliseconds(finding.stake_ms)} at stake]" if finding.stake_ms else ""


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
        names = listed([short(name, 60) for name in finding.layers], _LAYERS)
        parts.append(f"{agree(len(finding.layers), 'layer', 'layers')} {names}")
    if finding.lines:
        parts.append(line_numbers(finding.lines, _LINES))
    return "; ".join(parts)
