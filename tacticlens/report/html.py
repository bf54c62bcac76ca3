"""The page as one file: the shell that `explorer/` builds, with the data in elements that no browser runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files

from tacticlens.report import contract
from tacticlens.report.packing import packed
from tacticlens.report.page_contract import Page
from tacticlens.views.colours import COLOURS
from tacticlens.words import plain

_DATA = "<!--data-->"
_TITLE = "<title>tacticlens</title>"


def html(page: Page, parts: Mapping[str, str]) -> Iterator[str]:
    """Yield the pieces of the page.

    Args:
        page: what is shown at once.
        parts: larger parts by the id of their element, packed.
    """
    shell = (files("tacticlens.report") / "page.html").read_text(encoding="utf-8")
    head, _, tail = shell.partition(_DATA)
    yield head.replace(_TITLE, f"<title>{escape(plain(page.title))} · tacticlens</title>")
    for name, data in {"page": packed(page.model_dump_json().encode()), **parts}.items():
        yield f'<script type="text/plain" id="{escape(name)}">{data}</script>\n'
    yield tail


def palette() -> list[contract.FamilyColour]:
    """Return the families in their order, with their colours."""
    return [
        contract.FamilyColour(name=name, kind=colour.kind, light=colour.light, dark=colour.dark)
        for name, colour in COLOURS.items()
    ]
