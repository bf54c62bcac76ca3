"""A file beside a log is not what it was given as."""

from __future__ import annotations

from typing import Literal

from tacticlens.errors import refusal

FileKind = Literal["layers", "profile", "times", "nsys_csv", "trace"]

_KINDS: dict[FileKind, tuple[str, str]] = {
    "layers": ("file of layer information", "trtexec --exportLayerInfo=FILE --profilingVerbosity=detailed"),
    "profile": ("profile", "trtexec --exportProfile=FILE --dumpProfile"),
    "times": ("list of times", "trtexec --exportTimes=FILE"),
    "nsys_csv": (
        "kernel summary",
        "nsys stats --report cuda_gpu_kern_sum --format csv REPORT.nsys-rep > FILE.csv",
    ),
    "trace": ("trace", "profile.export_chrome_trace(FILE)"),
}
"""What such a file is called, and what writes one."""

Gap = Literal["layers", "rows", "names", "times", "header", "events"]
"""What a file of each kind has, and this one lacks."""

_GAPS: dict[Gap, str] = {
    "layers": "no list 'Layers'",
    "rows": "no list of layers",
    "names": "it names no layer",
    "times": "no computeMs in it",
    "header": "no header with Total Time and Name",
    "events": "no list traceEvents",
}


@refusal
def unreadable(source: str, kind: FileKind, why: str) -> str:
    return _refused(source, kind, why)


@refusal
def wrong_file(source: str, kind: FileKind, gap: Gap) -> str:
    return _refused(source, kind, _GAPS[gap])


@refusal
def no_kernels(source: str, kind: Literal["nsys_csv", "trace"]) -> str:
    if kind == "trace":
        return f"{source}: the trace has no kernel of a GPU; profile with ProfilerActivity.CUDA on one"
    return f"{source}: the kernel summary has no kernels; write one with: {_KINDS[kind][1]}"


def _refused(source: str, kind: FileKind, why: str) -> str:
    name, command = _KINDS[kind]
    return f"{source}: is not a {name} ({why}); write one with: {command}"
