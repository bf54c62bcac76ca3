"""Files beside the log that a command is given: rules, pins, timing caches."""

from __future__ import annotations

from pathlib import Path

from tacticlens.errors import UsageError

MOST_BYTES = 1 << 30
"""A timing cache of a large network has some 100 MB."""
MOST_TEXT_BYTES = 64 << 20


def read_side_file(path: Path, what: str, *, most: int = MOST_BYTES, hint: str) -> bytes:
    """Return the bytes of a file.

    Args:
        path: the file.
        what: what should be in it, for messages.
        most: a longer file is refused; no more than this is read.
        hint: what to do if it cannot be read.

    Raises:
        UsageError: the file cannot be read, or is too long.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        message = f"{path}: {what} cannot be read ({error.strerror}); {hint}"
        raise UsageError(message) from None
    if len(data) > most:
        message = f"{path}: {what} cannot be read (longer than {most >> 20} MiB); {hint}"
        raise UsageError(message)
    return data
