"""Kernel names of two sources that mean one kernel: a log's, and what a profiler prints for it."""

from __future__ import annotations

import re

_ENDS = re.compile(r"(?:_kernel(?:_trt)?|_trt)+$")
_MOST = 20_000


def plain_name(kernel: str) -> str:
    """Return a kernel's name without what only some tools print.

    Demangled names have a return type, template arguments and parameters; the names of the library's own
    kernels end in ``_kernel_trt`` in the binary.

    >>> plain_name("void cuEltwise::eltwise<float, 2>(cuEltwise::Params)")
    'cuEltwise::eltwise'
    """
    name = kernel[:_MOST].removeprefix("void ").strip()
    if "(" in name or "<" in name:
        depth, kept = 0, []
        for letter in name.replace("(anonymous namespace)", "anonymous"):
            if letter in "<(":
                depth += 1
            elif letter in ">)":
                depth = max(0, depth - 1)
            elif not depth:
                kept.append(letter)
        name = "".join(kept).strip()
    return _ENDS.sub("", name)


def module_of(node: str) -> str | None:
    """Return the module of the framework that an ONNX node was exported from, as a framework names it.

    >>> module_of("/block/conv1/Conv")
    'block.conv1'
    """
    scopes = node.strip("/").split("/")[:-1]
    return ".".join(scopes) or None
