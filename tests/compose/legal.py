"""What a dialect can express. A plan beyond it would make a log that no TensorRT prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plan import (
    MEMORY,
    ONLY_OPTION,
    BuildPlan,
    CombinationPlan,
    EnginePlan,
    LayerPlan,
    LogPlan,
    RunnerPlan,
    TacticPlan,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .render import Dialect, Section


def check(log: LogPlan, dialect: Dialect) -> None:
    """Raise ValueError with every reason why the dialect cannot print the plan."""
    reasons = list(_log(log, dialect))
    if reasons:
        raise ValueError(f"{dialect.name} cannot print this plan: {'; '.join(reasons)}")


def _log(log: LogPlan, dialect: Dialect) -> Iterator[str]:
    for engine in log.engines[:-1]:
        if engine.cut:
            yield "only the last engine of a log can be cut"
    for engine in log.engines:
        yield from _engine(engine, dialect)
        for build in engine.builds:
            yield from _build(build, dialect)


def _engine(engine: EnginePlan, dialect: Dialect) -> Iterator[str]:
    passes = engine.passes()
    estimates = [build.estimated_ms for build in engine.builds]
    if len(passes) > 1 and (not dialect.has_verdicts or None in estimates):
        yield "several strategies need estimates"
    if len(passes) == 1 and any(estimates):
        yield "one strategy has no estimate"
    if not dialect.has_strategies and any(build.strategy is not None for build in engine.builds):
        yield "no strategies"
    if not dialect.has_profiles and any(build.profile for build in engine.builds):
        yield "no names with profiles"
    if engine.layers and not dialect.has_engine_layers:
        yield "no engine layers"
    if engine.detailed and not dialect.has_detailed_layers:
        yield "no detailed engine layers"
    if engine.cut:
        last = dialect.sections(engine.builds[-1])[-1:]
        ends = [
            runner
            for section in last
            for combination in section.combinations[-1:]
            for runner in combination.runners[-1:]
        ]
        if not ends or not ends[0].tactics:
            yield "a log is cut inside a runner"


def ends_with_choice(layer: LayerPlan) -> bool:
    """Say whether the log closes the layer's last combination with a choice."""
    winners = [combination.winner() for combination in layer.combinations[-1:]]
    return any(winner is not None and winner[1].status == "timed" for winner in winners)


def _build(build: BuildPlan, dialect: Dialect) -> Iterator[str]:
    names = [layer.name for layer in build.layers]
    if len(set(names)) < len(names):
        yield "layer names repeat"
    for layer in build.layers:
        if not dialect.names_layers and not any(
            combination.runners for combination in layer.combinations[:1]
        ):
            yield "a layer is known from its runners only"
        if not dialect.has_combination_lines and len(layer.combinations) != 1:
            yield "one combination per layer"
    if build.reformats and not dialect.has_reformat_formats and not all(map(ends_with_choice, build.layers)):
        # Without a line of its own a reformat trial reads as one more runner of an open combination.
        yield "reformat trials follow a choice"
    for reformat in build.reformats:
        if reformat.copy_node and not dialect.has_copy_nodes:
            yield "no copy nodes"
        if not dialect.has_reformat_formats and any(
            combination.repeated for combination in reformat.combinations
        ):
            yield "a repeated reformat leaves no line"
    sections: tuple[Section, ...] = (*build.layers, *build.reformats)
    for section in sections:
        for combination in section.combinations:
            yield from _combination(combination, dialect)


def _combination(combination: CombinationPlan, dialect: Dialect) -> Iterator[str]:
    if combination.cached is not None and (not dialect.has_cached or combination.runners):
        yield "no cached results"
    for runner in combination.runners:
        yield from _runner(runner, dialect)
    only = [
        runner
        for runner in combination.runners
        if any(tactic.reason == ONLY_OPTION for tactic in runner.tactics)
    ]
    tried = [runner for runner in combination.runners if not runner.no_valid]
    if only and (len(tried) > 1 or len(only[0].tactics) > 1):
        yield "an only option stands alone"


def _runner(runner: RunnerPlan, dialect: Dialect) -> Iterator[str]:
    if runner.no_valid == bool(runner.tactics):
        yield "a runner has tactics or no valid one"
    if runner.op_tables and not dialect.has_op_tables:
        yield "no op tables"
    if (runner.runner_id is not None) != dialect.has_runner_ids:
        yield "runner ids belong to 8.6 and later"
    for tactic in runner.tactics:
        yield from (reason for bad, reason in _tactic(tactic, dialect) if bad)


def _tactic(tactic: TacticPlan, dialect: Dialect) -> Iterator[tuple[bool, str]]:
    failed = tactic.status == "failed" and tactic.reason is not None
    quiet = tactic.reason in {ONLY_OPTION, MEMORY} or failed or tactic.status == "skipped"
    yield tactic.kernel is not None and not dialect.has_kernels, "no kernel names"
    yield tactic.kernel is not None and quiet and dialect.has_runner_ids, "names stand on lines with a time"
    yield tactic.kernel is not None and (tactic.reason is not None), "no name for a tactic that did not start"
    yield tactic.split_k is not None and (not dialect.has_split_k or tactic.kernel is None), "no split-K"
    yield tactic.fast_skip and (not dialect.has_fast_skip or tactic.status != "timed"), "no fast skips"
    yield tactic.reason == ONLY_OPTION and not dialect.has_only_option, "no only options"
    yield tactic.reason == MEMORY and not dialect.has_memory_skip, "no memory warnings"
    yield failed and not dialect.has_exceptions, "no exceptions"
