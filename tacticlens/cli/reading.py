"""Reading logs for commands: progress for long ones, and a word when nothing in a file is TensorRT's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tacticlens.cli.beside import NOTHING_NAMED, Files, files_of
from tacticlens.cli.output import say, to_terminal
from tacticlens.errors import SourceError
from tacticlens.views.live import reading_line

if TYPE_CHECKING:
    from tacticlens.log import Log

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.2


class Progress:
    """One line on standard error that says how far reading is, only for people and only after a second."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._whole = _size(source)
        self._began = self._last = time.monotonic()
        self._shown = False

    def __call__(self, done: int) -> None:
        """Take the number of bytes read so far."""
        now = time.monotonic()
        if (
            now - self._began < _AFTER_SECONDS
            or now - self._last < _EVERY_SECONDS
            or not to_terminal(error=True)
        ):
            return
        self._last, self._shown = now, True
        say(reading_line(self._source, done, self._whole, now - self._began), over=True)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            say("", over=True)


def _size(source: str) -> int | None:
    """Return the bytes of a plain file; None where they are not known before all is read."""
    path = Path(source)
    if source == "-" or path.suffix in {".gz", ".xz", ".zst"} or not path.is_file():
        return None
    return path.stat().st_size


def read(source: str, beside: Files = NOTHING_NAMED) -> Log:
    """Read a log for a command, and the files that go with it.

    Raises:
        SourceError: unreadable, or a text in which no line is TensorRT's.
        UsageError: a file that goes with it cannot be read.
    """
    from tacticlens.log import Log, read_log

    progress = Progress(source)
    try:
        log = read_log(source, progress=progress)
    finally:
        progress.end()
    totals: dict[str, int] = {}
    for outcome, kind, lines in log.tables.ledger.iter_rows():
        if kind != "blank":
            totals[outcome] = totals.get(outcome, 0) + lines
    if not totals.get("parsed") and not totals.get("known") and not totals.get("unread"):
        lines = log.tables.log["lines"][0]
        message = (
            f"{source}: none of its {lines:,} lines is TensorRT's; tacticlens reads the text log of a build: "
            "trtexec --verbose ... > build.log 2>&1"
        )
        raise SourceError(message)
    files = files_of(source, beside, log.tables)
    if not files:
        return log
    from tacticlens.join.apply import join

    return Log(join(log.tables, files))
