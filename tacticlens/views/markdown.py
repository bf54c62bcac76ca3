"""Blocks -> Markdown; what a log named is in code spans, where nothing is live."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tacticlens.views.blocks import Block, Code, Gap, Heading, Line, Table
from tacticlens.views.code_spans import inline, table_row
from tacticlens.words import plain

_TICKS = re.compile("`+")


def as_markdown(blocks: Iterable[Block]) -> str:
    """Return the blocks as Markdown."""
    parts: list[str] = []
    listed = False
    for block in blocks:
        if isinstance(block, Gap):
            continue
        item = isinstance(block, Line) and block.indent > 0
        # items of a list stand together, everything else is a paragraph of its own
        if parts and not (item and listed):
            parts.append("")
        listed = item
        if isinstance(block, Heading):
            parts.append(f"{'#' * (block.level + 1)} {inline(block.text)}")
        elif isinstance(block, Line):
            text = "".join(_styled(text, style) for text, style in block.pieces)
            parts.append(f"- {text.strip()}" if item else text)
        elif isinstance(block, Code):
            parts += _fenced(block)
        else:
            parts += _table(block)
    return "\n".join([*parts, ""])


def _fenced(block: Code) -> list[str]:
    lines = [plain(step) for step in block.lines]
    fence = "`" * max(3, 1 + max((len(run) for step in lines for run in _TICKS.findall(step)), default=0))
    return [f"{fence}{block.language}", *lines, fence]


def _styled(text: str, style: str) -> str:
    mark = "**" if style in {"strong", "good", "bad", "warn"} and text.strip() else ""
    begin, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{begin}{mark}{inline(text)}{mark}{end}" if text.strip() else begin


def _table(table: Table) -> Iterable[str]:
    shown = table.without(table.constant())
    yield table_row(*(column.title if table.header else "" for column in shown.columns))
    yield "|".join(["", *("---:" if column.right else "---" for column in shown.columns), ""])
    for row in shown.rows:
        yield table_row(*(cell.text for cell in row.cells))
    once = table.said_once()
    if once is not None:
        yield ""
        yield inline(once)
