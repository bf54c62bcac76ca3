"""Memory: the cycle collector, kept quiet while many small objects are made, and what is given back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cycle collector quiet: reading and judging make many small objects and no cycles.

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


def give_back() -> None:
    """Give memory that reading has freed back to the system, where the C library keeps it for later (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
