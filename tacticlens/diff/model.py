"""What a comparison of two builds consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["name", "onnx_nodes", "tensors", "structure", "none"]
Basis = Literal["engine", "winners"]
"""What is compared: layers of the engines, or winners of format combinations where a log prints no engine."""
Verdict = Literal["real", "tie", "noise", "cannot_tell"]
Reason = Literal[
    "not_all_timed", "few_measurements", "other_work", "other_gpu", "same_sum", "not_both_timed", "loser_faster",
    "same", "others_apart", "same_now", "most_apart", "only_old_timed_both", "only_new_timed_both", "others_moved",
    "moved_most", "same_in_repeats", "old_was_accident", "old_slower", "new_faster", "repeats_stray",
    "untimed_unknown", "untimed_same", "untimed_slower", "untimed", "more_than_repeats", "times_stray",
]  # fmt: skip
"""Why a verdict is what it is; `views.diff_reasons` has the sentences."""
Source = Literal["builds", "builds_and_repeats", "repeats"]
"""Where a yardstick of noise comes from: the two builds that are compared, repeats of the old one, or both."""

KINDS = (
    "fusion", "layer_added", "layer_removed", "combination_added", "combination_removed", "reformat_added",
    "reformat_removed", "tensor_core_lost",
    "tensor_core_gained", "precision", "shape", "formats", "kernel", "tactic", "runner", "family", "tactic_id",
    "time", "candidates",
)  # fmt: skip
"""Kinds of change; the first that fits a change is its cause. `tactic_id`: the kernel kept its name."""

WINNER_KINDS = frozenset({"kernel", "tactic", "runner"})
"""Kinds that say that another implementation was chosen; `tactic_id` is none of them."""

CANDIDATE_KINDS = frozenset({"candidates", "tactic_id"})
"""Kinds that change nothing in how the engine runs."""


@dataclass(frozen=True)
class Layer:
    """A layer of an engine, or a format combination with its winner, with what is compared of it.

    Attributes:
        position: its number in the engine.
        name: its name.
        nodes: ONNX nodes that are in it, those of a fused region's operations too.
        layer_type: type that the engine prints.
        runner: runner of the combination that it took, else the layer type.
        tactic: id of the tactic; None if not printed.
        kernel: name of the kernel; None if not known.
        time_ms: its time; None if not known.
        time_source: profile, tactic or none.
        family: family of its kernel.
        tensor_core: yes, no or unknown.
        precision: types of its inputs -> outputs; None if the log has no tensors.
        shape: dimensions of its inputs -> outputs; None if the log has no tensors.
        formats: formats of the combination that it took, else as the engine prints them; None if not known.
        formats_source: combination, engine or none: formats are compared with those of the same source only.
        measured_as: name under which its candidates were measured; its own, or that of a twin.
        inputs: names of its input tensors.
        outputs: names of its output tensors.
        line: line of the log.
        input_types: types of its input tensors; None = not printed.
        output_types: types of its output tensors.
    """

    position: int
    name: str
    nodes: tuple[str, ...]
    layer_type: str | None
    runner: str | None
    tactic: str | None
    kernel: str | None
    time_ms: float | None
    time_source: str
    family: str
    tensor_core: str
    precision: str | None
    shape: str | None
    formats: str | None
    formats_source: str
    measured_as: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    line: int
    input_types: tuple[str | None, ...] = ()
    output_types: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Match:
    """Layers of both sides that do the same work.

    Attributes:
        old: layers of the old engine; empty if it has none.
        new: layers of the new engine; empty if it has none.
        how: how they were found to belong together.
        sure: 0 to 1.
        renamed: the ONNX nodes of both sides are the same but for what stands before all names of a side.
    """

    old: tuple[Layer, ...]
    new: tuple[Layer, ...]
    how: How
    sure: float
    renamed: bool = False


@dataclass(frozen=True)
class Judgement:
    """Whether a change is more than measurement noise, and the numbers that say so.

    Attributes:
        verdict: real, tie, noise or cannot_tell.
        reason: why.
        gap_old: time of the new winner over that of the old winner, minus 1, in the old build; None = not measured.
        gap_new: time of the old winner over that of the new winner, minus 1, in the new build.
        typical: what 90 % of the same tactics moved by at most, between the builds of the yardstick.
        largest: of a change of winner, the most that two others of similar duration moved against each other; of a
            change of time, the most that another of similar duration moved by; with repeats, the most that another
            rose above its usual time.
        measurements: number of tactics that were measured in both builds, or in at least two repeats.
        yardstick: where typical and largest were measured.
        repeats: builds of the baseline, the old one included, that they were learned from; 0 without a baseline.
        largest_fall: with repeats, the most that another of similar duration fell below its usual time, as a share.
        gap_usual: with repeats, the new winner's usual time over that of the old winner, minus 1.
        moved_old: with repeats, time of the old winner in the new build over its usual time, minus 1; what all
            tactics moved by between the repeats and the new build is taken out.
        moved_new: the same of the new winner.
    """

    verdict: Verdict
    reason: Reason
    gap_old: float | None = None
    gap_new: float | None = None
    typical: float | None = None
    largest: float | None = None
    measurements: int = 0
    yardstick: Source = "builds"
    repeats: int = 0
    largest_fall: float | None = None
    gap_usual: float | None = None
    moved_old: float | None = None
    moved_new: float | None = None


def types_of(layers: tuple[Layer, ...], between: tuple[Layer, ...] = ()) -> str | None:
    """Return types of tensors as `Half -> Float`: of a layer all, of several those that enter and leave them together.

    None if the log does not print them. What the layers between them make and take stays inside.
    """
    if len(layers) == 1 and not between:
        return layers[0].precision
    if not layers or any(layer.precision is None for layer in layers):
        return None
    made = {name for layer in (*layers, *between) for name in layer.outputs}
    taken = {name for layer in (*layers, *between) for name in layer.inputs}
    enter = {
        str(kind)
        for layer in layers
        for name, kind in zip(layer.inputs, layer.input_types, strict=False)
        if name not in made
    }
    leave = {
        str(kind)
        for layer in layers
        for name, kind in zip(layer.outputs, layer.output_types, strict=False)
        if name not in taken
    }
    return f"{', '.join(sorted(enter))} -> {', '.join(sorted(leave))}" if enter or leave else None


@dataclass(frozen=True)
class Change:
    """One change: the layers of both sides, what is different, and whether it matters.

    Attributes:
        kinds: what is different, the cause first.
        match: the layers and how they were aligned.
        old_ms: time of the old layers; None if not known, or not comparable with the new.
        new_ms: time of the new layers.
        judgement: for a change of winner or of time.
        candidates_added: candidates that only the new build timed; None if not known.
        candidates_removed: candidates that only the old build timed.
        old_between: of a fusion: old layers without a counterpart that stood between the old layers, or fed them only.
        new_between: new layers without a counterpart that stand between the new layers, or feed them only.
    """

    kinds: tuple[str, ...]
    match: Match
    old_ms: float | None
    new_ms: float | None
    judgement: Judgement | None
    candidates_added: int | None
    candidates_removed: int | None
    old_between: tuple[Layer, ...] = ()
    new_between: tuple[Layer, ...] = ()

    @property
    def cause(self) -> str:
        """The kind that says most."""
        return self.kinds[0]

    @property
    def delta_ms(self) -> float | None:
        """New time minus old time; None if one of them is not known."""
        return None if self.old_ms is None or self.new_ms is None else self.new_ms - self.old_ms

    @property
    def types(self) -> tuple[str | None, str | None]:
        """Types of the tensors of the old and of the new layers, as `Half -> Float`."""
        return types_of(self.match.old, self.old_between), types_of(self.match.new, self.new_between)

    @property
    def verdict(self) -> str | None:
        """The verdict, where there is something to judge."""
        return self.judgement.verdict if self.judgement else None


@dataclass(frozen=True)
class BuildSummary:
    """One of the two builds that are compared, and what is known of it as a whole; None = not known.

    Attributes:
        source: the log.
        engine: number of the engine.
        build: number of the build.
        engines: number of engines that the log prints.
        time_ms: sum of the times that are known.
        time_source: profile, tactic, mixed or none.
        untimed_layers: layers that do work and have no known time.
        gemm, tensor_core, tensor_core_unknown: shares of the time.
        reformats: layers that only convert formats.
        latency_ms, gpu_compute_ms, throughput_qps: medians that trtexec measured.
        build_s: how long building took.
        weights_bytes, activation_bytes, scratch_bytes: memory that the log prints in total for the engine.
        loaded: it was measured by a run of trtexec that loaded an engine after this build, very likely this one.
        combinations: format combinations with a winner, where winners are compared.
    """

    source: str | None
    engine: int | None
    build: int | None
    engines: int
    tensorrt_version: str | None
    gpu: str | None
    compute_capability: str | None
    precision: str | None
    build_s: float | None
    layers: int
    reformats: int | None
    time_ms: float | None
    time_source: str
    untimed_layers: int
    gemm: float | None
    tensor_core: float | None
    tensor_core_unknown: float | None
    latency_ms: float | None
    gpu_compute_ms: float | None
    throughput_qps: float | None
    weights_bytes: int | None = None
    activation_bytes: int | None = None
    scratch_bytes: int | None = None
    loaded: bool = False
    combinations: int | None = None


@dataclass(frozen=True)
class OptionChange:
    """An option that trtexec echoed with another value; None = it was not echoed."""

    section: str | None
    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Movement:
    """How much the times of tactics that both builds measured moved.

    Attributes:
        measurements: number of (layer, formats, tactic) that both measured.
        median: typical movement, new over old minus 1: clocks, driver, another GPU.
        mad: median distance from that.
        p90: distance that 90 % keep.
    """

    measurements: int
    median: float | None
    mad: float | None
    p90: float | None


@dataclass(frozen=True)
class RepeatedBuild:
    """A build of the baseline: its log and its number there."""

    source: str | None
    build: int | None


@dataclass(frozen=True)
class Baseline:
    """Repeats of the old build, and how much the times of tactics differ between them.

    Attributes:
        builds: the old build and its repeats.
        measurements: number of (layer, formats, tactic) that at least two of them measured.
        p90: distance that 90 % of the times of one tactic keep from each other.
        rise: the most that a time rose above what is usual for its tactic.
        fall: the most that one fell below it, as a share of it.
    """

    builds: tuple[RepeatedBuild, ...]
    measurements: int
    p90: float
    rise: float
    fall: float


@dataclass(frozen=True)
class OnlyRunner:
    """A runner whose candidates only one build timed, for layers that both timed: a tactic source switched off."""

    runner: str
    side: Literal["old", "new"]
    candidates: int


@dataclass(frozen=True)
class Summary:
    """What is different as a whole.

    Attributes:
        options: options that trtexec echoed with other values.
        movement: how much the times of tactics moved that both builds measured.
        comparable_times: both sides' times come from one source.
        matched: number of matches by how they were found.
        kinds: number of changes by kind.
        verdicts: number of changes by verdict.
        basis: what is compared.
        no_engine: sides of which the engine is not in the log.
        untimed_alike: the layers without a time are the same on both sides, so that the sums can be compared.
        only_runners: runners that only one build timed.
        baseline: repeats of the old build; None without any.
    """

    options: tuple[OptionChange, ...]
    movement: Movement
    comparable_times: bool
    matched: dict[str, int]
    kinds: dict[str, int]
    verdicts: dict[str, int]
    basis: Basis = "engine"
    no_engine: tuple[str, ...] = ()
    untimed_alike: bool = True
    only_runners: tuple[OnlyRunner, ...] = ()
    baseline: Baseline | None = None
