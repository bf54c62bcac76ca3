"""TensorRT 8.0: the kernel's line has its id, in decimal; reformat trials stand between the layers."""

from __future__ import annotations

from typing import ClassVar, Literal

from .plan import BuildPlan, CombinationPlan, LayerPlan
from .render import Dialect, Messages, Section


class Trt80(Dialect):
    """`Autotuning Reformat:` without blank, `Optimizer Reformat` without tensor, no heads of layers."""

    name: ClassVar[str] = "trt80"
    has_only_option: ClassVar[bool] = True
    reformats_stand: ClassVar[Literal["before", "between", "after"]] = "between"

    def section_head(self, _section: Section, _build: BuildPlan) -> Messages:
        """Layers have no head."""
        yield from ()

    def label(self, section: Section, build: BuildPlan) -> str:
        """Reformat trials do not say what they move."""
        return super().label(section, build) if isinstance(section, LayerPlan) else "Optimizer Reformat"

    def combination_line(self, combination: CombinationPlan) -> str:
        """The reformat form lacks a blank."""
        return (
            super().combination_line(combination).replace("Autotuning Reformat: ", "Autotuning Reformat:", 1)
        )

    def workspace(self, _needed: int) -> Messages:
        """The hint came with 8.2."""
        yield from ()
