"""The pages: of one log, of two builds, of several."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from tacticlens.report import contract
from tacticlens.report.html import html, palette
from tacticlens.report.log_page import log_page
from tacticlens.tables.table_set import TableSet


def report(tables: TableSet, text: bytes | None) -> Iterator[str]:
    """Yield the page of one log.

    Args:
        tables: the tables.
        text: the log itself, whose lines the page shows; None if it cannot be read again.
    """
    built = log_page(tables, text)
    page = contract.Page(
        kind="log",
        title=built.log.source,
        version=version("tacticlens"),
        families=palette(),
        logs=[built.log],
    )
    return html(page, built.parts)
