"""Pages for commands: the text of a log for its page, writing a page, opening it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from tacticlens.cli import output
from tacticlens.errors import UsageError
from tacticlens.words import size

OpenOption = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]


def text_of(source: str) -> bytes | None:
    """Return the lines of a log, which was read before; None for standard input, which cannot be read again."""
    from tacticlens.ingest.source import SourceFacts, read_blocks

    return None if source == "-" else b"".join(read_blocks(source, SourceFacts(source)))


def hint(command: str) -> None:
    """Tell people at a terminal, below what they read, which command shows more in the browser."""
    if output.to_terminal() and output.to_terminal(error=True):
        output.warn(f"the same with every layer and tactic, in the browser: {command} --open")


def show_page(pieces: Iterable[str], target: Path | None, *, open_: bool, name: str) -> None:
    """Write a page to a file or a pipe, and open it if that is wanted.

    Args:
        pieces: the page.
        target: the file; None = standard output, or a file that only this user can reach if it is to be opened.
        open_: open it in the browser.
        name: what the page is called where no file is named.

    Raises:
        UsageError: it would fill a terminal.
    """
    if target is None and not open_:
        if output.to_terminal():
            message = f"a page cannot be shown in a terminal: add -o {name}.html, or --open"
            raise UsageError(message)
        output.write(pieces, None)
        return
    if target is None:
        import tempfile

        target = Path(tempfile.mkdtemp(prefix="tacticlens-")) / f"{name}.html"
    output.write(pieces, target)
    output.warn(f"wrote {target} ({size(target.stat().st_size)}); it opens in any browser, without a network")
    if open_:
        import webbrowser

        webbrowser.open(target.resolve().as_uri())
