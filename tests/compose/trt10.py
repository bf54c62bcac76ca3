"""TensorRT 10.14 to 10.16: strategies compared, cached results, tables of the foreign-node compiler."""

from __future__ import annotations

from typing import ClassVar

from .plan import BuildPlan, LayerPlan, OpTablePlan, RunnerPlan, TacticPlan, time_text
from .render import Messages, Section, say
from .trt86 import Trt861


class Trt10(Trt861):
    """As 8.6.1, with what the compiler of foreign nodes says."""

    name: ClassVar[str] = "trt10"
    has_split_k: ClassVar[bool] = False
    has_fast_skip: ClassVar[bool] = False
    has_exceptions: ClassVar[bool] = True
    has_cached: ClassVar[bool] = True
    has_op_tables: ClassVar[bool] = True
    has_verdicts: ClassVar[bool] = True
    has_profiles: ClassVar[bool] = True
    has_detailed_layers: ClassVar[bool] = True

    def section_head(self, section: Section, build: BuildPlan) -> Messages:
        """A foreign node tells its ONNX nodes."""
        yield from super().section_head(section, build)
        if isinstance(section, LayerPlan) and section.name.startswith("{ForeignNode["):
            runners = [runner for combination in section.combinations for runner in combination.runners]
            nodes = dict.fromkeys(
                node for runner in runners for table in runner.op_tables for node in table.onnx_nodes
            )
            metadata = "".join(f"[ONNX Layer: {node}]" for node in nodes)
            yield say(f"ForeignNode {section.name}{build.suffix} metadata: {metadata}")

    def reformat_heads(self) -> tuple[str, str]:
        """Give the two heads."""
        first = "=============== Computing reformatting costs for available format set"
        return first, "=============== Computing reformatting costs:"

    def no_valid(self, label: str, runner: RunnerPlan) -> Messages:
        """One line, without a head."""
        yield say(f"Skipping {runner.kind}: No valid tactics for {label}")

    def runner(self, label: str, runner: RunnerPlan, *, cut: bool) -> Messages:
        """The compiler speaks between the head and the first table."""
        for index, message in enumerate(super().runner(label, runner, cut=cut)):
            yield message
            if index == 0 and runner.kind == "Myelin" and not runner.no_valid:
                yield say("Compiler backend is used during engine build.", "I")
                yield say(" (foreignNode) Set user's cuda kernel library")

    def op_table(self, table: OpTablePlan) -> Messages:
        """A table of operations, fastest first, in comma separated columns."""
        key = "" if table.key is None else f"(key: 0x{table.key:032x})"
        metadata = "".join(f"[ONNX Layer: {node}]" for node in table.onnx_nodes)
        yield say(f" (foreignNode) Autotuning op {table.op}{key}: {metadata}")
        yield say(" (foreignNode) Sorted table of all evaluated tactics:")
        columns = (
            "tactic_id, cost(in ms), cost/fastest_cost, prediction_correlation, kernel_name, tactic_hash"
        )
        yield say(f" (foreignNode) {columns}, tunable_parameter")
        fastest = min(row.time_ms for row in table.rows)
        for row in table.rows:
            relative = row.time_ms / fastest if fastest else 1.0
            numbers = f"{row.tactic_id:4d}, {row.time_ms:.7f}, {relative:.5f}, {row.correlation:.5f}"
            extra = "" if row.extra is None else f" , {row.extra}"
            yield say(f" (foreignNode) {numbers}, {row.kernel}, 0x{row.tactic_hash:x},{extra}")
        if table.selected is not None:
            cost = next((row.time_ms for row in table.rows if row.tactic_hash == table.selected), fastest)
            what = "The selected tactic is (tactic hash, cost(in ms))"
            yield say(f" (foreignNode) {what}:0x{table.selected:x},  {time_text(cost)}")
            yield say(f" (foreignNode) Writing the best tactic (0x{table.selected:x}) to cache")

    def memory_skip(self, tactic: TacticPlan, position: int) -> Messages:
        """The note above the warning has the need; the warning has the budget only."""
        where = "[pass.cpp:2131: run_passes]"
        budget = tactic.available_bytes
        yield say(f" (foreignNode) {where} Exceeded mem budget of {budget}. Need {tactic.needed_bytes}")
        yield say(" Try increasing the workspace size with IBuilderConfig::setMemoryPoolLimit.")
        yield say(" Example of equivalent trtexec option: --memPoolSize=workspace:16384")
        found = f"requested size of {budget} detected for tactic {self.tactic_id(tactic.tactic)}."
        yield say(f"UNSUPPORTED_STATE: Skipping tactic {position} due to insufficient memory on {found}", "W")

    def pass_end(self, builds: tuple[BuildPlan, ...]) -> Messages:
        """Say that the engine is there; the time is INFO now."""
        yield say("Detected 1 inputs and 1 output network tensors.", "I")
        yield from self.chosen_kernels(builds)
        yield say("Disabling unused tactic source: JIT_CONVOLUTIONS")
        yield say(f"Engine generation completed in {time_text(builds[0].selection_s + 0.5)} seconds.", "I")
