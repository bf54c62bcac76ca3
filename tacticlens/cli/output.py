"""Where output goes: the terminal, a pipe, a file. The only place that writes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tacticlens.errors import UsageError


def to_terminal(*, error: bool = False) -> bool:
    """Tell whether a person looks at the output."""
    return (sys.stderr if error else sys.stdout).isatty()


def use_color() -> bool:
    """Tell whether colours are welcome: a terminal, and NO_COLOR not set."""
    return to_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Return the columns of the terminal, 110 for pipes and files."""
    return max(60, shutil.get_terminal_size((110, 40)).columns) if to_terminal() else 110


def write(pieces: Iterable[str | bytes], target: Path | None) -> None:
    """Write to a file, or to standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    if target is None:
        for piece in pieces:
            if isinstance(piece, bytes):
                sys.stdout.buffer.write(piece)
            else:
                sys.stdout.buffer.write(piece.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for piece in pieces:
                stream.write(piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace"))
    except OSError as error:
        message = f"{target}: cannot be written ({error.strerror}); choose another place with -o"
        raise UsageError(message) from None


def replace(data: bytes, target: Path, *, like: Path) -> None:
    """Write a file as a whole or not at all: what was there stays until the new one is complete.

    Args:
        data: the bytes.
        target: the file.
        like: a file whose permissions the new one gets.

    Raises:
        UsageError: the file cannot be written.
    """
    made: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as stream:
            made = Path(stream.name)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(like, made)
        made.replace(target)
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        message = f"{target}: cannot be written ({error.strerror}); choose another place with -o"
        raise UsageError(message) from None


def warn(message: str) -> None:
    """Say something beside the output, in one line."""
    sys.stderr.write(f"tacticlens: {message}\n")
