"""One table as text, as many rows as fit, with a word on the rest."""

from __future__ import annotations

from rich.text import Text

from tacticlens.tables.table_set import TableSet
from tacticlens.views.text import render, table
from tacticlens.views.words import count, short

_ROWS = 200
_CELL = 48


def table_text(tables: TableSet, name: str, *, width: int = 110, color: bool = False) -> str:
    """Return the first rows of a table; other formats have all of them."""
    data = tables[name]
    grid = table(*data.columns, right=[c for c, dtype in data.schema.items() if dtype.is_numeric()])
    for row in data.head(_ROWS).iter_rows():
        grid.add_row(*[_cell(value) for value in row])
    rest = len(data) - _ROWS
    more = [Text(f"… and {count(rest, 'more row')}: --format csv shows all")] if rest > 0 else []
    # a table is wider than a terminal more often than not: it is not cut, the pager or the pipe may
    wide = max(width, sum(min(_CELL, max(len(str(c)), 8)) + 2 for c in data.columns) * 2)
    return render([grid, *more], width=wide, color=color)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return short(str(value), _CELL)
