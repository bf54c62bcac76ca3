"""Blocks -> events, in order: in this process, or in helper processes for long logs."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from tacticlens.events.chunk import ChunkEvents, ChunkReader, decode
from tacticlens.events.learned_prefix import learn_prefix
from tacticlens.grammar.scanner import Scan

if TYPE_CHECKING:
    from tacticlens.events.helpers import Helpers

PARALLEL_FROM_BYTES = 24 << 20
"""Shorter logs are read in one process: starting helpers takes longer than reading them."""
MOST_HELPERS = 4
"""More would idle: one process assembles the events in order, at a third of the cost of finding them."""


class Meanwhile(Protocol):
    """Other work for the helpers while they read."""

    def __call__(self, helpers: Helpers, *, last: bool) -> None:
        """Submit it; `last`: all blocks were read."""


def read_events(
    blocks: Iterable[bytes],
    *,
    scan: Scan | None = None,
    learned_prefix: str | None = None,
    kinds: frozenset[str] | None = None,
    processes: int | None = None,
    meanwhile: Meanwhile | None = None,
) -> Iterator[ChunkEvents]:
    """Yield the events of each block, in the order of the blocks.

    Args:
        blocks: whole lines, as `read_blocks` gives them.
        scan: another execution of the line rules; it runs in this process only.
        learned_prefix: pattern of the prefix of an unknown logger; None = learned from the first block.
        kinds: forms whose lines become events; None = all.
        processes: helper processes for long logs; None = one per core, four at most; 0 = none.
        meanwhile: called with the helpers, if there are any, after the events of each block.
    """
    iterator = iter(blocks)
    if learned_prefix is None:
        first = next(iterator, b"")
        learned_prefix = learn_prefix(decode(first))
        iterator = chain([first] if first else [], iterator)
    processes = helpers_for(processes, scan)
    reader = ChunkReader(scan, learned_prefix, kinds)
    head: list[bytes] = []
    size = 0
    if processes:
        for block in iterator:
            head.append(block)
            size += len(block)
            if size >= PARALLEL_FROM_BYTES:
                from tacticlens.events.helpers import helpers

                with helpers(reader, processes) as there:
                    for events in _in_parallel(chain(head, iterator), reader, there, processes):
                        yield events
                        if meanwhile is not None:
                            meanwhile(there, last=False)
                    if meanwhile is not None:
                        meanwhile(there, last=True)
                return
    for block in chain(head, iterator):
        yield reader.read(block)


def helpers_for(processes: int | None, scan: Scan | None = None) -> int:
    """Return the number of helper processes for a long log: as requested, else one per core, four at most.

    0 with another execution of the rules, on a single core, and in a daemonic process, which may not start any.
    """
    # a daemonic process has this module; others need not import it
    started = sys.modules.get("multiprocessing.process")
    if scan is not None or (started is not None and started.current_process().daemon):
        return 0
    if processes is None:
        try:
            processes = min(len(os.sched_getaffinity(0)), MOST_HELPERS)
        except AttributeError:  # macOS, Windows
            processes = min(os.cpu_count() or 1, MOST_HELPERS)
    return processes if processes > 1 else 0


def _in_parallel(
    blocks: Iterator[bytes], reader: ChunkReader, there: Helpers, processes: int
) -> Iterator[ChunkEvents]:
    """Read blocks in helper processes, a bounded number of them at a time."""
    from tacticlens.events.helpers import FORKS

    waiting: deque[Callable[[], ChunkEvents]] = deque()
    # starting a new process takes a while: read the first block here
    own = [] if FORKS else [next(blocks)]
    for block in blocks:
        waiting.append(there.read(block))
        if len(waiting) > 2 * processes:
            yield reader.read(own.pop()) if own else waiting.popleft()()
    if own:
        yield reader.read(own.pop())
    while waiting:
        yield waiting.popleft()()
