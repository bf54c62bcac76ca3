"""All findings of a log: the kinds that the folder of rules holds, and the function that runs them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Protocol, cast

from tacticlens.analysis import rules
from tacticlens.analysis.context import Context
from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.stakes import scaled
from tacticlens.tables.collector import without_collector
from tacticlens.tables.table_set import TableSet


class Rule(Protocol):
    """What a file of the folder holds."""

    KIND: FindingKind

    def find(self, context: Context) -> list[Finding]:
        """Return what is found in one log."""


def _rules() -> tuple[Rule, ...]:
    found = [
        cast("Rule", import_module(f"{rules.__name__}.{module.name}"))
        for module in pkgutil.iter_modules(rules.__path__)
    ]
    return tuple(sorted(found, key=lambda rule: rule.KIND.code))


RULES = _rules()
"""The modules of the folder `rules`, in order of their codes."""

KINDS: tuple[FindingKind, ...] = tuple(rule.KIND for rule in RULES)
"""Every kind of finding there is, in order of the codes."""


def findings(tables: TableSet, *, goal: float = GOAL, elsewhere: Iterable[Elsewhere] = ()) -> list[Finding]:
    """Return what is found in a log, most time at stake first.

    Args:
        tables: the tables of the log.
        goal: the share of an engine's time that should run on Tensor Cores, 0 to 1.
        elsewhere: layers for which most other logs have another, faster kernel.

    Raises:
        ValueError: the goal is no share.
    """
    if not 0.0 <= goal <= 1.0:
        raise ValueError(f"the goal is a share from 0 to 1, not {goal}")
    return findings_of(Context(tables, goal, tuple(elsewhere)))


def findings_of(context: Context) -> list[Finding]:
    """Return what `findings` returns, from a context that others use, too."""
    with without_collector():
        found = [finding for rule in RULES for finding in rule.find(context)]
        found = scaled([_with_share(one, context) for one in found], context.tables, context.engines)
    return sorted(_by_cause(found), key=Finding.order)


def _with_share(finding: Finding, context: Context) -> Finding:
    times = [engine.time_ms for engine in context.engines if engine.number == finding.engine]
    if finding.stake_ms is None or not times or not max(times):
        return finding
    return replace(finding, stake_share=finding.stake_ms / max(times))


def _by_cause(found: Iterable[Finding]) -> list[Finding]:
    """Return one finding per kind and cause: engines of one log share it, with the numbers of the costliest."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.code, finding.cause), []).append(finding)
    return [_merged(sorted(group, key=Finding.order)) for group in groups.values()]


def _merged(group: list[Finding]) -> Finding:
    first = group[0]
    if len(group) == 1:
        return first
    return replace(
        first,
        engines=tuple(sorted({number for one in group for number in one.engines})),
        layers=tuple(dict.fromkeys(name for one in group for name in one.layers)),
        lines=tuple(sorted({line for one in group for line in one.lines})),
        rows=tuple(row for one in group for row in one.rows),
    )
