"""The pages: of one log, of two builds, of several, of a fleet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from tacticlens.report import contract
from tacticlens.report.fleet_contract import Fleet
from tacticlens.report.html import html, palette
from tacticlens.report.log_page import LogPage, log_page
from tacticlens.report.page_contract import Page
from tacticlens.report.places import Finder
from tacticlens.tables.table_set import TableSet

if TYPE_CHECKING:
    from tacticlens.diff.matrix_model import Matrix
    from tacticlens.diff.result import Diff
    from tacticlens.fleet.dataset import Dataset

Read = tuple[TableSet, bytes | None]
"""The tables of a log, and the log itself, whose lines the page shows; None if it cannot be read again."""


def report(tables: TableSet, text: bytes | None) -> Iterator[str]:
    """Yield the page of one log."""
    page = log_page(tables, text)
    return _page("log", page.log.source, [page])


def diff(found: Diff, logs: Sequence[Read]) -> Iterator[str]:
    """Yield the page of a comparison.

    Args:
        found: the comparison.
        logs: the old log and the new one; a log that is both is packed once.
    """
    from tacticlens.report.diff_page import diff_page

    pages, places = _log_pages(logs)
    old, new = (
        Finder(place, pages[place], tables, side)
        for place, (tables, _), side in zip(places, logs, (found.old, found.new), strict=True)
    )
    comparison = diff_page(found, old, new)
    return _page("diff", f"{found.old.source} → {found.new.source}", pages, diff=comparison)


def matrix(found: Matrix, logs: Sequence[Read]) -> Iterator[str]:
    """Yield the page of several builds side by side.

    Args:
        found: the builds.
        logs: the log of each column.
    """
    from tacticlens.report.matrix_page import matrix_page

    pages, places = _log_pages(logs)
    finders = [
        Finder(place, pages[place], tables, column.side)
        for place, (tables, _), column in zip(places, logs, found.columns, strict=True)
    ]
    comparison = matrix_page(found, finders)
    return _page("matrix", f"{len(found.columns)} builds", pages, matrix=comparison)


def fleet(dataset: Dataset, address: str) -> Iterator[str]:
    """Yield the page of a dataset of logs.

    Args:
        dataset: the logs.
        address: where it is.
    """
    from tacticlens.report.fleet_page import fleet_page

    return _page("fleet", address, [], fleet=fleet_page(dataset, address))


def _log_pages(logs: Sequence[Read]) -> tuple[list[LogPage], list[int]]:
    """Return the pages of logs, each once, and the place of each given log among them."""
    places: dict[int, int] = {}
    pages: list[LogPage] = []
    for tables, text in logs:
        if id(tables) not in places:
            places[id(tables)] = len(pages)
            pages.append(log_page(tables, text, len(pages)))
    return pages, [places[id(tables)] for tables, _ in logs]


def _page(
    kind: str, title: str, pages: Sequence[LogPage], *, diff: contract.Diff | None = None,
    matrix: contract.Matrix | None = None, fleet: Fleet | None = None,
) -> Iterator[str]:  # fmt: skip
    page = Page.model_validate(
        {
            "kind": kind, "title": title, "version": version("tacticlens"), "families": palette(),
            "logs": [one.log for one in pages], "diff": diff, "matrix": matrix, "fleet": fleet,
        }
    )  # fmt: skip
    return html(page, {name: data for one in pages for name, data in one.parts.items()})
