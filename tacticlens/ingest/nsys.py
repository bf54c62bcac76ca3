"""The sqlite export of Nsight Systems -> each run of a kernel with the NVTX range that launched it."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from pathlib import Path
from urllib.parse import quote

from tacticlens.errors import UsageError
from tacticlens.ingest.ranges import Range, innermost

_HINT = "write one with: nsys export --type sqlite REPORT.nsys-rep"
_TABLES = ("StringIds", "CUPTI_ACTIVITY_KIND_KERNEL", "CUPTI_ACTIVITY_KIND_RUNTIME", "NVTX_EVENTS")
_KERNELS = """
SELECT CAST(names.value AS TEXT), CAST(kernel.end - kernel.start AS INTEGER), CAST(launch.start AS INTEGER),
    CAST(launch.globalTid AS INTEGER)
FROM CUPTI_ACTIVITY_KIND_KERNEL AS kernel
JOIN StringIds AS names ON names.id = kernel.demangledName AND names.value IS NOT NULL
LEFT JOIN CUPTI_ACTIVITY_KIND_RUNTIME AS launch ON launch.correlationId = kernel.correlationId
WHERE kernel.end >= kernel.start ORDER BY kernel.start
"""
_RANGES = """
SELECT CAST(range.globalTid AS INTEGER), CAST(range.start AS INTEGER), CAST(range.end AS INTEGER),
    CAST(coalesce(range.text, names.value) AS TEXT)
FROM NVTX_EVENTS AS range LEFT JOIN StringIds AS names ON names.id = range.textId
WHERE range.start IS NOT NULL AND range.end IS NOT NULL
"""


def kernel_runs(path: Path) -> list[tuple[str, str | None, float]]:
    """Return (kernel, innermost NVTX range, ms) of each run of a kernel, in order of start.

    Raises:
        UsageError: the file is no such export.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
        try:
            kinds = dict(connection.execute("SELECT name, type FROM sqlite_master"))
            if any(kinds.get(name) == "view" for name in _TABLES):  # a view may run forever
                message = f"{path}: is not an sqlite export of Nsight Systems (its tables are views); {_HINT}"
                raise UsageError(message)
            kernels = connection.execute(_KERNELS).fetchall()
            ranges = connection.execute(_RANGES).fetchall() if "NVTX_EVENTS" in kinds else []
        finally:
            connection.close()
    except sqlite3.Error as error:
        message = f"{path}: is not an sqlite export of Nsight Systems ({error}); {_HINT}"
        raise UsageError(message) from None
    if not kernels:
        message = f"{path}: has no kernel; profile with nsys profile --trace=cuda,nvtx"
        raise UsageError(message)
    by_thread: dict[Hashable, list[Range]] = {}
    for thread, start, end, name in ranges:
        by_thread.setdefault(thread, []).append((start, end, name))
    never = float("-inf")
    around = innermost(
        [(never if launch is None else launch, thread) for _, _, launch, thread in kernels], by_thread
    )
    return [(kernel[0], name, kernel[1] * 1e-6) for kernel, name in zip(kernels, around, strict=True)]
