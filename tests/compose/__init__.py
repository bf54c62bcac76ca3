"""Composes verbose logs from plans, together with the table rows that a correct parser must report.

`compose(plan, dialect, prefix)` gives text and rows; `fixture(name)` gives those of a file under
`tests/fixtures/composed`; `compose.strategies.composed_logs()` draws them for property tests.
"""

from __future__ import annotations

from .dialects import DIALECTS
from .expect import Tables, expected
from .fixtures import FIXTURES, Composed, compose, fixture
from .plan import LogPlan
from .prefixes import PREFIXES

__all__ = [
    "DIALECTS",
    "FIXTURES",
    "PREFIXES",
    "Composed",
    "LogPlan",
    "Tables",
    "compose",
    "expected",
    "fixture",
]
