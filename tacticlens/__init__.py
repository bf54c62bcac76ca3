"""tacticlens: read trtexec verbose build logs and explore TensorRT tactics.

>>> import tacticlens as tl
>>> log = tl.read_log("build.log")  # doctest: +SKIP
>>> log.tables.tactics  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tacticlens.lazy import lazy

if TYPE_CHECKING:
    from tacticlens.kernels import decode
    from tacticlens.log import Log, read_log
    from tacticlens.notebook import diff, findings, matrix

__all__ = ["Log", "decode", "diff", "findings", "matrix", "read_log"]

_HOMES = {
    "Log": "tacticlens.log",
    "read_log": "tacticlens.log",
    "decode": "tacticlens.kernels",
    "diff": "tacticlens.notebook",
    "findings": "tacticlens.notebook",
    "matrix": "tacticlens.notebook",
}


__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    """Return the public names, those that are not imported yet too."""
    return sorted({*globals(), *__all__})


class _Public(ModuleType):
    """The package: importing the room `tacticlens.diff` does not put it where the function stands."""

    @property
    def diff(self) -> Any:
        """The function `diff`."""
        return __getattr__("diff")

    @diff.setter
    def diff(self, room: ModuleType) -> None:
        """Ignore the room that the import system puts here."""


sys.modules[__name__].__class__ = _Public
