"""What changed between two builds, and whether it matters.

The package is callable, so that ``tacticlens.diff(old, new)`` works whether or not its modules were imported before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

__all__ = ["diff"]


def diff(
    old: Any,
    new: Any,
    *,
    old_build: int | None = None,
    new_build: int | None = None,
    baseline: Sequence[Any] = (),
) -> Any:
    """Return what changed from one build to another, as a `tacticlens.diff.result.Diff`.

    Args:
        old: a log that was read, or its tables.
        new: the same of the other side.
        old_build: number of a build in the old log; None = that of its last engine.
        new_build: the same in the new log.
        baseline: logs (or pairs of log and build number) of builds that repeat the old one on its machine: the
            noise of measurements is learned from them. Without a number all builds of the network count.

    Raises:
        UsageError: a side has neither engine layers nor winners, the two are of different networks, or a log of the
            baseline holds no repeat of the old build.
    """
    from tacticlens.diff.changes import diff as compare

    given = [one if isinstance(one, tuple) else (one, None) for one in baseline]
    return compare(
        _tables(old), _tables(new), old_build=old_build, new_build=new_build,
        baseline=[(_tables(log), build) for log, build in given],
    )  # fmt: skip


def _tables(log: Any) -> Any:
    return getattr(log, "tables", log)


class _Callable(ModuleType):
    """A module that can be called: importing a submodule puts it where the function would be."""

    def __call__(self, old: Any, new: Any, **options: Any) -> Any:
        return diff(old, new, **options)


sys.modules[__name__].__class__ = _Callable
