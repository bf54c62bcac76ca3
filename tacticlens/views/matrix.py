"""A matrix of builds as text: the builds, then the layers in which they differ, a cell per build."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tacticlens.diff.matrix import Matrix, Row
from tacticlens.views import matrix_words as words
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, short

_INDENT = 4
_GAP = 2
_SOURCE = 24
"""Columns that the name of a log gets at least: other facts go below before names are cut shorter."""


def matrix_text(found: Matrix, *, top: int | None = None, width: int = 110, color: bool = False) -> str:
    """Return the matrix as text of at most ``width`` columns.

    Args:
        found: the matrix.
        top: rows to show, equal ones after those that differ; None = the first that differ.
        width: columns of the terminal.
        color: with terminal colours.
    """
    return render(_parts(found, top, width), width=width, color=color)


def _parts(found: Matrix, top: int | None, width: int) -> Iterator[RenderableType]:
    shown = min(len(found.rows), top) if top is not None else min(found.differing, words.TOP)
    yield from _head(found, width)
    for note in words.notes(found):
        yield Text(note, style="dim")
    yield Text()
    yield heading(
        f"{count(found.differing, 'row differs', 'rows differ')} of {len(found.rows)}"
        if found.differing
        else "No row differs"
    )
    if shown:
        yield Text(words.LEGEND, style="dim")
    rows = found.rows[:shown]
    longest = max((len(cell.text) for row in rows for cell in words.cells(row)), default=0)
    for row in rows:
        yield Text()
        yield from _row(row, longest, width)
    rest = words.rest(found, shown)
    if rest is not None:
        yield Text()
        yield Text(rest)


def _head(found: Matrix, width: int) -> Iterator[RenderableType]:
    """Yield a row per log; facts that do not fit beside each other follow below."""
    names, rows = words.head(found)
    sizes = [max(len(names[at]), *(len(row[at]) for row in rows)) for at in range(len(names))]
    source = names.index("source")
    too_wide = sum(sizes) + _GAP * (len(sizes) - 1) - width
    sizes[source] = max(sizes[source] - max(too_wide, 0), min(sizes[source], _SOURCE))
    blocks: list[list[int]] = [[]]
    for at in range(1, len(names)):
        used = sizes[0] + sum(_GAP + sizes[one] for one in (*blocks[-1], at))
        if blocks[-1] and used > width:
            blocks.append([])
        blocks[-1].append(at)
    for number, block in enumerate(blocks):
        if number:
            yield Text()
        grid = table(*(names[at] for at in (0, *block)), right=words.RIGHT)
        for row in rows:
            grid.add_row(*(_ending(row[at], sizes[at]) if at == source else row[at] for at in (0, *block)))
        yield grid


def _ending(text: str, width: int) -> str:
    """Return the end of a path, where logs of one folder differ."""
    return text if len(text) <= width else f"…{text[-(width - 1) :]}"


def _row(row: Row, longest: int, width: int) -> Iterator[RenderableType]:
    name = words.title(row)
    spread = words.spread(row) + (" apart" if row.spread_ms is not None else "")
    yield Text.assemble((spread, "bold"), f"  {short(name, max(width - len(spread) - _GAP, _SOURCE))}")
    cells = words.cells(row)
    room = min(longest + len(f"{len(cells)}: "), width - _INDENT)
    across = max(1, (width - _INDENT + _GAP) // (room + _GAP))
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False, show_edge=False)
    for _ in range(min(across, len(cells))):
        grid.add_column(width=room, no_wrap=True, overflow="ellipsis")
    texts = [_cell(number, cell, room) for number, cell in enumerate(cells, 1)]
    for begin in range(0, len(texts), across):
        grid.add_row(*texts[begin : begin + across])
    yield Padding(grid, (0, 0, 0, _INDENT))
    kernels = words.kernels(row)
    ends = max((len(one.letter) + len(one.family) for one in kernels), default=0) + len("   []")
    names = words.shortened([one.name for one in kernels], max(width - _INDENT - ends, _SOURCE))
    for kernel, name in zip(kernels, names, strict=True):
        yield Padding(Text(f"{kernel.letter}  {name} [{kernel.family}]", style="dim"), (0, 0, 0, _INDENT))


def _cell(number: int, cell: words.Said, room: int) -> Text:
    """Return a cell whose words go to lines below where they do not fit."""
    lines = [f"{number}: {cell.text}"]
    below = " " * len(f"{number}: ")
    for word in cell.more:
        if len(lines[-1]) + 1 + len(word) > room:
            lines.append(f"{below}{word}")
        else:
            lines[-1] += f" {word}"
    style = "red" if "TC-" in cell.text or "≠ real" in cell.text else "yellow" if "≠" in cell.text else ""
    return Text("\n".join(lines), style=style)
