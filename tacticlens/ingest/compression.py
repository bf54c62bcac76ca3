"""Compressed logs: gzip, xz and zstandard, told by their first bytes, read also when cut short."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Protocol


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


def _zstd() -> _Decompressor:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


_FORMATS: dict[bytes, tuple[str, Callable[[], _Decompressor], tuple[type[Exception], ...]]] = {
    b"\x1f\x8b": ("gzip", lambda: zlib.decompressobj(wbits=31), (zlib.error,)),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMADecompressor, (lzma.LZMAError, EOFError)),
    b"\x28\xb5\x2f\xfd": ("zstandard", _zstd, (Exception,)),  # its error class needs the import first
}


_PIECE = 1 << 14


def decompressed(blocks: Iterator[bytes], troubles: list[str]) -> Iterator[bytes]:
    """Yield the blocks unpacked; blocks that are not compressed pass as they are.

    A damaged or truncated file gives what can be read of it, and a sentence in ``troubles``.
    """
    first = next(blocks, b"")
    for magic, (kind, make, errors) in _FORMATS.items():
        if first.startswith(magic):
            yield from _unpack(chain([first], blocks), kind, make, errors, troubles)
            return
    yield from chain([first] if first else [], blocks)


def _unpack(
    blocks: Iterator[bytes],
    kind: str,
    make: Callable[[], _Decompressor],
    errors: tuple[type[Exception], ...],
    troubles: list[str],
) -> Iterator[bytes]:
    unpacker = make()
    # small pieces: what stands before damaged bytes is not lost with them
    pieces = (block[at : at + _PIECE] for block in blocks for at in range(0, len(block), _PIECE))
    for piece in pieces:
        data = piece
        while data:
            if unpacker.eof:  # several compressed members in a row, as `cat a.gz b.gz` makes
                unpacker = make()
            try:
                text = unpacker.decompress(data)
            except errors as error:
                troubles.append(
                    f"the {kind} data is damaged ({error}); what stands before the damage was read"
                )
                return
            data = unpacker.unused_data if unpacker.eof else b""
            if text:
                yield text
    if not unpacker.eof:
        troubles.append(f"the {kind} data ends too early: the file was cut; what is there was read")
