"""Blocks -> HTML: a fragment for notebooks, or a page of its own; what a log named is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from tacticlens.views.blocks import Block, Cell, Code, Gap, Heading, Line, Row, Table
from tacticlens.words import plain

_STYLE = (
    ".tl{font:14px/1.5 system-ui,sans-serif}.tl table{border-collapse:collapse;margin:.5em 0}"
    ".tl th{text-align:left;border-bottom:1px solid #8888}.tl td,.tl th{padding:.1em 1em .1em 0;vertical-align:top}"
    ".tl .r{text-align:right;font-variant-numeric:tabular-nums}.tl p{margin:.3em 0}"
    ".tl .dim{opacity:.65}.tl .good{color:#1a7f37}.tl .bad{color:#cf222e}.tl .warn{color:#9a6700}"
    ".tl .strong{font-weight:600}.tl .code{font-family:ui-monospace,monospace}"
)


def as_html(blocks: Iterable[Block]) -> str:
    """Return the blocks as a fragment of HTML."""
    return f'<div class="tl"><style>{_STYLE}</style>{"".join(_parts(blocks))}</div>'


def as_page(blocks: Iterable[Block]) -> str:
    """Return the blocks as a page that loads and runs nothing."""
    listed = list(blocks)
    title = next((block.text for block in listed if isinstance(block, Heading | Line)), "tacticlens")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{_safe(title[:120])}</title></head>'
        f"<body>{as_html(listed)}</body></html>\n"
    )


def _parts(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield f"<h{block.level + 1}>{_safe(block.text)}</h{block.level + 1}>"
        elif isinstance(block, Line):
            indent = f' style="margin-left:{block.indent}ch"' if block.indent else ""
            yield f"<p{indent}>{''.join(_span(text, style) for text, style in block.pieces)}</p>"
        elif isinstance(block, Code):
            code = "\n".join(_safe(step) for step in block.lines)
            yield f'<pre class="code" style="margin-left:{block.indent}ch">{code}</pre>'
        elif isinstance(block, Table):
            yield from _table(block)
        else:
            assert isinstance(block, Gap)


def _table(table: Table) -> Iterator[str]:
    shown = table.without(table.constant())
    yield "<table>"
    if table.header:
        titles = "".join(
            f"<th{_class('r' if column.right else '')}>{_safe(column.title)}</th>" for column in shown.columns
        )
        yield f"<thead><tr>{titles}</tr></thead>"
    yield "<tbody>"
    for row in shown.rows:
        yield f"<tr{_class(row.style)}>{''.join(_cells(shown, row))}</tr>"
    yield "</tbody></table>"
    once = table.said_once()
    if once is not None:
        yield f'<p class="dim">{_safe(once)}</p>'


def _cells(table: Table, row: Row) -> Iterator[str]:
    cell: Cell
    for column, cell in zip(table.columns, row.cells, strict=True):
        classes = " ".join(part for part in ("r" if column.right else "", cell.style) if part)
        yield f"<td{_class(classes)}>{_safe(cell.text)}</td>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _span(text: str, style: str) -> str:
    return f'<span class="{style}">{_safe(text)}</span>' if style else _safe(text)


def _safe(text: str) -> str:
    return escape(plain(text))
