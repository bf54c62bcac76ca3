"""Kernels that a profiler saw: nsys's summary as CSV, the trace of torch.profiler."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from statistics import median
from typing import Any

from tacticlens.errors.files import no_kernels, unreadable, wrong_file
from tacticlens.ingest.ranges import Range, innermost
from tacticlens.join.exported import parse_json
from tacticlens.join.model import FileKernel, SideFile

_NS = 1e-6
_US = 1e-3
_RANGES = ("gpu_user_annotation",)


def kernels_csv(text: str, source: str) -> SideFile:
    """Return the rows of nsys's kernel summary (``cuda_gpu_kern_sum``, ``gpukernsum`` before); times in ns.

    Lines before the header are nsys's own.

    Raises:
        UsageError: the text is something else.
    """
    lines = text.splitlines()
    head = next((at for at, line in enumerate(lines) if "Name" in line and "Total Time" in line), None)
    if head is None:
        raise wrong_file(source, "nsys_csv", "header")
    kernels = []
    for row in _rows("\n".join(lines[head:]), source):
        total, instances = _value(row, "Total Time (ns)"), _value(row, "Instances")
        name = row.get("Name")
        if not name or total is None or not instances:
            continue
        middle = _value(row, "Med (ns)")
        middle = middle if middle is not None else _value(row, "Avg (ns)", "Average (ns)")
        each = middle if middle is not None else total / instances
        kernels.append(FileKernel(name, None, int(instances), total * _NS, each * _NS))
    if not kernels:
        raise no_kernels(source, "nsys_csv")
    return SideFile("nsys", source, kernels=tuple(kernels))


def _rows(text: str, source: str) -> Iterator[dict[str, Any]]:
    try:
        yield from csv.DictReader(io.StringIO(text))
    except csv.Error as error:
        raise unreadable(source, "nsys_csv", str(error)) from None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _value(row: dict[str, Any], *names: str) -> float | None:
    for name in names:
        text = row.get(name)
        try:
            value = float(str(text).replace(",", "")) if text else math.nan
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    return None


def kernels_trace(text: str, source: str) -> SideFile:
    """Return the kernels of a trace that torch.profiler exported, each in the innermost range around it.

    Raises:
        UsageError: the text is something else.
    """
    data = parse_json(text, source, "trace")
    events = data.get("traceEvents") if isinstance(data, dict) else data
    if not isinstance(events, list):
        raise wrong_file(source, "trace", "events")
    whole = [
        event for event in events
        if isinstance(event, dict) and event.get("ph") == "X" and isinstance(event.get("name"), str)
        and all(_is_number(event.get(key)) for key in ("ts", "dur"))
    ]  # fmt: skip
    kernels = [event for event in whole if event.get("cat") == "kernel"]
    ranges = [event for event in whole if event.get("cat") in _RANGES]
    if not kernels:
        raise no_kernels(source, "trace")
    by_stream: dict[Hashable, list[Range]] = {}
    for event in ranges:
        by_stream.setdefault(str(event.get("tid")), []).append(
            (event["ts"], event["ts"] + event["dur"], event["name"])
        )
    around = innermost(
        [(event["ts"] + event["dur"] / 2, str(event.get("tid"))) for event in kernels], by_stream
    )
    runs = [(event["name"], name, event["dur"] * _US) for event, name in zip(kernels, around, strict=True)]
    return SideFile("nsys", source, kernels=summed(runs))


def summed(runs: Iterable[tuple[str, str | None, float]]) -> tuple[FileKernel, ...]:
    """Return one row per kernel and range, most time first, from (kernel, range, ms) of each run."""
    times: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    for kernel, layer, time in runs:
        times[kernel, layer].append(time)
    rows = [
        FileKernel(kernel, layer, len(each), math.fsum(each), median(each))
        for (kernel, layer), each in times.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.total_ms))
