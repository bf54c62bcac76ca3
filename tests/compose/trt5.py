"""TensorRT 4 and 5: runners are numbers, nothing names a format or a kernel, everything is INFO."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .plan import BuildPlan, CombinationPlan, EnginePlan, LayerPlan, RunnerPlan, TacticPlan, time_text
from .render import Dialect, Messages, Section, say

if TYPE_CHECKING:
    from .prefixes import Severity


class Trt5(Dialect):
    """`Timing NAME(14)`, `Tactic 107 time 0.5`, `Chose 14 (107)`."""

    name: ClassVar[str] = "trt5"
    has_combination_lines: ClassVar[bool] = False
    has_kernels: ClassVar[bool] = False
    has_only_option: ClassVar[bool] = True
    has_profile_number: ClassVar[bool] = False
    has_engine_layers: ClassVar[bool] = False
    has_reformat_formats: ClassVar[bool] = False
    main_severity: ClassVar[Severity] = "I"

    def sections(self, build: BuildPlan) -> list[Section]:
        """This version logs no reformat trials."""
        return list(build.layers)

    def prologue(self, engine: EnginePlan) -> Messages:
        """Say the graph passes."""
        count = len(engine.builds[0].layers) + 2
        yield say("Applying generic optimizations to the graph for inference.", "I")
        yield say(f"Original: {count} layers", "I")
        yield say("Graph construction and optimization completed in 0.00874 seconds.", "I")

    def profile_head(self, _build: BuildPlan, _profiles: int) -> Messages:
        """There are no profiles yet."""
        yield from ()

    def section_head(self, _section: Section, _build: BuildPlan) -> Messages:
        """Layers have no head."""
        yield from ()

    def combination(
        self, section: Section, combination: CombinationPlan, build: BuildPlan, *, cut: bool
    ) -> Messages:
        """Runners, each after an empty message, and the choice."""
        label = self.label(section, build)
        for runner in combination.runners:
            yield say("", "I")
            # No line sums up a runner, so every runner ends as in a log that is cut there.
            yield from self.runner(label, runner, cut=True)
        if not cut and isinstance(section, LayerPlan):
            winner = combination.winner()
            # A tactic without alternative is neither timed nor chosen.
            if winner is not None and winner[1].status == "timed":
                yield say(f"--------------- Chose {winner[0].kind} ({self.tactic_id(winner[1].tactic)})", "I")

    def runner_head(self, label: str, runner: RunnerPlan) -> str:
        """Open a runner."""
        return f"--------------- Timing {label}({runner.kind})"

    def no_valid(self, label: str, runner: RunnerPlan) -> Messages:
        """A runner without tactics leaves its head only."""
        yield say(self.runner_head(label, runner), "I")

    def tactic_lines(self, _label: str, tactic: TacticPlan) -> Messages:
        """One line for every result, without colon."""
        shown = self.tactic_id(tactic.tactic)
        if self.is_scratch(tactic):
            yield say(
                f"Tactic {shown} scratch requested: {tactic.needed_bytes}, "
                f"available: {tactic.available_bytes}",
                "I",
            )
        elif tactic.status == "skipped":
            yield say(f"Tactic {shown} is the only option, timing skipped", "I")
        else:
            yield say(
                f"Tactic {shown} time {time_text(self.never if tactic.time_ms is None else tactic.time_ms)}",
                "I",
            )

    def pass_end(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Close the build."""
        yield say("Detected 1 input and 1 output network tensors.", "I")
        spent = time_text(builds[0].selection_s / 10)
        yield say(f"Data initialization and engine generation completed in {spent} seconds.", "I")
