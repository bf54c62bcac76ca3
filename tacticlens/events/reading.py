"""Blocks -> events, in order: in this process, or on the other cores for long logs."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain

from tacticlens.events.chunk import ChunkEvents, ChunkReader, decode
from tacticlens.events.helpers import Helpers
from tacticlens.events.own_prefix import learn_prefix
from tacticlens.grammar.scanner import Scan

PARALLEL_FROM_BYTES = 24 << 20
"""Shorter logs are read in one process: starting helpers takes longer than reading them."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cycle collector quiet: reading makes many small tuples and no cycles.

    What is there already, the grammars above all, is not looked at by collections in between either.
    """
    enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()


def read_events(
    blocks: Iterable[bytes],
    *,
    scan: Scan | None = None,
    own_prefix: str | None = None,
    kinds: frozenset[str] | None = None,
    processes: int | None = None,
    afterwards: Callable[[Helpers], None] | None = None,
) -> Iterator[ChunkEvents]:
    """Yield the events of each block, in the order of the blocks.

    Args:
        blocks: whole lines, as `read_blocks` gives them.
        scan: another execution of the line rules; keeps everything in this process.
        own_prefix: pattern of the prefix of an unknown logger; None = learned from the first block.
        kinds: forms whose lines become events; None = all.
        processes: helper processes for long logs; None = one per core, 0 = none.
        afterwards: called when the events of the last block were taken, if there were helpers, with them.
    """
    iterator = iter(blocks)
    if own_prefix is None:
        first = next(iterator, b"")
        own_prefix = learn_prefix(decode(first))
        iterator = chain([first] if first else [], iterator)
    if processes is None:
        processes = _cores()
    reader = ChunkReader(scan, own_prefix, kinds)
    head: list[bytes] = []
    size = 0
    if scan is None and processes > 1:
        for block in iterator:
            head.append(block)
            size += len(block)
            if size >= PARALLEL_FROM_BYTES:
                with closing(Helpers(reader, processes)) as helpers:
                    yield from _in_parallel(chain(head, iterator), reader, helpers, processes)
                    if afterwards is not None:
                        afterwards(helpers)
                return
    for block in chain(head, iterator):
        yield reader.read(block)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def _in_parallel(
    blocks: Iterator[bytes], reader: ChunkReader, helpers: Helpers, processes: int
) -> Iterator[ChunkEvents]:
    """Read blocks in helper processes; at most a few blocks are under way at a time."""
    waiting: deque[Callable[[], ChunkEvents]] = deque()
    own = [next(blocks)]  # this process reads the first block itself: the helpers are not there yet
    for block in blocks:
        waiting.append(helpers.read(block))
        if len(waiting) > 2 * processes:
            yield reader.read(own.pop()) if own else waiting.popleft()()
    if own:
        yield reader.read(own.pop())
    while waiting:
        yield waiting.popleft()()
