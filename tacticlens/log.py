"""Reading a log: from a path or stream to a `Log` with its tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.reading import PARALLEL_FROM_BYTES, read_events
from tacticlens.grammar.scanner import Scan
from tacticlens.ingest.source import SourceFacts, read_blocks
from tacticlens.tables.collector import give_back, without_collector
from tacticlens.tables.prepare import Preparation
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.tables import LogTables

if TYPE_CHECKING:
    from tacticlens.records import (
        Build,
        Combination,
        EngineLayer,
        Layer,
        LogRecord,
        Message,
        OpTactic,
        Runner,
        Tactic,
    )


class Log:
    """One log that was read: its tables, and their rows as typed records.

    Attributes:
        tables: the tables, as polars frames.
    """

    def __init__(self, tables: TableSet) -> None:
        self.tables = tables

    def _records(self, table: str) -> list[Any]:
        from tacticlens.records import RECORDS

        model = RECORDS[table]
        return [model.model_validate(row) for row in self.tables[table].iter_rows(named=True)]

    @cached_property
    def info(self) -> LogRecord:
        """What the log is."""
        record: LogRecord = self._records("log")[0]
        return record

    @cached_property
    def builds(self) -> list[Build]:
        """The passes of the builder."""
        return self._records("builds")

    @cached_property
    def layers(self) -> list[Layer]:
        """The layers that were costed."""
        return self._records("layers")

    @cached_property
    def combinations(self) -> list[Combination]:
        """The format combinations and reformats, with their winners."""
        return self._records("combinations")

    @cached_property
    def runners(self) -> list[Runner]:
        """The runners that were tried."""
        return self._records("runners")

    @cached_property
    def tactics(self) -> list[Tactic]:
        """The candidates."""
        return self._records("tactics")

    @cached_property
    def op_tactics(self) -> list[OpTactic]:
        """The rows of Myelin's tables."""
        return self._records("op_tactics")

    @cached_property
    def engine_layers(self) -> list[EngineLayer]:
        """The layers of the finished engines."""
        return self._records("engine_layers")

    @cached_property
    def messages(self) -> list[Message]:
        """Warnings and errors."""
        return self._records("messages")

    def __repr__(self) -> str:
        log = self.tables.log.row(0, named=True)
        return f"<Log {log['source']}: TensorRT {log['tensorrt_version']}, {log['lines']} lines, {log['outcome']}>"

    def _repr_html_(self) -> str:
        """Return the summary for notebooks; texts of the log are escaped."""
        from html import escape

        from tacticlens.views.summary import summary

        return f"<pre>{escape(summary(self.tables))}</pre>"


def read_log(
    source: str | Path | IO[bytes] | IO[str],
    *,
    scan: Scan | None = None,
    processes: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Log:
    """Read a build log.

    Args:
        source: a path (plain, .gz, .xz or .zst), ``-`` for standard input, or an open stream.
        scan: another execution of the line rules than the compiled scanner; for tests.
        processes: helper processes for long logs; None = one per core, four at most; 0 = none.
        progress: called now and then with the number of bytes read so far.

    Raises:
        SourceError: the input is missing, unreadable, empty or no text log.
    """
    facts = SourceFacts(str(source))
    assembler = Assembler()
    chunks = read_events(
        read_blocks(source, facts), scan=scan, kinds=assembler.kinds, processes=processes,
        meanwhile=Preparation(assembler.state, assembler.engine),
    )  # fmt: skip
    with without_collector():
        for chunk in chunks:
            assembler.feed(chunk)
            if progress is not None:
                progress(facts.bytes)
    if facts.bytes >= PARALLEL_FROM_BYTES:
        give_back()
    return Log(LogTables(assembler.finish(), facts))
