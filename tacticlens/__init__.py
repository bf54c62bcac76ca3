"""tacticlens: read trtexec verbose build logs and explore TensorRT tactics.

>>> import tacticlens as tl
>>> log = tl.read_log("build.log")  # doctest: +SKIP
>>> log.tables.tactics  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacticlens.diff import diff
    from tacticlens.diff.matrix import matrix
    from tacticlens.kernels import decode
    from tacticlens.log import Log, read_log

__all__ = ["Log", "decode", "diff", "matrix", "read_log"]

_HOMES = {
    "Log": "tacticlens.log",
    "read_log": "tacticlens.log",
    "decode": "tacticlens.kernels",
    "diff": "tacticlens.diff",
    "matrix": "tacticlens.diff.matrix",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used: `tacticlens --help` stays fast."""
    if name not in _HOMES:
        message = f"module 'tacticlens' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
