"""Blocks -> text of a terminal. The only place that knows about columns and colours."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from rich.cells import cell_len, chop_cells

from tacticlens.views.blocks import Block, Code, Gap, Heading, Line, Row, Style, Table
from tacticlens.views.colours import COLOURS, HEAT
from tacticlens.views.names import ShortNames
from tacticlens.views.result import Look
from tacticlens.words import plain

_STYLES = {
    "": "", "strong": "bold", "dim": "dim", "good": "green", "bad": "red", "warn": "yellow", "code": "cyan",
}  # fmt: skip
_LEVELS = {
    "much_faster": "bold blue", "faster": "blue", "usual": "dim", "slower": "red", "much_slower": "bold red",
}  # fmt: skip
"""Levels of a heat map where a terminal has the 16 colours of its user only."""
_DEPTHS: dict[str, Literal["standard", "256", "truecolor"]] = {
    "16": "standard",
    "256": "256",
    "all": "truecolor",
}
_INK = {True: "#ffffff", False: "#14171c"}
_GAP = 2
_LEAST_NAME = 12
_UNLIMITED = 1 << 20
_UNIT = re.compile(r"(?<=\d) (?=(?:ms|ns|s|%|x|B|kB|MB|GB|MiB|GiB|GB/s)(?!\w))")
_WORD = re.compile(r" *[^ ]+ *")
_GLUE = "\ue000"
"""Stands for the space before a unit while lines are wrapped; no printable text has it."""

Pieces = list[tuple[str, str]]
"""A line: texts and their styles, as rich has these. Rich itself takes long to import, and only colours need it."""


def as_text(blocks: Iterable[Block], look: Look | None = None) -> str:
    """Return the blocks as text, with terminal colours only if asked."""
    look = look or Look()
    lines = (line for block in blocks for line in _lines(block, look))
    shown = _coloured(lines, look) if look.color else "\n".join(map(_joined, lines))
    return "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"


def _coloured(lines: Iterable[Pieces], look: Look) -> str:
    from rich.console import Console
    from rich.text import Text

    buffer = io.StringIO()
    console = Console(
        file=buffer, width=_UNLIMITED, force_terminal=True, color_system=_DEPTHS[look.colors],
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
    return buffer.getvalue()


def _lines(block: Block, look: Look) -> Iterator[Pieces]:
    if isinstance(block, Table):
        yield from _table(block, look)
    elif isinstance(block, Line):
        yield from _paragraph(block, look)
    elif isinstance(block, Heading):
        yield from _paragraph(Line(((block.text, block.style),)), look)
    elif isinstance(block, Code):
        yield from (_indented([(plain(step), _STYLES["code"])], block.indent) for step in block.lines)
    else:
        assert isinstance(block, Gap)
        yield []


def _style(style: Style, look: Look) -> str:
    """Return a style as rich has it; families have a colour only where a terminal has more than 16."""
    if style in HEAT and look.colors == "16":
        return _LEVELS[style]
    if style in HEAT:
        ground = HEAT[style].dark
        bright = sum(int(ground[at : at + 2], 16) for at in (1, 3, 5)) > 3 * 128
        return f"{_INK[not bright]} on {ground}"
    if style in COLOURS:
        return "" if look.colors == "16" else COLOURS[style].dark
    return _STYLES[style]


def _paragraph(block: Line, look: Look) -> Iterator[Pieces]:
    """Yield the lines of a paragraph; a number and its unit stay together."""
    pieces = [(_UNIT.sub(_GLUE, plain(piece)), _style(style, look)) for piece, style in block.pieces]
    room = max(20, look.width - block.indent - block.hang)
    for number, one in enumerate(_wrapped(pieces, room)):
        kept = [(text.replace(_GLUE, " "), style) for text, style in _stripped(one)]
        yield _indented(kept, block.indent + (block.hang if number else 0))


def _wrapped(pieces: Pieces, room: int) -> Iterator[Pieces]:
    """Yield lines that fit; a word that is wider than a line is cut."""
    text = _joined(pieces)
    begin = 0
    for end in (*_breaks(text, room), len(text)):
        line, at = [], 0
        for piece, style in pieces:
            part = piece[max(begin - at, 0) : max(end - at, 0)]
            line += [(part, style)] if part else []
            at += len(piece)
        yield line
        begin = end


def _breaks(text: str, room: int) -> Iterator[int]:
    """Yield the places in a text at which a new line begins."""
    taken = 0
    for word in _WORD.finditer(text):
        place, width = word.start(), cell_len(word.group().rstrip())
        if width <= room - taken:
            taken += cell_len(word.group())
        elif width > room:
            for part in chop_cells(word.group(), room):
                if place:
                    yield place
                place, taken = place + len(part), cell_len(part)
        elif taken and place:
            yield place
            taken = cell_len(word.group())


def _joined(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def _stripped(pieces: Pieces) -> Pieces:
    """Return a line without spaces at its end."""
    while pieces:
        text, style = pieces[-1]
        if text.rstrip():
            return [*pieces[:-1], (text.rstrip(), style)]
        pieces = pieces[:-1]
    return pieces


def _indented(pieces: Pieces, columns: int) -> Pieces:
    return [(" " * columns, ""), *pieces]


def _table(table: Table, look: Look) -> Iterator[Pieces]:
    shown = table.without(table.constant())
    room = None if look.whole else look.width - table.indent
    shown, cells = _fitted(shown, room)
    sizes = _sizes(shown, cells)
    if shown.header and shown.columns:
        titles = [column.title for column in shown.columns]
        yield _indented(_row(shown, titles, sizes, ["strong"] * len(titles), look), table.indent)
    for row, texts in zip(shown.rows, cells, strict=True):
        styles = [cell.style or row.style for cell in row.cells]
        yield _indented(_row(shown, texts, sizes, styles, look), table.indent)
    once = table.said_once()
    if once is not None:
        yield from _paragraph(Line(((once, "dim"),), table.indent), look)


def _row(table: Table, texts: list[str], sizes: list[int], styles: Sequence[Style], look: Look) -> Pieces:
    made: Pieces = []
    for column, text, size, style in zip(table.columns, texts, sizes, styles, strict=True):
        fill = " " * (size - cell_len(text))
        made += [(" " * _GAP, "")] if made else []
        made.append((f"{fill}{text}" if column.right else f"{text}{fill}", _style(style, look)))
    return _stripped(made)


def _sizes(table: Table, cells: list[list[str]]) -> list[int]:
    titles = [column.title if table.header else "" for column in table.columns]
    return [max([cell_len(title), *(cell_len(row[at]) for row in cells)]) for at, title in enumerate(titles)]


def _fitted(table: Table, room: int | None) -> tuple[Table, list[list[str]]]:
    """Return the table and its cells in at most `room` columns: names are shortened, then optional columns go.

    Numbers are never cut: a table that is still too wide stays so.
    """
    cells = [_plain(row) for row in table.rows]
    if room is None:
        return table, cells
    while True:
        sizes = _sizes(table, cells)
        over = sum(sizes) + _GAP * (len(sizes) - 1) - room
        if over <= 0:
            return table, cells
        names = [at for at, column in enumerate(table.columns) if column.name]
        spare = sum(max(0, sizes[at] - _LEAST_NAME) for at in names)
        droppable = [at for at, column in enumerate(table.columns) if column.optional]
        if spare >= over or not droppable:
            return table, _shortened(cells, sizes, names, over)
        worst = max(droppable, key=lambda at: table.columns[at].optional)
        table = table.without([worst])
        cells = [row[:worst] + row[worst + 1 :] for row in cells]


def _plain(row: Row) -> list[str]:
    return [plain(cell.text) for cell in row.cells]


def _shortened(cells: list[list[str]], sizes: list[int], names: list[int], over: int) -> list[list[str]]:
    """Take what is too much from the widest names first."""
    rooms = {at: sizes[at] for at in names}
    for _ in range(over):
        widest = max(rooms, key=lambda at: rooms[at], default=None)
        if widest is None or rooms[widest] <= _LEAST_NAME:
            break
        rooms[widest] -= 1
    for at, room in rooms.items():
        short = ShortNames(row[at] for row in cells)
        for row in cells:
            row[at] = short.short(row[at], room)
    return cells
