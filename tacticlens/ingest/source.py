"""Bytes in: files, streams, compressed or not, always as UTF-8 blocks that end at a line end."""

from __future__ import annotations

import codecs
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tacticlens.errors import SourceError
from tacticlens.ingest.compression import decompressed
from tacticlens.ingest.lines import WholeLines
from tacticlens.ingest.sniff import Encoding, reject_binary, text_encoding

BLOCK_BYTES = 2 << 20
"""Bytes read at a time; a longer line makes a longer block."""


@dataclass
class SourceFacts:
    """Facts about the input, complete once it was read.

    Attributes:
        name: path as given, ``<stdin>`` or ``<stream>``.
        bytes: length of the log, uncompressed.
        sha256: digest of the same bytes, lower-case hex.
        troubles: a sentence for each reason why the input was not read completely.
    """

    name: str
    bytes: int = 0
    sha256: str = ""
    troubles: list[str] = field(default_factory=list)


@contextmanager
def _opened(source: str | Path | IO[bytes] | IO[str]) -> Iterator[tuple[str, IO[bytes] | IO[str]]]:
    if isinstance(source, (str, Path)):
        if str(source) == "-":
            yield "<stdin>", sys.stdin.buffer
            return
        path = Path(source)
        if path.is_dir():
            message = f"{path}: is a directory; name the log file in it"
            raise SourceError(message)
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            message = f"{path}: no such file; write one with: trtexec --onnx=model.onnx --verbose > {path.name} 2>&1"
            raise SourceError(message) from None
        except OSError as error:
            message = f"{path}: cannot be opened ({error.strerror}); check the path and its permissions"
            raise SourceError(message) from None
        with stream:
            yield str(source), stream
    else:
        yield str(getattr(source, "name", "<stream>")), source


def _read(stream: IO[bytes] | IO[str], name: str) -> Iterator[bytes]:
    while True:
        try:
            block = stream.read(BLOCK_BYTES)
        except OSError as error:
            message = f"{name}: reading failed ({error.strerror}); copy the file and try again"
            raise SourceError(message) from None
        if not block:
            return
        yield block if isinstance(block, bytes) else block.encode("utf-8", "surrogateescape")


def _first(blocks: Iterator[bytes], enough: int) -> bytes:
    head = b""
    for block in blocks:
        head += block
        if len(head) >= enough:
            break
    return head


def _named(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield the blocks; errors name the input."""
    try:
        yield from blocks
    except SourceError as error:
        message = str(error)
        raise SourceError(message if message.startswith(name) else f"{name}: {message}") from None


def _utf8(head: bytes, rest: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    if encoding == "utf-8":
        yield head[3:] if head.startswith(codecs.BOM_UTF8) else head
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(head).lstrip("\ufeff").encode()
    for block in rest:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def read_blocks(source: str | Path | IO[bytes] | IO[str], facts: SourceFacts) -> Iterator[bytes]:
    """Yield the log as UTF-8 blocks of whole lines; fill ``facts`` on the way.

    Args:
        source: a path, ``-`` for standard input, or an open stream (binary or text).
        facts: filled with name, size, digest and troubles; complete when the iterator ends.

    Raises:
        SourceError: missing, unreadable, empty, or no text.
    """
    digest = hashlib.sha256()
    with _opened(source) as (name, stream):
        facts.name = name.encode("utf-8", "backslashreplace").decode()  # a path may hold bytes of no encoding
        raw = _named(decompressed(_read(stream, name), facts.troubles), name)
        # a pipe gives little at a time, but what is learned from the head must not depend on that
        head = _first(raw, BLOCK_BYTES)
        if not head:
            message = f"{name}: is empty; was the log written to another file, or trtexec run without '2>&1'?"
            raise SourceError(message if not facts.troubles else f"{name}: {facts.troubles[0]}")
        encoding = text_encoding(head)
        reject_binary(head, encoding, name)
        whole = WholeLines()
        for block in _utf8(head, raw, encoding):
            digest.update(block)
            facts.bytes += len(block)
            yield from whole.add(block)
        yield from whole.end()
        facts.troubles += whole.troubles
        facts.sha256 = digest.hexdigest()
