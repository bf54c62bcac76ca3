"""Blocks -> events, in order: in this process, or on the other cores for long logs."""

from __future__ import annotations

import gc
import marshal
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any

from tacticlens.events.chunk import ChunkEvents, ChunkReader, decode
from tacticlens.events.own_prefix import learn_prefix
from tacticlens.grammar.scanner import Scan

PARALLEL_FROM_BYTES = 24 << 20
"""Shorter logs are read in one process: starting helpers takes longer than reading them."""


_COLLECT_EVERY = 4
_blocks = 0


@lru_cache(maxsize=2)
def _reader(own_prefix: str | None, kinds: frozenset[str] | None) -> ChunkReader:
    return ChunkReader(own_prefix=own_prefix, kinds=kinds)


def _read_in_helper(block: bytes, own_prefix: str | None, kinds: frozenset[str] | None) -> bytes:
    """Read one block in a helper process; plain tuples travel faster as marshal than as pickle."""
    global _blocks  # noqa: PLW0603  how long ago this process collected
    gc.disable()
    _blocks += 1
    if _blocks % _COLLECT_EVERY == 0:
        gc.collect()  # the pool leaves cycles that hold whole blocks
    return marshal.dumps(_reader(own_prefix, kinds).read(block).pack())


def _unpacked(future: Any) -> ChunkEvents:
    return ChunkEvents.unpack(marshal.loads(future.result()))


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cycle collector quiet: reading makes many small tuples and no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_events(
    blocks: Iterable[bytes],
    *,
    scan: Scan | None = None,
    own_prefix: str | None = None,
    kinds: frozenset[str] | None = None,
    processes: int | None = None,
) -> Iterator[ChunkEvents]:
    """Yield the events of each block, in the order of the blocks.

    Args:
        blocks: whole lines, as `read_blocks` gives them.
        scan: another execution of the line rules; keeps everything in this process.
        own_prefix: pattern of the prefix of an unknown logger; None = learned from the first block.
        kinds: forms whose lines become events; None = all.
        processes: helper processes for long logs; None = one per core, 0 = none.
    """
    iterator = iter(blocks)
    if own_prefix is None:
        first = next(iterator, b"")
        own_prefix = learn_prefix(decode(first))
        iterator = chain([first] if first else [], iterator)
    if processes is None:
        processes = _cores()
    head: list[bytes] = []
    size = 0
    if scan is None and processes > 1:
        for block in iterator:
            head.append(block)
            size += len(block)
            if size >= PARALLEL_FROM_BYTES:
                yield from _in_parallel(chain(head, iterator), own_prefix, kinds, processes)
                return
    reader = ChunkReader(scan, own_prefix, kinds)
    for block in chain(head, iterator):
        yield reader.read(block)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def _in_parallel(
    blocks: Iterable[bytes], own_prefix: str | None, kinds: frozenset[str] | None, processes: int
) -> Iterator[ChunkEvents]:
    """Read blocks in helper processes; at most a few blocks are under way at a time."""
    from loky import ProcessPoolExecutor

    executor: Any = ProcessPoolExecutor(max_workers=processes, timeout=60)
    waiting: deque[Any] = deque()
    try:
        for block in blocks:
            waiting.append(executor.submit(_read_in_helper, block, own_prefix, kinds))
            if len(waiting) > 2 * processes:
                yield _unpacked(waiting.popleft())
        while waiting:
            yield _unpacked(waiting.popleft())
    finally:
        executor.shutdown(wait=False, kill_workers=True)
