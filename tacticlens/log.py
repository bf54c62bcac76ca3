"""Reading a log: from a path or stream to a `Log` with its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.reading import PARALLEL_FROM_BYTES, read_events
from tacticlens.grammar.memo import begin
from tacticlens.grammar.scanner import Scan
from tacticlens.ingest.source import SourceFacts, read_blocks
from tacticlens.schema.program_rows import LogRecord
from tacticlens.schema.registry import ROWS, TABLE_NAMES, Tables
from tacticlens.tables.collector import give_back, without_collector
from tacticlens.tables.prepare import TextPrefetcher
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.tables import LogTables


class Log(Tables):
    """One log that was read.

    Every table is here under its name, as a list of typed records (``log.tactics[0].kernel``); the one row of
    `log` is a record itself. Each list is made when it is first asked for.

    Attributes:
        tables: the same tables as polars frames.
    """

    def __init__(self, tables: TableSet) -> None:
        self.tables = tables

    def __getattr__(self, name: str) -> Any:
        """Make the records of a table.

        Raises:
            AttributeError: there is no table of this name.
        """
        if name not in ROWS:
            message = f"a log has no {name!r}; its tables are {', '.join(TABLE_NAMES)}"
            raise AttributeError(message)
        from tacticlens.records import record

        validate = record(ROWS[name]).model_validate
        records = [validate(row) for row in self.tables[name].iter_rows(named=True)]
        self.__dict__[name] = made = records[0] if name == "log" else records
        return made

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *TABLE_NAMES]

    @property
    def info(self) -> LogRecord:
        """What the log is: the record of the table `log`."""
        return self.log

    def __repr__(self) -> str:
        log = self.tables.log.row(0, named=True)
        return f"<Log {log['source']}: TensorRT {log['tensorrt_version']}, {log['lines']} lines, {log['outcome']}>"

    def _repr_html_(self) -> str:
        """Return the overview for notebooks; texts of the log are escaped."""
        from tacticlens.analysis.overview import overview
        from tacticlens.views.html_overview import overview_html

        return overview_html(overview(self.tables))


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
    facts, answers = SourceFacts(str(source)), begin()
    assembler = Assembler()
    chunks = read_events(
        read_blocks(source, facts), scan=scan, kinds=assembler.kinds, processes=processes,
        meanwhile=TextPrefetcher(assembler.state, assembler.engine.lists),
    )  # fmt: skip
    with without_collector():
        for chunk in chunks:
            assembler.feed(chunk)
            if progress is not None:
                progress(facts.bytes)
    if facts.bytes >= PARALLEL_FROM_BYTES:
        give_back()
    return Log(LogTables(assembler.finish(), facts, answers))
