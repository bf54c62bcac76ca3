"""Helper processes for long logs: they read blocks, and afterwards the texts that blocks had in common."""

from __future__ import annotations

import gc
import marshal
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from tacticlens.events.chunk import ChunkEvents, ChunkReader
from tacticlens.grammar.rules import Rule
from tacticlens.grammar.scanner import Scanner

Answer = TypeVar("Answer")

_COLLECT_EVERY = 4
_TEXTS = 1500

# what a helper process keeps between its blocks
_reader: ChunkReader | None = None
_blocks = 0


def _begin(
    rules: tuple[Rule, ...], order: dict[str, int], kinds: frozenset[str] | None, own_prefix: str | None
) -> None:
    """Prepare a helper process; the rules come ready-made, since loading the grammars takes longer than a block."""
    global _reader  # noqa: PLW0603  the process has one reader
    gc.disable()
    _reader = ChunkReader(scanner=Scanner(rules, kinds, order), own_prefix=own_prefix)
    gc.freeze()


def _read(block: bytes) -> bytes:
    """Read one block; plain tuples travel faster as marshal than as pickle."""
    global _blocks  # noqa: PLW0603  how long ago this process collected
    _blocks += 1
    if _blocks % _COLLECT_EVERY == 0:
        gc.collect()  # the pool leaves cycles that hold whole blocks
    if _reader is None:
        message = "the helper process was not prepared"
        raise RuntimeError(message)
    return marshal.dumps(_reader.read(block).pack())


def _answers(function: Callable[[str], Answer], texts: Sequence[str]) -> list[Answer]:
    return [function(text) for text in texts]


class Helpers:
    """Processes that share the work on one log.

    Args:
        reader: what the reading process reads blocks with; theirs are made alike.
        processes: how many.
    """

    def __init__(self, reader: ChunkReader, processes: int) -> None:
        from loky import ProcessPoolExecutor

        scanner = reader.scanner
        told = (scanner.rules, scanner.order, scanner.kinds, reader.own_prefix)
        self._executor: Any = ProcessPoolExecutor(
            max_workers=processes, timeout=60, initializer=_begin, initargs=told
        )

    def read(self, block: bytes) -> Callable[[], ChunkEvents]:
        """Have a block read; the call of the result waits for its events."""
        future = self._executor.submit(_read, block)
        return lambda: ChunkEvents.unpack(marshal.loads(future.result()))

    def answer(
        self, function: Callable[[str], Answer], texts: Sequence[str]
    ) -> Iterable[tuple[Sequence[str], Callable[[], list[Answer]]]]:
        """Have a function of a text called; yield portions of the texts, and what waits for their answers."""
        portions = [texts[at : at + _TEXTS] for at in range(0, len(texts), _TEXTS)]
        return [(portion, self._executor.submit(_answers, function, portion).result) for portion in portions]

    def close(self) -> None:
        """End the processes."""
        self._executor.shutdown(wait=False, kill_workers=True)
