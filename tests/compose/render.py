"""The skeleton that all dialects share: a plan becomes messages, in the order in which TensorRT logs them.

`Dialect` prints the forms of TensorRT 8.2; a version overrides only what it says differently. A dialect also
says what it can express, so that plans and expected rows stay within it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

from .plan import (
    FLT_MAX,
    MEMORY,
    ONLY_OPTION,
    SENTINEL,
    BuildPlan,
    CombinationPlan,
    EngineLayerPlan,
    EnginePlan,
    EngineTensor,
    LayerPlan,
    LogPlan,
    OpTablePlan,
    ReformatSetPlan,
    RunnerPlan,
    TacticPlan,
    time_text,
)
from .prefixes import Message, Severity

Section = LayerPlan | ReformatSetPlan
Messages = Iterator[Message]


def say(text: str, severity: Severity = "V") -> Message:
    """Make a message of the library."""
    return Message(severity, text)


class Dialect:
    """TensorRT 8.2, and what the other versions share with it."""

    name: ClassVar[str] = "trt82"
    #: What the version prints at all.
    has_combination_lines: ClassVar[bool] = True
    has_reformat_formats: ClassVar[bool] = True
    has_kernels: ClassVar[bool] = True
    has_split_k: ClassVar[bool] = False
    has_fast_skip: ClassVar[bool] = False
    has_only_option: ClassVar[bool] = False
    has_memory_skip: ClassVar[bool] = False
    has_exceptions: ClassVar[bool] = False
    has_cached: ClassVar[bool] = False
    has_op_tables: ClassVar[bool] = False
    has_strategies: ClassVar[bool] = False
    has_verdicts: ClassVar[bool] = False
    has_profile_number: ClassVar[bool] = True
    has_profiles: ClassVar[bool] = False
    has_detailed_layers: ClassVar[bool] = False
    has_engine_layers: ClassVar[bool] = True
    has_copy_nodes: ClassVar[bool] = False
    has_runner_ids: ClassVar[bool] = False
    #: Whether the strides of a format run from the fastest dimension.
    fastest_first: ClassVar[bool] = False
    #: Whether `Computing costs for` names the layer; without, only the heads of its runners do.
    names_layers: ClassVar[bool] = False
    reformats_stand: ClassVar[Literal["before", "between", "after"]] = "before"
    workspace_hint: ClassVar[str] = (
        "Increasing workspace size may increase performance, please check verbose output."
    )
    never: ClassVar[float] = FLT_MAX
    main_severity: ClassVar[Severity] = "V"

    # -- order ---------------------------------------------------------------------------------------------

    def sections(self, build: BuildPlan) -> list[Section]:
        """Put layers and reformat trials into the order of this version."""
        if self.reformats_stand == "before":
            return [*build.reformats, *build.layers]
        if self.reformats_stand == "after":
            return [*build.layers, *build.reformats]
        mixed: list[Section] = []
        for index in range(max(len(build.layers), len(build.reformats))):
            mixed += build.layers[index : index + 1]
            mixed += build.reformats[index : index + 1]
        return mixed

    def render(self, log: LogPlan) -> list[Message]:
        """Give all messages of the log."""
        return [message for engine in log.engines for message in self.engine(engine)]

    def engine(self, engine: EnginePlan) -> Messages:
        """Render one engine: graph passes, one pass per strategy, the layers of the result."""
        yield from self.prologue(engine)
        fastest: float | None = None
        for number, builds in enumerate(engine.passes(), start=1):
            ends = engine.cut and number == len(engine.passes())
            yield from self.pass_head(builds[0])
            for index, build in enumerate(builds, start=1):
                yield from self.build(build, len(builds), cut=ends and index == len(builds))
            if ends:
                return
            yield from self.pass_end(builds)
            if builds[0].estimated_ms is not None:
                yield self.verdict(builds[0], fastest)
                fastest = min(
                    builds[0].estimated_ms, fastest if fastest is not None else builds[0].estimated_ms
                )
        yield from self.engine_layers(engine)

    def build(self, build: BuildPlan, profiles: int, *, cut: bool) -> Messages:
        """Render the tuning of one profile."""
        yield from self.profile_head(build, profiles)
        sections = self.sections(build)
        for number, section in enumerate(sections, start=1):
            last = cut and number == len(sections)
            yield from self.section_head(section, build)
            for index, combination in enumerate(section.combinations, start=1):
                ends = last and index == len(section.combinations)
                yield from self.combination(section, combination, build, cut=ends)
        if not cut:
            yield from self.selection_end(build)

    # -- before and after the tuning -----------------------------------------------------------------------

    def prologue(self, engine: EnginePlan) -> Messages:
        """Say a few of the graph passes."""
        count = len(engine.builds[0].layers) + 2
        yield say("Applying generic optimizations to the graph for inference.")
        yield say(f"Original: {count} layers")
        yield say(f"After dead-layer removal: {count} layers")
        yield say("Graph construction and optimization completed in 0.0125 seconds.")
        yield say(
            "Local timing cache in use. Profiling results in this builder pass will not be stored.", "I"
        )

    def pass_head(self, build: BuildPlan) -> Messages:
        """Name the backend strategy, where the version has one."""
        if build.strategy is not None:
            yield say(f"Building graph using backend strategy {build.strategy}")

    def profile_head(self, build: BuildPlan, profiles: int) -> Messages:
        """Name the optimization profile."""
        yield say(
            f"Constructing optimization profile number {build.profile} [{build.profile + 1}/{profiles}]."
        )
        yield say("Reserving memory for activation tensors. Host: 0 bytes Device: 4096 bytes")

    def selection_end(self, build: BuildPlan) -> Messages:
        """Close the tuning of one profile."""
        yield say(
            f"Formats and tactics selection completed in {time_text(build.selection_s)} seconds.",
            self.main_severity,
        )
        yield say(f"After reformat layers: {len(build.layers)} layers", self.main_severity)

    def pass_end(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """List the chosen kernels once more and say that the engine is there."""
        yield say("Detected 1 inputs and 1 output network tensors.", "I")
        yield from self.chosen_kernels(builds)
        yield say(f"Engine generation completed in {time_text(builds[0].selection_s + 0.5)} seconds.")
        yield say("Deleting timing cache: 12 entries, served 3 hits since creation.")

    def verdict(self, build: BuildPlan, fastest: float | None) -> Message:
        """Compare the engine of this strategy with the best so far."""
        now, strategy = time_text(build.estimated_ms or 0.0), build.strategy
        if fastest is None:
            return say(
                f"Use backend strategy {strategy} with estimated inference time ({now}) "
                "as the initial choice."
            )
        rest = f"the previous engine with estimated inference time ({time_text(fastest)})."
        if (build.estimated_ms or 0.0) < fastest:
            head = f"Chose this engine with backend strategy {strategy} since its estimated inference time"
            return say(f"{head} ({now}) is faster than {rest}")
        # The missing blank is TensorRT's.
        head = f"Skip backend strategy {strategy}since its estimated inference time"
        return say(f"{head} ({now}) is not faster than {rest}")

    def kernel_winners(self, builds: tuple[BuildPlan, ...]) -> list[tuple[str, TacticPlan]]:
        """Give each layer's first winner that has a kernel name."""
        found: list[tuple[str, TacticPlan]] = []
        for build in builds:
            for layer in build.layers:
                winners = [combination.winner() for combination in layer.combinations]
                named = [pair[1] for pair in winners if pair is not None and pair[1].kernel is not None]
                found += [(f"{layer.name}{build.suffix}", tactic) for tactic in named[:1]]
        return found

    def chosen_kernels(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Repeat the chosen kernels: these lines look like candidates and are none."""
        for label, tactic in self.kernel_winners(builds):
            yield say(self.kernel_line(label, tactic))

    # -- layers, combinations, runners ---------------------------------------------------------------------

    def label(self, section: Section, build: BuildPlan) -> str:
        """Name what is timed."""
        if isinstance(section, LayerPlan):
            return f"{section.name}{build.suffix}"
        tensor = f"{section.tensor}{build.suffix}"
        if section.copy_node:
            return f"Reformatting CopyNode for Network Input {tensor}"
        return f"Optimizer Reformat({f'<in> -> {tensor}' if section.into else f'{tensor} -> <out>'})"

    def section_head(self, section: Section, build: BuildPlan) -> Messages:
        """Open a layer or the trials of a tensor."""
        if isinstance(section, ReformatSetPlan):
            yield say("=============== Computing reformatting costs")
        else:
            name = f"{section.name}{build.suffix}" if self.names_layers else ""
            yield say(f"=============== Computing costs for {name}")

    def combination_line(self, combination: CombinationPlan) -> str:
        """Give the line with the asterisks."""
        what = "Reformat: " if combination.purpose == "reformat" else "format combination: "
        key = "" if combination.key is None else f" {{key: {combination.key}}}"
        return f"*************** Autotuning {what}{combination.formats()}{key} ***************"

    def combination(
        self, section: Section, combination: CombinationPlan, build: BuildPlan, *, cut: bool
    ) -> Messages:
        """Render one combination with everything under it."""
        label = self.label(section, build)
        if combination.cached is not None:
            hit = combination.cached
            found = f"{hit.runner}, tactic {self.tactic_id(hit.tactic)}, {time_text(hit.time_ms)} ms"
            key = "" if combination.key is None else f" {{key: {combination.key}}}"
            yield say(f"{label} [{combination.formats()}{key}] got cached result: {found}")
            return
        yield say(self.combination_line(combination))
        for index, runner in enumerate(combination.runners, start=1):
            yield from self.runner(label, runner, cut=cut and index == len(combination.runners))
        if not cut and self.prints_choice(section, combination):
            yield from self.choice(label, combination)

    def prints_choice(self, section: Section, combination: CombinationPlan) -> bool:
        """Say whether `Chose` follows; plain reformat trials end with their fastest tactic."""
        return combination.winner() is not None and (isinstance(section, LayerPlan) or section.copy_node)

    def choice(self, _label: str, combination: CombinationPlan) -> Messages:
        """Print the winner of a combination."""
        winner = combination.winner()
        if winner is not None:
            runner, tactic = winner
            yield say(
                f">>>>>>>>>>>>>>> Chose Runner Type: {runner.kind} Tactic: {self.tactic_id(tactic.tactic)}"
            )

    def runner_word(self, runner: RunnerPlan) -> str:
        """Give the text in the last parenthesis of a runner head."""
        return runner.kind

    def runner_head(self, label: str, runner: RunnerPlan) -> str:
        """Open a runner."""
        return f"--------------- Timing Runner: {label} ({self.runner_word(runner)})"

    def runner(self, label: str, runner: RunnerPlan, *, cut: bool) -> Messages:
        """Render one runner."""
        if runner.no_valid:
            yield from self.no_valid(label, runner)
            return
        yield say(self.runner_head(label, runner), self.main_severity)
        for table in runner.op_tables:
            yield from self.op_table(table)
        for position, tactic in enumerate(runner.tactics):
            yield from self.tactic(label, tactic, position)
        if cut:
            return
        needs = [
            tactic.needed_bytes
            for tactic in runner.tactics
            if self.is_scratch(tactic) and tactic.needed_bytes
        ]
        if needs:
            yield say(
                f"Some tactics do not have sufficient workspace memory to run. {self.workspace_hint}", "I"
            )
        yield from self.best(label, runner)
        if needs:
            yield from self.workspace(max(needs))

    def no_valid(self, label: str, runner: RunnerPlan) -> Messages:
        """Say that a runner cannot do this combination."""
        yield say(self.runner_head(label, runner))
        yield say(f"{runner.kind} has no valid tactics for this config, skipping")

    def workspace(self, needed: int) -> Messages:
        """Tell how much memory would help; the missing blank is TensorRT's."""
        yield say(f"Setting workspace to {needed}enables more tactics for profiling")

    def best_text(self, runner: RunnerPlan) -> str:
        """Give the fastest tactic of a runner, or the sentinel."""
        best = runner.best()
        if best is None:
            return f"Fastest Tactic: {self.tactic_id(SENTINEL)} Time: {time_text(self.never)}"
        return f"Fastest Tactic: {self.tactic_id(best.tactic)} Time: {time_text(best.time_ms or 0.0)}"

    def best(self, _label: str, runner: RunnerPlan) -> Messages:
        """Close a runner: a line that contains a tactic line and is none."""
        yield say(self.best_text(runner))

    # -- tactics -------------------------------------------------------------------------------------------

    def tactic_id(self, tactic: int) -> str:
        """Print an id in the base of the version: signed decimal."""
        return str(tactic - 2**64 if tactic >= 2**63 else tactic)

    @staticmethod
    def is_scratch(tactic: TacticPlan) -> bool:
        """Say whether a tactic was skipped for its scratch memory."""
        return tactic.status == "skipped" and tactic.reason is None

    def kernel_line(self, label: str, tactic: TacticPlan) -> str:
        """Name the kernel on a line of its own."""
        return f"{label} Set Tactic Name: {tactic.kernel} Tactic: {self.tactic_id(tactic.tactic)}"

    def tactic(self, label: str, tactic: TacticPlan, position: int) -> Messages:
        """Render one candidate."""
        if tactic.reason == MEMORY:
            yield from self.memory_skip(tactic, position)
        elif tactic.status == "failed" and tactic.reason is not None:
            head = f"Error Code: 9: Skipping tactic {self.tactic_id(tactic.tactic)} due to exception"
            yield Message("E", f"{head} {tactic.reason}", error_code=9)
        else:
            yield from self.tactic_lines(label, tactic)

    def tactic_lines(self, label: str, tactic: TacticPlan) -> Messages:
        """Name and result of a candidate."""
        if tactic.kernel is not None:
            yield say(self.kernel_line(label, tactic))
        yield say(f"Tactic: {self.tactic_id(tactic.tactic)} {self.result_text(tactic)}")

    def result_text(self, tactic: TacticPlan) -> str:
        """Give what follows the id."""
        if tactic.reason == ONLY_OPTION:
            return "is the only option, timing skipped"
        if self.is_scratch(tactic):
            return f"skipped. Scratch requested: {tactic.needed_bytes}, available: {tactic.available_bytes}"
        return f"Time: {time_text(self.never if tactic.time_ms is None else tactic.time_ms)}"

    def memory_skip(self, tactic: TacticPlan, position: int) -> Messages:
        """Warn that memory was short; the hint is the second line of the same message."""
        found = (
            f"requested size of {tactic.needed_bytes} detected for tactic {self.tactic_id(tactic.tactic)}."
        )
        hint = "Try decreasing the workspace size with IBuilderConfig::setMemoryPoolLimit()."
        yield say(f"Skipping tactic {position} due to insufficient memory on {found}\n{hint}", "W")

    def op_table(self, table: OpTablePlan) -> Messages:
        """Render a table of the foreign-node compiler; only TensorRT 10 and later print one."""
        raise NotImplementedError(table.op)

    # -- engine layers -------------------------------------------------------------------------------------

    def tensor(self, tensor: EngineTensor) -> str:
        """Print a tensor of the engine, TensorRT 8.4 and older."""
        return f"{tensor.name}[{tensor.dtype}({tensor.dims})]"

    def engine_layer(self, layer: EngineLayerPlan) -> str:
        """Print one layer of the engine."""
        inputs = ", ".join(self.tensor(tensor) for tensor in layer.inputs)
        outputs = ", ".join(self.tensor(tensor) for tensor in layer.outputs)
        tactic = self.tactic_id(layer.tactic or 0)
        return f"Layer({layer.layer_type}): {layer.name}, Tactic: {tactic}, {inputs} -> {outputs}"

    def engine_layers(self, engine: EnginePlan) -> Messages:
        """Print the layer list as one message of many lines."""
        if not engine.layers:
            return
        layers = [self.suffixed(layer) for layer in engine.layers]
        if engine.detailed:
            lines = ["Layers:", *map(self.detailed_layer, layers), "", "Bindings:", "x"]
        else:
            lines = ["Engine Layer Information:", *map(self.engine_layer, layers)]
        yield say("\n".join(lines))

    @staticmethod
    def suffixed(layer: EngineLayerPlan) -> EngineLayerPlan:
        """Mark the layers of the later profiles."""
        return replace(layer, name=f"{layer.name} [profile {layer.profile}]") if layer.profile else layer

    def detailed_layer(self, layer: EngineLayerPlan) -> str:
        """Print one layer with `--profilingVerbosity=detailed`."""

        def tensors(items: tuple[EngineTensor, ...]) -> str:
            form = (
                "{{ Name: {0.name}, Location: Device, Dimensions: [{0.dims}], Format/Datatype: {0.dtype} }}"
            )
            return f"[ {', '.join(form.format(item) for item in items)}]" if items else "[]"

        parts = [f"Name: {layer.name}, LayerType: {layer.layer_type}"]
        parts.append(f"Inputs: {tensors(layer.inputs)}, Outputs: {tensors(layer.outputs)}")
        if layer.kernel is not None:
            parts.append(f"TacticName: {layer.kernel}")
        if layer.tactic is not None:
            parts.append(f"TacticValue: {self.tactic_id(layer.tactic)}")
        nodes = "\x1f".join(f"[ONNX Layer: {node}]" for node in layer.onnx_nodes)
        return f"{', '.join(parts)}, StreamId: 0, Metadata: {nodes}"
