"""Reading a log: from a path or stream to a `Log` with its tables."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.reading import read_events
from tacticlens.grammar.scanner import Scan
from tacticlens.ingest.source import SourceFacts, read_blocks
from tacticlens.tables.tables import Tables


class Log:
    """One log that was read.

    Attributes:
        tables: the tables, as polars frames.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables


def read_log(
    source: str | Path | IO[bytes] | IO[str], *, scan: Scan | None = None, processes: int | None = None
) -> Log:
    """Read a build log.

    Args:
        source: a path (plain, .gz, .xz or .zst), ``-`` for standard input, or an open stream.
        scan: another execution of the line rules than the compiled scanner; for tests.
        processes: helper processes for long logs; None = one per core, 0 = none.

    Raises:
        SourceError: the input is missing, unreadable, empty or no text log.
    """
    facts = SourceFacts(str(source))
    assembler = Assembler()
    with _without_collector():
        for chunk in read_events(read_blocks(source, facts), scan=scan, kinds=assembler.kinds, processes=processes):
            assembler.feed(chunk)
        return Log(Tables(assembler.finish(), facts))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the cycle collector quiet: reading makes many small tuples and no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
