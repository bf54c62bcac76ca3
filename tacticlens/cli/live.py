"""Watching a log grow: the pieces go through the parser, one line on standard error shows how far the build is."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tacticlens.assemble.progress import BuildProgress, Following
from tacticlens.cli.output import say, to_terminal
from tacticlens.errors import UsageError
from tacticlens.views.live import progress_line

_BLOCK = 4 << 20
_LOOK_EVERY_S = 0.1
_SHOW_EVERY_S = 0.2
_TELL_EVERY_S = 5.0
"""In a pipe or file there is a line now and then, and one at the end."""


class _Screen:
    """One line that is written over in a terminal, and printed now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = to_terminal(error=True)
        self._every = _SHOW_EVERY_S if self._terminal else _TELL_EVERY_S
        self._began = self._last = time.monotonic()
        self._shown = ""

    def show(self, progress: BuildProgress, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self._last < self._every:
            return
        self._last = now
        width = min(shutil.get_terminal_size((80, 24)).columns, 160) - 1 if self._terminal else 80
        line = progress_line(progress, now - self._began, width=width)
        if self._terminal:
            say(line + ("\n" if last else ""), over=True)
        elif last or line != self._shown:
            say(f"{line}\n")
        self._shown = line


def watch(log: Path, ended: Callable[[BuildProgress], bool]) -> BuildProgress:
    """Read a log as it grows and show how far it is, until it has ended.

    Args:
        log: the file; a file that becomes shorter is read anew.
        ended: asked whenever all that was written has been read.

    Raises:
        UsageError: the file cannot be read.
    """
    screen, following = _Screen(), Following()
    try:
        with log.open("rb") as stream:
            try:
                while True:
                    over = ended(following.now())  # asked first: what is written before the end is read
                    while block := stream.read(_BLOCK):
                        following.feed(block)
                        screen.show(following.now())
                    if log.stat().st_size < stream.tell():
                        stream.seek(0)
                        following = Following()
                        continue
                    screen.show(following.now())
                    if over or ended(following.now()):
                        return following.now()
                    time.sleep(_LOOK_EVERY_S)
            finally:
                screen.show(following.now(), last=True)
    except OSError as error:
        message = f"{log}: cannot be read ({error.strerror}); check the path"
        raise UsageError(message) from None
