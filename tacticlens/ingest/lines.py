"""Blocks of bytes -> blocks of whole lines, of bounded length."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST_LINE = 16 << 20
"""Longest line in bytes; real logs stay far below."""
_SHOWN = 200
_TOLD = 5


class WholeLines:
    """Regroups blocks so that each ends at a line end.

    A line longer than `LONGEST_LINE` is replaced by one with TensorRT's prefix that no rule reads, so that the ledger
    counts it as unread and `--strict` shows how it begins.

    Attributes:
        troubles: a sentence for each of the first few lines that were left out.
    """

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self._parts: list[bytes] = []
        self._size = 0
        self._line = 1
        self._left_out = 0

    def add(self, block: bytes) -> Iterator[bytes]:
        """Take a block; yield the lines that it completes."""
        first = block.find(b"\n") + 1
        if not first:
            self._keep(block)
            return
        if self._size + first > LONGEST_LINE:
            self._keep(block[:first])
            yield self._replacement()
            block = block[first:]
        last = block.rfind(b"\n") + 1
        if last:
            whole = b"".join((*self._parts, memoryview(block)[:last]))
            self._line += whole.count(b"\n")
            yield whole
            self._parts, self._size = [], 0
        if last < len(block):
            self._keep(block[last:])

    def end(self) -> Iterator[bytes]:
        """Yield a last line without a line end."""
        if self._size > LONGEST_LINE:
            yield self._replacement()
        elif self._parts:
            yield b"".join(self._parts)
        if self._left_out > _TOLD:
            self.troubles.append(f"{self._left_out:,} lines were too long and left out")

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= LONGEST_LINE:
            self._parts.append(part)
        else:
            self._parts = [b"".join((*self._parts, part[:_SHOWN]))[:_SHOWN]]

    def _replacement(self) -> bytes:
        begin = b"".join(self._parts).split(b"\n")[0]
        length = f"{self._size:,} bytes"
        self._left_out += 1
        if self._left_out <= _TOLD:
            self.troubles.append(f"line {self._line:,} has {length} and was left out")
        self._line += 1
        self._parts, self._size = [], 0
        return b"[V] [TRT] (line of " + length.encode() + b" left out) " + begin + b"\n"
