"""TensorRT 8.4.1 and later 8.4: ids become sixteen hexadecimal digits."""

from __future__ import annotations

from typing import ClassVar

from .trt82 import Trt82


class Trt84(Trt82):
    """As 8.2, in hexadecimal."""

    name: ClassVar[str] = "trt84"
    has_memory_skip: ClassVar[bool] = True
    never: ClassVar[float] = float("inf")
    workspace_hint: ClassVar[str] = (
        "Increasing workspace size will enable more tactics, please check verbose output for requested sizes."
    )

    def tactic_id(self, tactic: int) -> str:
        """Print an id in hexadecimal."""
        return f"0x{tactic:016x}"
