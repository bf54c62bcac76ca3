"""Memory: pausing Python's cycle collector, and returning freed memory to the system."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the cycle collector: reading and judging make many small objects and no cycles.

    Objects that exist already, above all the grammars, are frozen, so that no collection scans them meanwhile.
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


def give_back() -> None:
    """Return freed memory to the system; glibc would keep it for later allocations."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
