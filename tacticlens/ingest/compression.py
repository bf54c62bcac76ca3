"""Compressed logs: gzip, xz and zstandard, recognised by their magic bytes, also when truncated."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple, Protocol

from tacticlens.errors import SourceError

_BLOCK = 1 << 20


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


def _zstd() -> _Decompressor:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=_MOST_MEMORY).decompressobj()


_MOST_MEMORY = 1 << 27
"""Bytes of a decompressor's window at most; the strongest usual settings of xz and zstd need half of it."""
_LEAST_SUSPECT = 256 << 20
_MOST_RATIO = 400
"""Logs compress 10 to 40 times; data above this ratio and the size before it is refused as a decompression bomb."""


class _Format(NamedTuple):
    name: str
    make: Callable[[], _Decompressor]
    errors: tuple[type[Exception], ...]
    piece: int
    """Bytes unpacked at a time, so few that even a bomb gives only some megabytes."""


_FORMATS: dict[bytes, _Format] = {
    b"\x1f\x8b": _Format("gzip", lambda: zlib.decompressobj(wbits=31), (zlib.error,), 1 << 13),
    b"\xfd7zXZ\x00": _Format(
        "xz", lambda: lzma.LZMADecompressor(memlimit=_MOST_MEMORY), (lzma.LZMAError, EOFError), 1 << 10
    ),
    # the error class would need the import
    b"\x28\xb5\x2f\xfd": _Format("zstandard", _zstd, (Exception,), 1 << 8),
}


def decompressed(blocks: Iterator[bytes], troubles: list[str]) -> Iterator[bytes]:
    """Yield the blocks unpacked; blocks that are not compressed pass as they are.

    A damaged or truncated file yields its readable part, and a sentence in ``troubles``.

    Raises:
        SourceError: the file unpacks to far more than a log would.
    """
    first = next(blocks, b"")
    for magic, form in _FORMATS.items():
        if first.startswith(magic):
            yield from _gathered(_unpack(chain([first], blocks), form, troubles))
            return
    yield from chain([first] if first else [], blocks)


def _gathered(texts: Iterator[bytes]) -> Iterator[bytes]:
    """Join short pieces: the reader has a cost per block."""
    parts: list[bytes] = []
    size = 0
    for text in texts:
        parts.append(text)
        size += len(text)
        if size >= _BLOCK:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _unpack(blocks: Iterator[bytes], form: _Format, troubles: list[str]) -> Iterator[bytes]:
    unpacker = form.make()
    packed = unpacked = 0
    # in small pieces: only the damaged one is lost
    pieces = (block[at : at + form.piece] for block in blocks for at in range(0, len(block), form.piece))
    for piece in pieces:
        data = piece
        packed += len(piece)
        while data:
            if unpacker.eof:  # concatenated members, as from `cat a.gz b.gz`
                unpacker = form.make()
            try:
                text = unpacker.decompress(data)
            except form.errors as error:
                troubles.append(
                    f"the {form.name} data is damaged ({error}); the part before the damage was read"
                )
                return
            data = unpacker.unused_data if unpacker.eof else b""
            unpacked += len(text)
            if unpacked > max(_LEAST_SUSPECT, _MOST_RATIO * packed):
                message = (
                    f"the {form.name} data unpacks to more than {_MOST_RATIO} times its size, which no log does; "
                    "if it is one, unpack it and read the plain file"
                )
                raise SourceError(message)
            if text:
                yield text
    if not unpacker.eof:
        troubles.append(f"the {form.name} data ends too early: the file is truncated; its beginning was read")
