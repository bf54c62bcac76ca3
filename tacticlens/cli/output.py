"""Where output goes: the terminal, a pipe, a file. The only place that writes."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tacticlens.errors import UsageError
from tacticlens.views.result import Colors, Look
from tacticlens.words import is_plain, plain

_STYLE_OR_END = re.compile(r"(\x1b\[[0-9;]*m|\n)")


def to_terminal(*, error: bool = False) -> bool:
    """Tell whether a person looks at the output."""
    return (sys.stderr if error else sys.stdout).isatty()


def use_color() -> bool:
    """Tell whether colours are welcome: a terminal, and NO_COLOR not set."""
    return to_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def look(target: Path | None = None, *, wide: bool = False) -> Look:
    """Return how output is read: a terminal has a width and colours, a pipe or a file takes tables as they are.

    Args:
        target: the file that it goes to; None = standard output.
        wide: tables are as wide as they need on a terminal too.
    """
    if target is not None or not to_terminal():
        return Look()
    columns = max(60, shutil.get_terminal_size((100, 40)).columns)
    return Look(columns, wide, use_color(), _colors())


def _colors() -> Colors:
    """Tell how many colours a terminal says that it has."""
    if os.environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "all"
    return "256" if "256color" in os.environ.get("TERM", "") else "16"


def write(pieces: Iterable[str | bytes], target: Path | None) -> None:
    """Write to a file, which is whole or not there, or to standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    if target is None:
        seen = to_terminal()
        for piece in pieces:
            sys.stdout.buffer.write(_for_terminal(piece) if seen else _encoded(piece))
        sys.stdout.buffer.flush()
        return
    with _whole(target) as stream:
        for piece in pieces:
            stream.write(_encoded(piece))


def _encoded(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")


def _for_terminal(piece: str | bytes) -> bytes:
    """Return a piece in which a terminal obeys nothing but the colours of the views.

    Views show names so already. Data are exact in pipes and files; JSON stays what it is here, too, for these are its
    escapes.
    """
    text = _encoded(piece).decode("utf-8", "replace")
    parts = _STYLE_OR_END.split(text)
    if not all(map(is_plain, parts[::2])):
        parts[::2] = ["".join(c if is_plain(c) else _escaped(c) for c in part) for part in parts[::2]]
    return "".join(parts).encode()


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def write_folder(files: Iterable[tuple[str, Iterable[str | bytes]]], target: Path) -> None:
    """Write files of a folder, all of them or none.

    Args:
        files: name and content of each; made one after the other.
        target: the folder; other files in it stay.

    Raises:
        UsageError: a file cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:100]}.") as name:
            aside = Path(name)
            for file, pieces in files:
                write(pieces, aside / file)
            target.mkdir(exist_ok=True)
            for path in sorted(aside.iterdir()):
                path.replace(target / path.name)
    except OSError as error:
        message = f"{target}: cannot be written ({error.strerror}); choose another place with -o"
        raise UsageError(message) from None
    except UsageError as error:
        raise UsageError(str(error).replace(str(aside), str(target))) from None


def write_by(write: Callable[[IO[bytes]], object], target: Path | None) -> None:
    """Have polars write what is too large to be in memory: to a file, which is whole or not there, or to a pipe.

    Raises:
        UsageError: the file cannot be written.
    """
    if target is None:
        try:
            write(sys.stdout.buffer)
        except OSError as error:
            if "os error 32" in str(error):  # so polars says that nobody reads any more
                raise BrokenPipeError from None
            raise
        return
    with _whole(target) as stream:
        write(stream)


def replace(data: bytes, target: Path, *, like: Path) -> None:
    """Write a file as a whole or not at all: what was there stays until the new one is complete.

    Args:
        data: the bytes.
        target: the file.
        like: a file whose permissions the new one gets.

    Raises:
        UsageError: the file cannot be written.
    """
    with _whole(target, like) as stream:
        stream.write(data)


@contextmanager
def _whole(target: Path, like: Path | None = None) -> Iterator[IO[bytes]]:
    """Open a file to be written aside; it gets its name when the block ends well, and else nothing is left of it.

    Devices and pipes are written as they come.
    """
    made: Path | None = None
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                yield stream
            return
        target = target.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name[:100]}.", delete=False
        ) as aside:
            made = Path(aside.name)
            yield aside.file
            aside.flush()
            os.fsync(aside.fileno())
        like = like or (target if target.exists() else None)
        if like is not None:
            shutil.copymode(like, made)
        else:
            made.chmod(0o666 & ~_umask())
        made.replace(target)
        made = None
    except OSError as error:
        message = f"{target}: cannot be written ({error.strerror}); choose another place with -o"
        raise UsageError(message) from None
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def warn(message: str) -> None:
    """Say something beside the output, in one line."""
    say(f"tacticlens: {message}\n")


def say(text: str, *, over: bool = False) -> None:
    """Write to standard error, for which every text of a log is made visible.

    Args:
        text: as it is, with its line ends.
        over: it takes the place of the line before, in a terminal.
    """
    sys.stderr.write("\r\x1b[K" if over else "")
    sys.stderr.write("\n".join(map(plain, text.split("\n"))))
    sys.stderr.flush()
