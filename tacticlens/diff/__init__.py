"""What changed between two builds, and whether it matters.

The package is callable, so that ``tacticlens.diff(old, new)`` works whether or not its modules were imported before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["diff"]


def diff(old: Any, new: Any, *, old_build: int | None = None, new_build: int | None = None) -> Any:
    """Return what changed from one build to another, as a `tacticlens.diff.model.Diff`.

    Args:
        old: a log that was read, or its tables.
        new: the same of the other side.
        old_build: number of a build in the old log; None = that of its last engine.
        new_build: the same in the new log.

    Raises:
        UsageError: a side has neither engine layers nor winners, or the two are of different networks.
    """
    from tacticlens.diff.changes import diff as compare

    sides = (getattr(side, "tables", side) for side in (old, new))
    return compare(*sides, old_build=old_build, new_build=new_build)


class _Callable(ModuleType):
    """A module that can be called: importing a submodule puts it where the function would be."""

    def __call__(self, old: Any, new: Any, **options: Any) -> Any:
        return diff(old, new, **options)


sys.modules[__name__].__class__ = _Callable
