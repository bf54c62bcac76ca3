"""Pages for commands: the text of a log for its page, writing a page, opening it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tacticlens.cli import output
from tacticlens.views.words import size


def text_of(source: str) -> bytes | None:
    """Return the lines of a log, which was read before; None for standard input, which cannot be read again."""
    from tacticlens.ingest.source import SourceFacts, read_blocks

    return None if source == "-" else b"".join(read_blocks(source, SourceFacts(source)))


def write_page(pieces: Iterable[str], target: Path, *, open_: bool) -> None:
    """Write a page, say where it is, and open it if that is wanted."""
    output.write(pieces, target)
    output.warn(f"wrote {target} ({size(target.stat().st_size)}); it opens in any browser, without a network")
    if open_:
        import webbrowser

        webbrowser.open(target.resolve().as_uri())
