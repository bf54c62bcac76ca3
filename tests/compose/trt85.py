"""TensorRT 8.5: gemm kernels with split-K, copy nodes, `tensor (Float[1,3])`, the kernel list at the end."""

from __future__ import annotations

from typing import ClassVar

from .plan import BuildPlan, EngineTensor, ReformatSetPlan, RunnerPlan, TacticPlan
from .render import Messages, Section, say
from .trt84 import Trt84


def split_k_text(tactic: TacticPlan) -> str:
    """Print the three numbers of a gemm tactic, or nothing."""
    if tactic.split_k is None:
        return ""
    split, buffers, kernels = tactic.split_k
    return f" numSplitK: {split} numBuffers: {buffers} numKernels: {kernels}"


class Trt85(Trt84):
    """As 8.4, with the lines that gemm runners brought."""

    name: ClassVar[str] = "trt85"
    has_split_k: ClassVar[bool] = True
    has_copy_nodes: ClassVar[bool] = True

    def section_head(self, section: Section, build: BuildPlan) -> Messages:
        """The head of reformat trials ends with a colon and a blank."""
        if isinstance(section, ReformatSetPlan):
            yield say("=============== Computing reformatting costs: ")
        else:
            yield from super().section_head(section, build)

    def runner(self, label: str, runner: RunnerPlan, *, cut: bool) -> Messages:
        """A gemm runner counts its tactics before its head."""
        gemm = [tactic for tactic in runner.tactics if tactic.split_k is not None]
        if gemm:
            count = len(gemm)
            yield say(f"Unrecognized MMA instruction source format or shape: {gemm[0].kernel}")
            tail = f"{count} unparsable, 0 pruned, {count} remaining after tactic pruning."
            yield say(f"{label}: {count} available tactics, {tail}")
        yield from super().runner(label, runner, cut=cut)

    def kernel_line(self, label: str, tactic: TacticPlan) -> str:
        """A gemm kernel is named without its layer, and its numbers follow its id."""
        if tactic.split_k is None:
            return super().kernel_line(label, tactic)
        return (
            f"Set Tactic Name: {tactic.kernel} Tactic: {self.tactic_id(tactic.tactic)}{split_k_text(tactic)}"
        )

    def chosen_kernels(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """After the names come the numbers of the kernels in the engine."""
        yield from super().chosen_kernels(builds)
        yield from self.kernel_numbers(builds)

    def kernel_numbers(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Number the kernels."""
        winners = self.kernel_winners(builds)
        for index, (label, _tactic) in enumerate(winners):
            yield say(f"Finalize: {label} Set kernel index: {index}")
        yield say(f"Total number of generated kernels selected for the engine: {len(winners)}")
        for index in range(len(winners)):
            yield say(f"Kernel: {index} CASK_STATIC")

    def tensor(self, tensor: EngineTensor) -> str:
        """Print a tensor of the engine, TensorRT 8.5 and later."""
        return f"{tensor.name} ({tensor.dtype}[{tensor.dims}])"
