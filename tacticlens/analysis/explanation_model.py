"""What an explanation of one layer consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tacticlens.analysis.decision import Decision
from tacticlens.analysis.opened_region import RegionKernel
from tacticlens.analysis.reformat_costs import Reformat

Role = Literal[
    "costs", "combination", "winner", "reformat_into", "reformat_out_of", "operations", "untimed_tactic",
    "added_reformat", "engine", "opened",
]  # fmt: skip
"""What a line shows: where the costs of the layer begin; a combination; its winner; a reformat into it or out of it;
the table of an operation of a fused region; a tactic without a time; a reformat that the builder added; the layer in
the engine; the first kernel that the engine has in its place."""


@dataclass(frozen=True)
class EvidenceLine:
    """A line of the log to look at.

    Attributes:
        line: its number.
        role: what it shows.
        of: number of the combination, or name of the operation, that it is about; None for the other roles.
    """

    line: int
    role: Role
    of: int | str | None = None


@dataclass(frozen=True)
class Candidate:
    """One candidate; the fields are columns of `candidates`."""

    runner: str | None
    tactic: str | None
    kernel: str | None
    family: str | None
    tensor_core: str | None
    status: str
    reason: str | None
    needed_bytes: int | None
    available_bytes: int | None
    time_ms: float | None
    margin: float | None
    won: bool
    in_engine: bool | None
    line: int | None


@dataclass(frozen=True)
class RunnerTried:
    """One runner that was tried on a combination."""

    runner: str | None
    runner_id: str | None
    result: str
    profiling_s: float | None
    line: int | None


@dataclass(frozen=True)
class Operation:
    """One operation of a fused region: the row of its table that is used, and the next.

    Attributes:
        op: name of the operation.
        rows: number of rows of its table.
        kernel: kernel of the row that is used: the one that the log says was selected, else the fastest.
        tactic_hash: its tactic.
        time_ms: its cost.
        family: its family.
        tensor_core: whether it runs on Tensor Cores.
        margin: cost of the fastest other row over that of the used one, minus 1; None without another row.
        line: line of the row.
    """

    op: str | None
    rows: int
    kernel: str | None
    tactic_hash: str | None
    time_ms: float | None
    family: str
    tensor_core: str
    margin: float | None
    line: int


@dataclass(frozen=True)
class FormatCombination:
    """One format combination of the layer.

    Attributes:
        combination: its number.
        formats: as printed; None where the version prints none.
        result: as in the table `combinations`.
        origin: combination that was measured in its place.
        winner: its winner; None if nothing won.
        runner_up: the next candidate that was timed.
        candidates: all candidates, the fastest first.
        runners: the runners that were tried.
        operations: the operations of a fused region.
        reformats: reformats that it needs, the neighbours being as they are in the engine.
        price_ms: time of the winner and of these reformats; None if one is not known.
        taken: the engine took it; None if the log does not say.
        line: first line.
    """

    combination: int
    formats: str | None
    result: str
    origin: int | None
    winner: Candidate | None
    runner_up: Candidate | None
    candidates: tuple[Candidate, ...]
    runners: tuple[RunnerTried, ...]
    operations: tuple[Operation, ...]
    reformats: tuple[Reformat, ...]
    price_ms: float | None
    taken: bool | None
    line: int


@dataclass(frozen=True)
class EngineChoice:
    """The layer in the engine."""

    engine: int | None
    position: int
    layer_type: str | None
    tactic: str | None
    kernel: str | None
    kernel_source: str
    time_ms: float | None
    time_source: str
    family: str
    tensor_core: str
    evidence: str | None
    line: int


@dataclass(frozen=True)
class Explanation:
    """What the log says of one layer.

    Attributes:
        name: the layer's name.
        build: the build that is shown.
        builds: all builds that have such a layer.
        onnx_nodes: its ONNX nodes, as far as the log names them.
        choice: the layer in the engine; None if it is not there, or the log prints no engine.
        opened: the kernels that the engine prints in place of this fused region; empty if it prints the region.
        combinations: its format combinations, in order of the log.
        taken: number of the combination that the engine took; None if not known.
        decision: how this is known, or why it is not.
        next_best: number of the cheapest other combination; None if there is no other.
        extra_ms: what it would cost more than what was taken; None if not known.
        lines: lines of the log to look at, with what is there.
    """

    name: str
    build: int | None
    builds: tuple[int, ...]
    onnx_nodes: tuple[str, ...]
    choice: EngineChoice | None
    opened: tuple[RegionKernel, ...]
    combinations: tuple[FormatCombination, ...]
    taken: int | None
    decision: Decision
    next_best: int | None
    extra_ms: float | None
    lines: tuple[EvidenceLine, ...]
