"""TensorRT 11.1: as 10.16 in everything that tells a tactic; foreign nodes may be compiled on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .render import Messages, say
from .trt10 import Trt10

if TYPE_CHECKING:
    from .plan import RunnerPlan


class Trt11(Trt10):
    """The compiler may say that it does not use the GPU; its tactics then take no time."""

    name: ClassVar[str] = "trt11"

    def runner(self, label: str, runner: RunnerPlan, *, cut: bool) -> Messages:
        """Tell the CPU-only mode where the plan has the times for it."""
        cpu_only = runner.kind == "Myelin" and any(tactic.time_ms == 0 for tactic in runner.tactics)
        for message in super().runner(label, runner, cut=cut):
            yield message
            if cpu_only and message.text.endswith("cuda kernel library"):
                yield say(" (foreignNode) Using legacy CPU-only mode.")
