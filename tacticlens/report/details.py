"""The details of layers: format combinations, candidates, tables of fused regions, kernel names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import polars as pl

from tacticlens.analysis.explanation import Explainer
from tacticlens.analysis.explanation_model import Explanation
from tacticlens.kernels import decode
from tacticlens.report import contract
from tacticlens.report.packing import steps, texts
from tacticlens.tables.table_set import TableSet
from tacticlens.views.kernel_pieces import kernel_facts, pieces
from tacticlens.words import plain

MOST_ROWS = 60_000
"""Candidates, and rows of tables of fused regions, that a page holds at most."""


def details(tables: TableSet, explainer: Explainer, explanations: Sequence[Explanation]) -> contract.Details:
    """Return the details of layers; the place of a layer is its place in `explanations`."""
    combinations = _combinations(explanations)
    numbers = dict.fromkeys(combinations.combination)
    tried = explainer.candidates.filter(pl.col("combination").is_in(list(numbers)))
    tried = tried.unique(["combination", "runner", "tactic", "line"], keep="first", maintain_order=True)
    measured = {number for number in (*numbers, *combinations.measured) if number is not None}
    operations = tables["op_tactics"].filter(pl.col("combination").is_in(list(measured)))
    missing = _missing(len(tried), len(operations))
    tried, operations = tried.head(MOST_ROWS), operations.head(MOST_ROWS)
    combinations.runner_up = _runners_up(explanations, tried)
    runners = tables["runners"].filter(
        pl.col("combination").is_in(list(measured)), ~pl.col("result").is_in(["timed", "untimed"])
    )
    kernels = {name for frame in (tried, operations) for name in frame["kernel"].drop_nulls().unique()}
    kernels |= {one.choice.kernel for one in explanations if one.choice is not None and one.choice.kernel}
    return contract.Details(
        combinations=combinations,
        reformats=_reformats(explanations),
        candidates=_columns(contract.Candidates, tried),
        operations=_columns(contract.Operations, operations.rename({"tactic_hash": "tactic"})),
        runners=_columns(contract.Runners, runners),
        kernels=[_kernel(name) for name in sorted(kernels)],
        missing=missing,
    )


def _columns(model: type[Any], frame: pl.DataFrame) -> Any:
    """Return a table of the contract: columns of a frame, each packed as its annotation says."""
    pack: dict[Any, Callable[[list[Any]], Any]] = {contract.Texts: texts, contract.Steps: steps}
    fields = model.model_fields.items()
    return model(**{name: pack.get(of.annotation, list)(frame[name].to_list()) for name, of in fields})


def _combinations(explanations: Sequence[Explanation]) -> contract.Combinations:
    rows = [(place, one) for place, story in enumerate(explanations) for one in story.combinations]
    of = [one for _, one in rows]
    return contract.Combinations(
        place=[place for place, _ in rows],
        combination=[one.combination for one in of],
        measured=[one.origin or one.combination for one in of],
        formats=texts(one.formats for one in of),
        result=texts(one.result for one in of),
        winner_ms=[one.winner.time_ms if one.winner else None for one in of],
        lead=[one.runner_up.margin if one.runner_up else None for one in of],
        reformat_ms=[_total(one.reformats) for one in of],
        price_ms=[one.price_ms for one in of],
        taken=[one.taken for one in of],
        runner_up=[],
        line=steps(one.line for one in of),
    )


def _runners_up(explanations: Sequence[Explanation], tried: pl.DataFrame) -> list[int | None]:
    """Return the rows of the runners-up among the candidates, in the order of the combinations."""
    keys = tried.select("combination", "runner", "tactic", "line").iter_rows()
    rows = {key: row for row, key in enumerate(keys)}
    return [
        rows.get((one.combination, one.runner_up.runner, one.runner_up.tactic, one.runner_up.line))
        if one.runner_up is not None
        else None
        for story in explanations
        for one in story.combinations
    ]


def _total(reformats: Iterable[Any]) -> float | None:
    """Return what the reformats of a combination take; None if one was not measured, 0 if there are none."""
    times = [one.time_ms for one in reformats]
    return None if None in times else sum(times)


def _reformats(explanations: Sequence[Explanation]) -> contract.Reformats:
    rows = [
        (place, one.combination, reformat)
        for place, story in enumerate(explanations)
        for one in story.combinations
        if one.winner is not None
        for reformat in one.reformats
    ]
    of = [reformat for _, _, reformat in rows]
    return contract.Reformats(
        place=[place for place, _, _ in rows],
        combination=[number for _, number, _ in rows],
        side=texts(one.side for one in of),
        tensor=texts(one.tensor for one in of),
        formats=texts(one.formats for one in of),
        time_ms=[one.time_ms for one in of],
        exact=[one.exact for one in of],
        line=steps(one.line for one in of),
    )


def _kernel(name: str) -> contract.Kernel:
    facts = [contract.Fact(label=label, value=value) for label, value in kernel_facts(decode(name))]
    return contract.Kernel(name=plain(name), pieces=[list(piece) for piece in pieces(name)], facts=facts)


def _missing(candidates: int, operations: int) -> str | None:
    left_out = max(candidates - MOST_ROWS, 0) + max(operations - MOST_ROWS, 0)
    if not left_out:
        return None
    return f"{left_out:,} candidates are left out to keep the page small; 'tacticlens tactics LOG' shows all"
