"""What a view says before it is a terminal's text, Markdown or HTML: headings, lines and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tacticlens.kernels.family import Family
    from tacticlens.views.colours import Level

Meaning = Literal["", "strong", "dim", "good", "bad", "warn", "code"]
Style: TypeAlias = "Meaning | Family | Level"
"""What a text means, or the family or level whose colour it has; each format has its own way to show it."""

Piece: TypeAlias = "str | tuple[str, Style]"


@dataclass(frozen=True)
class Heading:
    """The title of what follows; level 1 is that of the whole."""

    text: str
    level: int = 2
    style: Style = "strong"


@dataclass(frozen=True)
class Line:
    """A paragraph of styled pieces, wrapped where it is longer than the screen.

    Attributes:
        pieces: texts, or texts with their style.
        indent: columns from the left.
        hang: further columns for all lines but the first.
    """

    pieces: tuple[tuple[str, Style], ...]
    indent: int = 0
    hang: int = 0

    @property
    def text(self) -> str:
        """Return the text without styles."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True)
class Gap:
    """An empty line between two parts."""


@dataclass(frozen=True)
class Code:
    """Lines to copy: never wrapped or shortened.

    Attributes:
        lines: the lines.
        language: what they are written in, as Markdown names it.
        indent: columns from the left.
    """

    lines: tuple[str, ...]
    language: str = ""
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: what stands above it.
        right: numbers stand below each other at their right end.
        name: it holds names, which may be shortened in their middle; all else is never cut.
        optional: the column is left out where the table would be too wide; higher numbers go first.
        keep: the column stays where all its cells are equal.
    """

    title: str
    right: bool = False
    name: bool = False
    optional: int = 0
    keep: bool = False


@dataclass(frozen=True)
class Cell:
    """A text with its meaning, where it is not that of its row."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Row:
    """One row: a cell per column, and what the whole row means."""

    cells: tuple[Cell, ...]
    style: Style = ""


@dataclass
class Table:
    """A table.

    Attributes:
        columns: its columns.
        rows: its rows.
        indent: columns from the left.
        header: whether the titles are shown.
        constants: columns whose cells are all equal are said once below the table instead of in every row.
    """

    columns: tuple[Column, ...]
    rows: list[Row] = field(default_factory=list)
    indent: int = 0
    header: bool = True
    constants: bool = False

    def add(self, *cells: str | Cell, style: Style = "") -> None:
        """Add a row."""
        if len(cells) != len(self.columns):
            message = f"{len(cells)} cells for {len(self.columns)} columns"
            raise ValueError(message)
        row = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)
        self.rows.append(Row(row, style))

    def constant(self) -> list[int]:
        """Return the columns that say the same in every row, if those are left out here."""
        if not self.constants or len(self.rows) < 2:
            return []
        texts = [{row.cells[at].text for row in self.rows} for at in range(len(self.columns))]
        return [
            at
            for at, column in enumerate(self.columns)
            if len(texts[at]) == 1 and not (column.keep or column.name)
        ]

    def without(self, columns: Sequence[int]) -> Table:
        """Return the table without some columns."""
        left = [at for at in range(len(self.columns)) if at not in columns]
        rows = [Row(tuple(row.cells[at] for at in left), row.style) for row in self.rows]
        return Table(tuple(self.columns[at] for at in left), rows, self.indent, self.header, self.constants)

    def said_once(self) -> str | None:
        """Return what holds for all rows: the columns that were left out because their cells are equal."""
        equal = [(self.columns[at].title, self.rows[0].cells[at].text) for at in self.constant()]
        equal = [(title, text) for title, text in equal if text.strip(" –")]
        return f"In all rows: {', '.join(f'{title} {text}' for title, text in equal)}" if equal else None


Block = Heading | Line | Gap | Code | Table


def line(*pieces: Piece, style: Style = "", indent: int = 0, hang: int = 0) -> Line:
    """Return a paragraph; pieces without a style of their own have that of the whole."""
    styled = tuple((piece, style) if isinstance(piece, str) else piece for piece in pieces)
    return Line(styled, indent, hang)


def table(
    *columns: str | Column, right: Sequence[str] = (), names: Sequence[str] = (), constants: bool = False,
    indent: int = 0,
) -> Table:  # fmt: skip
    """Return an empty table; `right` and `names` say which of the plain titles hold numbers and names."""
    made = tuple(
        Column(one, right=one in right, name=one in names) if isinstance(one, str) else one for one in columns
    )
    return Table(made, indent=indent, constants=constants)


def facts(indent: int = 0) -> Table:
    """Return an empty table of two columns without titles: what, and how much."""
    return Table((Column("", keep=True), Column("", keep=True)), header=False, indent=indent)


def texts(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield every text of the blocks, for tests and searches."""
    for block in blocks:
        if isinstance(block, Heading | Line):
            yield block.text
        elif isinstance(block, Code):
            yield from block.lines
        elif isinstance(block, Table):
            yield from (column.title for column in block.columns)
            yield from (cell.text for row in block.rows for cell in row.cells)
