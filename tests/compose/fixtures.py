"""The fixture files: which plan, which dialect, which producer, which damage."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dialects import DIALECTS
from .editable import new_plan, old_plan
from .expect import Tables, expected
from .foreign import colour, interleave
from .legal import check
from .prefixes import PREFIXES, lines_of
from .samples import profiles_plan, sample_plan, strategies_plan
from .sessions import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .plan import LogPlan
    from .render import Dialect


@dataclass(frozen=True)
class Composed:
    """A log and the rows that it must give."""

    text: str
    expected: Tables
    dialect: str
    prefix: str
    plan: LogPlan


@dataclass(frozen=True)
class Fixture:
    """How one file is made."""

    dialect: str
    prefix: str
    plan: Callable[[Dialect], LogPlan] = sample_plan
    foreign: bool = False
    terminal: bool = False


FIXTURES: dict[str, Fixture] = {
    "trt5": Fixture("trt5", "letter-trt"),
    "trt70": Fixture("trt70", "python-7"),
    "trt7": Fixture("trt7", "python-7"),
    "trt80": Fixture("trt80", "trtexec-doubled-date"),
    "trt82": Fixture("trt82", "python"),
    "trt84": Fixture("trt84", "trtexec"),
    "trt85": Fixture("trt85", "jetson"),
    "trt860": Fixture("trt860", "trtexec"),
    "trt861": Fixture("trt861", "torch-script"),
    "trt10": Fixture("trt10", "trtexec", strategies_plan),
    "trt11": Fixture("trt11", "python"),
    "trt10-profiles": Fixture("trt10", "torch-dynamo", profiles_plan),
    "trt10-editable": Fixture("trt10", "python", old_plan),
    "trt10-editable-new": Fixture("trt10", "python", new_plan),
    "trt84-foreign": Fixture("trt84", "letter", foreign=True),
    "trt10-foreign": Fixture("trt10", "python", foreign=True),
    "trt861-terminal": Fixture("trt861", "polygraphy", terminal=True),
}


def compose(
    plan: LogPlan, dialect: str, prefix: str = "trtexec", *, foreign: bool = False, terminal: bool = False
) -> Composed:
    """Render a plan; `foreign` interleaves other text, `terminal` adds colours and CRLF."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown prefix {prefix!r}: choose from {', '.join(PREFIXES)}")
    speaks = DIALECTS[dialect]
    check(plan, speaks)
    lines = lines_of(speaks.render(plan), prefix)
    if foreign:
        lines = interleave(lines)
    if terminal:
        lines = colour(lines)
    end = "\r\n" if terminal else "\n"
    return Composed("".join(line + end for line in lines), expected(plan, speaks), dialect, prefix, plan)


def fixture(name: str) -> Composed:
    """Compose one fixture by the name of its file."""
    made = FIXTURES[name]
    plan = made.plan(DIALECTS[made.dialect])
    return compose(plan, made.dialect, made.prefix, foreign=made.foreign, terminal=made.terminal)


NAMES = (*FIXTURES, *SESSIONS)
"""The files without their endings."""


def written(name: str) -> tuple[str, str]:
    """Give the text of a log and that of the rows expected of it, by the name of its files."""
    if name in FIXTURES:
        composed = fixture(name)
        return composed.text, expected_json(composed)
    session = SESSIONS[name]()
    return session.text, _json("none", "trtexec", session.tables)


def expected_json(composed: Composed) -> str:
    """Write the rows of a composed log."""
    return _json(composed.dialect, composed.prefix, composed.expected)


def _json(dialect: str, prefix: str, expected: Tables) -> str:
    """Write rows one on a line, so that a change reads well in a diff."""
    tables = ",\n".join(
        f' "{name}": [' + ",".join(f"\n  {json.dumps(row, ensure_ascii=False)}" for row in rows) + "\n ]"
        for name, rows in expected.items()
    )
    head = f'"dialect": "{dialect}", "prefix": "{prefix}", "tables": {{'
    return f"{{{head}\n{tables}\n}}}}\n"
