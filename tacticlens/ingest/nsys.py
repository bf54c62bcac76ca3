"""The sqlite export of Nsight Systems -> each run of a kernel with the NVTX range that launched it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tacticlens.errors import UsageError

_HINT = "write one with: nsys export --type sqlite REPORT.nsys-rep"
_KERNELS = """
SELECT names.value, kernel.end - kernel.start, launch.start, launch.globalTid
FROM CUPTI_ACTIVITY_KIND_KERNEL AS kernel
JOIN StringIds AS names ON names.id = kernel.demangledName
LEFT JOIN CUPTI_ACTIVITY_KIND_RUNTIME AS launch ON launch.correlationId = kernel.correlationId
ORDER BY kernel.start
"""
_RANGES = """
SELECT range.start, range.end, range.globalTid, coalesce(range.text, names.value)
FROM NVTX_EVENTS AS range LEFT JOIN StringIds AS names ON names.id = range.textId
WHERE range.end IS NOT NULL ORDER BY range.start
"""


def kernel_runs(path: Path) -> list[tuple[str, str | None, float]]:
    """Return (kernel, innermost NVTX range, ms) of each run of a kernel, in order of start.

    Raises:
        UsageError: the file is no such export.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
        try:
            kernels = connection.execute(_KERNELS).fetchall()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            ranges = connection.execute(_RANGES).fetchall() if "NVTX_EVENTS" in tables else []
        finally:
            connection.close()
    except sqlite3.Error as error:
        message = f"{path}: is no sqlite export of Nsight Systems ({error}); {_HINT}"
        raise UsageError(message) from None
    if not kernels:
        message = f"{path}: has no kernel; profile with nsys profile --trace=cuda,nvtx"
        raise UsageError(message)
    return list(_with_ranges(kernels, ranges))


def _with_ranges(
    kernels: list[tuple[str, int, int | None, int | None]], ranges: list[tuple[int, int, int, str | None]]
) -> Iterator[tuple[str, str | None, float]]:
    by_thread: dict[int, list[tuple[int, int, str | None]]] = {}
    for start, end, thread, text in ranges:
        by_thread.setdefault(thread, []).append((start, end, text))
    launches = sorted((launch, at) for at, (_, _, launch, _) in enumerate(kernels) if launch is not None)
    found: dict[int, str | None] = {}
    opened: dict[int, list[tuple[int, int, str | None]]] = {}
    places = dict.fromkeys(by_thread, 0)
    for launch, at in launches:
        thread = kernels[at][3] or 0
        waiting, stack = by_thread.get(thread, []), opened.setdefault(thread, [])
        while places.get(thread, 0) < len(waiting) and waiting[places[thread]][0] <= launch:
            stack.append(waiting[places[thread]])
            places[thread] += 1
        stack[:] = [item for item in stack if item[1] >= launch]
        found[at] = min(stack, key=lambda item: item[1] - item[0])[2] if stack else None
    for at, (name, duration, _, _) in enumerate(kernels):
        yield name, found.get(at), duration * 1e-6
