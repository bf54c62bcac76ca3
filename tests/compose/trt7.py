"""TensorRT 7: kernel names without id, before the times; strides from the fastest dimension."""

from __future__ import annotations

from typing import ClassVar, Literal

from .plan import BuildPlan, CombinationPlan, EnginePlan, LayerPlan, TacticPlan, time_text
from .prefixes import Message
from .render import Dialect, Messages, Section, say


def kernel_group(kernel: str) -> str:
    """Give the word in parentheses after the layer's name."""
    if "winograd" in kernel:
        return "scudnn_winograd"
    words = [word for word in kernel.split("_") if "cudnn" in word]
    return words[0] if words else "caskFullyConnectedFP32"


class Trt70(Dialect):
    """7.0: each name once before its time, and the winner's once more after the choice."""

    name: ClassVar[str] = "trt70"
    has_only_option: ClassVar[bool] = True
    has_reformat_formats: ClassVar[bool] = False
    fastest_first: ClassVar[bool] = True
    reformats_stand: ClassVar[Literal["before", "between", "after"]] = "between"
    lists_first: ClassVar[bool] = False

    def prologue(self, engine: EnginePlan) -> Messages:
        """Say the graph passes; the timing cache does not exist yet."""
        messages = list(super().prologue(engine))
        yield from messages[:-1]

    def profile_head(self, build: BuildPlan, profiles: int) -> Messages:
        """The message ends with a line break of its own, which costs the next line its prefix."""
        yield say(f"Constructing optimization profile number {build.profile} out of {profiles}")

    def build(self, build: BuildPlan, profiles: int, *, cut: bool) -> Messages:
        """Take the prefix from the first combination."""
        first = True
        for message in super().build(build, profiles, cut=cut):
            bare = first and message.text.startswith("***")
            first = first and not bare
            yield Message(None, message.text) if bare else message

    def section_head(self, _section: Section, _build: BuildPlan) -> Messages:
        """Layers have no head."""
        yield from ()

    def label(self, section: Section, build: BuildPlan) -> str:
        """Reformat trials do not say what they move."""
        return super().label(section, build) if isinstance(section, LayerPlan) else "<reformat>"

    def combination(
        self, section: Section, combination: CombinationPlan, build: BuildPlan, *, cut: bool
    ) -> Messages:
        """Reformat trials have no line for their formats; layers may list their kernels first."""
        messages = list(super().combination(section, combination, build, cut=cut))
        if combination.purpose == "reformat":
            yield from messages[1:]
            return
        yield messages[0]
        if self.lists_first:
            tactics = [tactic for runner in combination.runners for tactic in runner.tactics]
            label = self.label(section, build)
            yield from (
                say(self.kernel_line(label, tactic)) for tactic in tactics if tactic.kernel is not None
            )
        yield from messages[1:]

    def choice(self, label: str, combination: CombinationPlan) -> Messages:
        """The winner, its kernel, an empty message."""
        winner = combination.winner()
        if winner is None or winner[1].status != "timed":
            return
        yield from super().choice(label, combination)
        if winner[1].kernel is not None:
            yield say(self.kernel_line(label, winner[1]))
        yield say("")

    def kernel_line(self, label: str, tactic: TacticPlan) -> str:
        """Name the kernel, with its group and without its id."""
        kernel = tactic.kernel or ""
        return f"{label} ({kernel_group(kernel)}) Set Tactic Name: {kernel}"

    def result_text(self, tactic: TacticPlan) -> str:
        """Times have a small t here and a capital one after `Fastest Tactic`."""
        if tactic.status == "skipped":
            return super().result_text(tactic)
        return f"time {time_text(self.never if tactic.time_ms is None else tactic.time_ms)}"

    def workspace(self, _needed: int) -> Messages:
        """The hint came with 8.2."""
        yield from ()

    def pass_end(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Close the build; there is no timing cache to delete."""
        messages = list(super().pass_end(builds))
        yield from messages[:-1]

    def engine_layers(self, engine: EnginePlan) -> Messages:
        """Every layer is a message of its own, with prefix."""
        for message in super().engine_layers(engine):
            yield from (say(line) for line in message.text.split("\n"))


class Trt7(Trt70):
    """Later 7.x: all names of a combination also stand before its first runner."""

    name: ClassVar[str] = "trt7"
    lists_first: ClassVar[bool] = True
