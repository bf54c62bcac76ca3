"""TensorRT 8.6: runner ids, the kernel on the line of its time, runners summed up in one line."""

from __future__ import annotations

from typing import ClassVar, Literal

from .plan import BuildPlan, EnginePlan, ReformatSetPlan, RunnerPlan, TacticPlan, time_text
from .render import Messages, Section, say
from .trt85 import Trt85, split_k_text


class Trt860(Trt85):
    """8.6.0: heads of layers still without name, two heads before reformat trials."""

    name: ClassVar[str] = "trt860"
    has_copy_nodes: ClassVar[bool] = False
    has_runner_ids: ClassVar[bool] = True
    has_strategies: ClassVar[bool] = True
    reformats_stand: ClassVar[Literal["before", "between", "after"]] = "after"

    def prologue(self, engine: EnginePlan) -> Messages:
        """The graph passes, before a strategy is named."""
        count = len(engine.builds[0].layers) + 2
        yield say(f"Original: {count} layers")
        yield say(f"After dead-layer removal: {count} layers")
        yield say("Graph construction completed in 0.0370 seconds.")

    def pass_head(self, build: BuildPlan) -> Messages:
        """The strategy, and the cache it works with."""
        yield from super().pass_head(build)
        yield say(
            "Local timing cache in use. Profiling results in this builder pass will not be stored.", "I"
        )

    def profile_head(self, build: BuildPlan, profiles: int) -> Messages:
        """The optimizations come after the profile's number."""
        yield say(
            f"Constructing optimization profile number {build.profile} [{build.profile + 1}/{profiles}]."
        )
        yield say("Applying generic optimizations to the graph for inference.")
        yield say("Reserving memory for host IO tensors. Host: 0 bytes")

    def section_head(self, section: Section, build: BuildPlan) -> Messages:
        """Both heads stand before reformat trials; the second only where trials follow."""
        if not isinstance(section, ReformatSetPlan):
            yield from super().section_head(section, build)
            return
        first, second = self.reformat_heads()
        yield say(first)
        if section.combinations:
            yield say(second)

    def reformat_heads(self) -> tuple[str, str]:
        """Give the two heads."""
        return (
            "=============== Computing reformatting costs",
            "=============== Computing reformatting costs: ",
        )

    def runner_word(self, runner: RunnerPlan) -> str:
        """Add the number of the implementation."""
        return runner.kind if runner.runner_id is None else f"{runner.kind}[0x{runner.runner_id:08x}]"

    def best(self, label: str, runner: RunnerPlan) -> Messages:
        """Sum a runner up."""
        spent = time_text(0.001 * (1 + len(runner.tactics)))
        head = f"{label} ({self.runner_word(runner)}) profiling completed in {spent} seconds."
        yield say(f"{head} {self.best_text(runner)}")

    def tactic_lines(self, _label: str, tactic: TacticPlan) -> Messages:
        """Name, numbers and time on one line; skipped tactics have no name."""
        shown = self.tactic_id(tactic.tactic)
        if tactic.fast_skip:
            # No blank after the colon, and no missing time: the line of the same id follows.
            yield say(f"Fast skip Tactic:{shown} which exceed time limit during pre-run")
        name = "" if tactic.kernel is None else f"Tactic Name: {tactic.kernel}{split_k_text(tactic)} "
        yield say(f"{name}Tactic: {shown} {self.result_text(tactic)}")

    def chosen_kernels(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Only the numbers are left of the second list."""
        yield from self.kernel_numbers(builds)


class Trt861(Trt860):
    """8.6.1: layers have names again."""

    name: ClassVar[str] = "trt861"
    names_layers: ClassVar[bool] = True
    has_fast_skip: ClassVar[bool] = True
