"""A finding: one pattern found in a log, with what it costs, how to act on it, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacticlens.analysis.stakes import Scale


@dataclass(frozen=True)
class Finding:
    """One pattern found in one log.

    Attributes:
        code: stable code, `TL001`; a code never changes its meaning.
        name: the pattern in kebab-case.
        title: the facts in one line.
        why: why it matters, and what the numbers rest on.
        action: what to change: a flag, an edit of the ONNX graph, or a check.
        stake_ms: milliseconds per inference that the finding is about: a measured difference where the log
            has both sides, else the time of the layers concerned, which is the most that acting can win.
            None where the log measures nothing of it. Never more than the engine takes, where that is known.
        engine: number of the engine; None if it concerns no single one.
        build: number of the build; None if it concerns no single one.
        layers: names of the layers concerned, the most expensive first.
        lines: lines of the log that show it, ascending.
        rows: the rows of the tables that show it: `table`, and the columns that identify the row.
        scale: what the stake was scaled by; None where the log does not tell what the engine takes.
    """

    code: str
    name: str
    title: str
    why: str
    action: str
    stake_ms: float | None = None
    engine: int | None = None
    build: int | None = None
    layers: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    scale: Scale | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain lists and dicts, ready for JSON."""
        plain = asdict(self)
        del plain["scale"]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}

    def order(self) -> tuple[bool, float, str, int, tuple[int, ...], str]:
        """Return the key to sort by: most at stake first, not measured last, then code and place."""
        unknown = self.stake_ms is None
        return unknown, -(self.stake_ms or 0.0), self.code, self.engine or 0, self.lines, self.title


@dataclass(frozen=True)
class FindingKind:
    """What a code stands for.

    Attributes:
        code: `TL001`.
        name: the pattern in kebab-case.
        title: the pattern in one line.
        explanation: what is found, in words, for the documentation.
    """

    code: str
    name: str
    title: str
    explanation: str

    def found(
        self,
        *,
        title: str,
        why: str,
        action: str,
        stake_ms: float | None = None,
        engine: int | None = None,
        build: int | None = None,
        layers: Iterable[str] = (),
        lines: Iterable[int | None] = (),
        rows: Iterable[Mapping[str, Any]] = (),
    ) -> Finding:
        """Return a finding of this kind; a layer or line given twice is kept once."""
        return Finding(
            code=self.code,
            name=self.name,
            title=title,
            why=why,
            action=action,
            stake_ms=stake_ms,
            engine=engine,
            build=build,
            layers=tuple(dict.fromkeys(layers)),
            lines=tuple(sorted({line for line in lines if line is not None})),
            rows=tuple(rows),
        )
