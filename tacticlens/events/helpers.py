"""Helper processes: they read blocks of a long log and parse its distinct texts.

On Linux they are forked and inherit the compiled grammars: compiling them takes longer than reading a block.
A helper runs code of this package only and uses neither polars nor a lock that another thread may hold.
On other systems loky starts new processes; unlike multiprocessing it needs no ``__main__`` guard in the
user's script.
"""

from __future__ import annotations

import gc
import marshal
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from tacticlens.events.chunk import ChunkEvents, ChunkReader
from tacticlens.grammar.memo import begin
from tacticlens.grammar.scanner import Scanner

Answer = TypeVar("Answer")

FORKS = sys.platform == "linux"
"""Helpers are forks of this process."""
_COLLECT_EVERY = 4
_LOOK_EVERY_S = 0.5
_TEXTS = 250
"""Texts per task, which takes some tens of milliseconds."""

# state of a helper process between its blocks
_reader: ChunkReader | None = None
_blocks = 0


def _begin(reader: ChunkReader | bytes) -> None:
    """Initialize a helper process: a forked one inherits the reader, a new one gets the pickled rules."""
    global _reader  # noqa: PLW0603  the process has one reader
    # only the parent reports an interrupt
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    gc.disable()
    if isinstance(reader, bytes):
        rules, kinds, order, learned_prefix = pickle.loads(reader)
        reader = ChunkReader(scanner=Scanner(rules, kinds, order), learned_prefix=learned_prefix)
    _reader = reader
    gc.freeze()


def _end_with(parent: int) -> None:
    """End this process once its parent is gone, even if it was killed."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


def _parts(reader: ChunkReader) -> bytes:
    scanner = reader.scanner
    return pickle.dumps((scanner.rules, scanner.kinds, scanner.order, reader.learned_prefix))


def _read(block: bytes) -> bytes:
    """Read one block; marshal is faster than pickle for plain tuples."""
    global _blocks  # noqa: PLW0603  how long ago this process collected
    _blocks += 1
    if not FORKS and _blocks % _COLLECT_EVERY == 0:
        gc.collect()  # loky leaves cycles that hold whole blocks
    if _reader is None:
        message = "the helper process was not prepared"
        raise RuntimeError(message)
    return marshal.dumps(_reader.read(block).pack())


def _answers(function: Callable[[str], Answer], texts: Sequence[str]) -> bytes:
    _held = begin()  # what is remembered goes with it: no text is asked twice
    return pickle.dumps([function(text) for text in texts])


@contextmanager
def _executor(processes: int, reader: ChunkReader) -> Iterator[Executor]:
    if FORKS:
        context = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(reader,))
        try:
            yield pool
        finally:
            # without waiting, the pool may close its pipe while the interpreter's exit still writes to it
            pool.shutdown(wait=True, cancel_futures=True)
    else:
        from loky import ProcessPoolExecutor as LokyExecutor

        parts = (_parts(reader),)
        other = LokyExecutor(max_workers=processes, timeout=60, initializer=_begin, initargs=parts)
        try:
            yield other
        finally:
            other.shutdown(wait=False, kill_workers=True)


def _submit(pool: Executor, function: Callable[..., Any], *values: Any) -> Future[Any]:
    with warnings.catch_warnings():
        # Python warns of forks beside threads; the module's docstring says why this one is safe
        warnings.simplefilter("ignore", DeprecationWarning)
        return pool.submit(function, *values)


class Helpers:
    """Processes that read the blocks of one log.

    Args:
        pool: their executor.
        reader: this process's reader, for blocks whose helper died; theirs are equal.
    """

    def __init__(self, pool: Executor, reader: ChunkReader) -> None:
        self._pool = pool
        self._reader = reader

    def read(self, block: bytes) -> Callable[[], ChunkEvents]:
        """Send a block to a helper; calling the result waits for the events."""
        try:
            future: Future[bytes] = _submit(self._pool, _read, block)
        except BrokenExecutor:
            return lambda: self._reader.read(block)

        def events() -> ChunkEvents:
            try:
                return ChunkEvents.unpack(marshal.loads(future.result()))
            except BrokenExecutor:  # a helper was killed, perhaps for its memory: read the block here
                return self._reader.read(block)

        return events

    def answer(
        self, function: Callable[[str], Answer], texts: Sequence[str]
    ) -> Iterator[tuple[Sequence[str], Callable[[], list[Answer]]]]:
        """Have helpers call a function for each text; yield (texts, function that waits for their answers).

        A helper that was killed gives no answers.
        """
        for at in range(0, len(texts), _TEXTS):
            portion = texts[at : at + _TEXTS]
            try:
                yield portion, partial(_unpickled, _submit(self._pool, _answers, function, portion))
            except BrokenExecutor:
                return


def _unpickled(future: Future[bytes]) -> Any:
    try:
        return pickle.loads(future.result())
    except BrokenExecutor:
        return []


@contextmanager
def helpers(reader: ChunkReader, processes: int) -> Iterator[Helpers]:
    """Start helpers that read blocks; they end with the `with` block."""
    with _executor(processes, reader) as pool:
        yield Helpers(pool, reader)
