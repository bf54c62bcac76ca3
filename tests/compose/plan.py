"""What happened in a build, without a word about how any TensorRT version prints it.

A plan is the truth from which both the log text (`render`) and the table rows (`expect`) are made. It holds
strings and numbers only, so that two plans compare equal when the builds were equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Status = Literal["timed", "skipped", "failed"]
Purpose = Literal["layer", "reformat"]

#: The id and the times that TensorRT prints when no tactic of a runner ran.
SENTINEL = 0xD15EA5EDD15EA5ED
FLT_MAX = 3.40282e38

#: Reasons of a tactic without a time that need a line form of their own.
ONLY_OPTION = "only option"
MEMORY = "insufficient memory"


def time_text(milliseconds: float) -> str:
    """Print a time as C++ streams do: six significant digits, no trailing zeros."""
    return f"{milliseconds:.6g}"


@dataclass(frozen=True)
class TacticPlan:
    """One candidate. `tactic` is unsigned 64 bit in every dialect; `fast_skip` is the notice of 8.6.1."""

    tactic: int
    kernel: str | None = None
    time_ms: float | None = None
    status: Status = "timed"
    needed_bytes: int | None = None
    available_bytes: int | None = None
    reason: str | None = None
    fast_skip: bool = False
    split_k: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        if self.status == "timed" and (self.time_ms is None or self.time_ms >= FLT_MAX):
            raise ValueError(f"a timed tactic needs a finite time: {self}")


@dataclass(frozen=True)
class OpTacticPlan:
    """One row of a table of the foreign-node compiler; `tactic_hash` is shorter than 64 bits there."""

    tactic_id: int
    kernel: str
    time_ms: float
    tactic_hash: int
    correlation: float = 1.0
    extra: str | None = None


@dataclass(frozen=True)
class OpTablePlan:
    """One tuned operation inside a foreign node; `key` and `selected` appear with an editable timing cache.

    `selected` is a tactic hash; it need not be that of a row.
    """

    op: str
    rows: tuple[OpTacticPlan, ...]
    onnx_nodes: tuple[str, ...] = ()
    key: int | None = None
    selected: int | None = None

    def chosen(self, row: OpTacticPlan) -> bool | None:
        """Say whether a row is the one that is taken; None where the log says nothing."""
        if self.selected is None:
            return None
        same = [other for other in self.rows if other.tactic_hash == self.selected]
        return bool(same) and row is min(same, key=lambda other: float(f"{other.time_ms:.7f}"))


@dataclass(frozen=True)
class RunnerPlan:
    """One implementation tried for a format combination. In TensorRT 5 `kind` is the number of the runner."""

    kind: str
    runner_id: int | None = None
    tactics: tuple[TacticPlan, ...] = ()
    op_tables: tuple[OpTablePlan, ...] = ()
    no_valid: bool = False

    def best(self) -> TacticPlan | None:
        """Give the fastest candidate (the first of equals), or the only one that needed no timing."""
        timed = [tactic for tactic in self.tactics if tactic.status == "timed"]
        if timed:
            return min(timed, key=lambda tactic: float(time_text(tactic.time_ms or 0.0)))
        return next((tactic for tactic in self.tactics if tactic.reason == ONLY_OPTION), None)


@dataclass(frozen=True)
class CachedResult:
    """The measurement that the timing cache answered instead of the builder."""

    runner: str
    tactic: int
    time_ms: float


@dataclass(frozen=True)
class CombinationPlan:
    """One format combination. Without runners and cached result it repeats an earlier measurement.

    `key` is printed with an editable timing cache only: a text, or ``None`` where the layer has no key.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    runners: tuple[RunnerPlan, ...] = ()
    cached: CachedResult | None = None
    where: str | None = None
    purpose: Purpose = "layer"
    key: str | None = None

    @property
    def repeated(self) -> bool:
        """Say whether nothing stands under the combination."""
        return not self.runners and self.cached is None

    def formats(self) -> str:
        """Give the text between the asterisks."""
        arrow = f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}"
        return arrow if self.where is None else f"{arrow} where {self.where}"

    def winner(self) -> tuple[RunnerPlan, TacticPlan] | None:
        """Give the runner and the tactic that `Chose Runner Type` names."""
        found = [(runner, best) for runner in self.runners if (best := runner.best()) is not None]
        # A skipped timing counts as zero: TensorRT prints `Time: 0` for it and takes it.
        return min(found, key=lambda pair: float(time_text(pair[1].time_ms or 0.0))) if found else None


@dataclass(frozen=True)
class LayerPlan:
    """A layer that is costed, with the combinations in the order of the log."""

    name: str
    combinations: tuple[CombinationPlan, ...] = ()


@dataclass(frozen=True)
class ReformatSetPlan:
    """The reformat trials of one tensor; a `copy_node` is a runner of its own that ends with a choice."""

    tensor: str
    combinations: tuple[CombinationPlan, ...] = ()
    into: bool = False
    copy_node: bool = False


@dataclass(frozen=True)
class BuildPlan:
    """One pass over the network: one backend strategy, one optimization profile."""

    layers: tuple[LayerPlan, ...]
    reformats: tuple[ReformatSetPlan, ...] = ()
    strategy: int | None = None
    profile: int = 0
    estimated_ms: float | None = None
    selection_s: float = 1.25

    @property
    def suffix(self) -> str:
        """Give what every name of the later profiles ends with."""
        return f" [profile {self.profile}]" if self.profile else ""


@dataclass(frozen=True)
class EngineTensor:
    """A tensor of the finished engine, `dims` as printed."""

    name: str
    dtype: str
    dims: str


@dataclass(frozen=True)
class EngineLayerPlan:
    """A layer of the finished engine. `tactic` is None for compiled kernels, which print no id."""

    name: str
    layer_type: str
    tactic: int | None
    inputs: tuple[EngineTensor, ...] = ()
    outputs: tuple[EngineTensor, ...] = ()
    profile: int = 0
    kernel: str | None = None
    onnx_nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnginePlan:
    """One `build_serialized_network`: passes of several strategies, each with all profiles, then the layers.

    `cut` ends the log in the middle of the very last runner, as a killed process leaves it.
    """

    builds: tuple[BuildPlan, ...]
    layers: tuple[EngineLayerPlan, ...] = ()
    detailed: bool = False
    cut: bool = False

    def passes(self) -> list[tuple[BuildPlan, ...]]:
        """Group the builds of one strategy."""
        return [tuple(group) for _, group in groupby(self.builds, key=lambda build: build.strategy)]

    def chosen(self) -> int | None:
        """Give the index of the pass that became the engine; later passes must be faster to win."""
        if self.cut:
            return None
        times = [group[0].estimated_ms or 0.0 for group in self.passes()]
        return times.index(min(times)) if times else None


@dataclass(frozen=True)
class LogPlan:
    """Everything that one log tells: usually one engine, sometimes several builds of a script."""

    engines: tuple[EnginePlan, ...]

    @property
    def builds(self) -> tuple[BuildPlan, ...]:
        """Give all builds in the order of the log."""
        return tuple(build for engine in self.engines for build in engine.builds)
