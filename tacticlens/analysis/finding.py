"""A finding: one pattern found in a log, with what it costs, what to do about it, and where it stands.

The file of a kind holds its rule and its sentences. A sentence is a template with names for numbers, so that nothing
here formats a number or shortens a name: `views.finding_text` does, for the room that there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_WORTH = 0.001
Sentences = str | Iterable[str]


@dataclass(frozen=True)
class Scale:
    """The sum of an engine's layers against what the engine takes on the GPU.

    Attributes:
        layers_ms: sum of the layers whose time is known.
        measured_ms: median GPU compute time of the engine.
    """

    layers_ms: float
    measured_ms: float

    @property
    def factor(self) -> float:
        """Return what to multiply a time of layers with; 1 where they add up to no more than the engine takes."""
        return min(1.0, self.measured_ms / self.layers_ms) if self.layers_ms else 1.0

    def of(self, time_ms: float) -> float:
        """Return a time of layers as a part of the time of the engine, never more than that."""
        return min(time_ms * self.factor, self.measured_ms)


@dataclass(frozen=True)
class Finding:
    """One pattern found in one log.

    Attributes:
        kind: what its code stands for.
        title: template of the one sentence with the facts.
        why: templates of sentences: why it matters, what the numbers rest on.
        action: templates of sentences: what to change, a flag, an edit of the ONNX graph, or a check.
        facts: the numbers and names of the templates; units are in their names.
        cause: findings of one kind and one cause in several engines are one finding.
        stake_ms: milliseconds per inference that the finding is about: a measured difference where the log
            has both sides, else the time of the layers concerned, which is the most that acting can win.
            None where the log measures nothing of it. Never more than the engine takes, where that is known.
        engine: number of the engine that the numbers are of; None if it concerns no single one.
        engines: numbers of all engines that have it.
        build: number of the build; None if it concerns no single one.
        layers: names of the layers concerned, the most expensive first.
        lines: lines of the log that show it, ascending.
        rows: the rows of the tables that show it: `table`, and the columns that identify the row.
        stake_share: the stake as a share of the engine's time; None where either is unknown.
        scale: what the stake was scaled by; None where the log does not say what the engine takes.
    """

    kind: FindingKind
    title: str
    why: tuple[str, ...]
    action: tuple[str, ...]
    facts: Mapping[str, Any]
    cause: str = ""
    stake_ms: float | None = None
    engine: int | None = None
    engines: tuple[int, ...] = ()
    build: int | None = None
    layers: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    stake_share: float | None = None
    scale: Scale | None = None

    @property
    def code(self) -> str:
        """Return the stable code, `TL001`."""
        return self.kind.code

    @property
    def name(self) -> str:
        """Return the pattern in kebab-case."""
        return self.kind.name

    @property
    def counts(self) -> bool:
        """Tell whether it belongs into a summary: a thousandth of the engine's time, or a cost that is no such time."""
        if self.stake_ms is None:
            return True
        return self.stake_ms > 0.0 and (self.stake_share is None or self.stake_share >= _WORTH)

    def order(self) -> tuple[bool, bool, float, str, int, tuple[int, ...], str]:
        """Return the key to sort by: urgent first, then most at stake, not measured last, then code and place."""
        unknown = self.stake_ms is None
        return (
            not self.kind.urgent,
            unknown,
            -(self.stake_ms or 0.0),
            self.code,
            self.engine or 0,
            self.lines,
            self.title,
        )


@dataclass(frozen=True)
class FindingKind:
    """What a code stands for; page, command and registry follow from these fields.

    Attributes:
        code: `TL001`; a code never changes its meaning.
        name: the pattern in kebab-case.
        title: the pattern in one line.
        what: what is found, and what is left out.
        why: why it matters.
        action: how to act on it.
        example: a finding of a real or composed log.
        urgent: nothing else matters before it is solved.
    """

    code: str
    name: str
    title: str
    what: str
    why: str
    action: str
    example: str = field(repr=False, default="")
    urgent: bool = False

    def found(
        self,
        *,
        title: str,
        why: Sentences,
        action: Sentences,
        facts: Mapping[str, Any],
        cause: str = "",
        stake_ms: float | None = None,
        engine: int | None = None,
        build: int | None = None,
        layers: Iterable[str] = (),
        lines: Iterable[int | None] = (),
        rows: Iterable[Mapping[str, Any]] = (),
    ) -> Finding:
        """Return a finding of this kind; empty sentences are left out, a layer or line given twice is kept once."""
        return Finding(
            kind=self,
            title=title,
            why=_sentences(why),
            action=_sentences(action),
            facts=facts,
            cause=cause,
            stake_ms=stake_ms,
            engine=engine,
            engines=() if engine is None else (engine,),
            build=build,
            layers=tuple(dict.fromkeys(layers)),
            lines=tuple(sorted({line for line in lines if line is not None})),
            rows=tuple(rows),
        )


def _sentences(given: Sentences) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(sentence for sentence in given if sentence)
