"""Why a layer got its kernel: everything that the log says of one layer, in one object."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import polars as pl

from tacticlens.analysis.candidates import candidates
from tacticlens.analysis.decision import Decision, choices_of, decision
from tacticlens.analysis.explanation_lines import costed, evidence_lines
from tacticlens.analysis.explanation_model import (
    Candidate,
    EngineChoice,
    Explanation,
    FormatCombination,
    Operation,
    RunnerTried,
)
from tacticlens.analysis.naming import Place, find_layer
from tacticlens.analysis.opened_region import RegionKernel, opened_region
from tacticlens.analysis.reformat_costs import BuildFormats, Neighbours
from tacticlens.tables.table_set import TableSet


def explain(tables: TableSet, layer: str, build: int | None = None) -> Explanation:
    """Return what the log says of a layer.

    Args:
        tables: the tables.
        layer: its name, an ONNX node of it, or a part of its name that no other has.
        build: the build to look at; None = the engine's.

    Raises:
        UsageError: no layer or several layers are meant, or there is no such build.
    """
    return Explainer(tables).of(find_layer(tables, layer, build))


class Explainer:
    """Explains layers of one log; what all of them need is made once."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self._formats: dict[int | None, BuildFormats] = {}

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """What was tried in the whole log, as `candidates` gives it."""
        return candidates(self._tables)

    def of(self, place: Place) -> Explanation:
        """Return what the log says of a layer."""
        tables = self._tables
        printed = tables["engine_layers"].filter(
            pl.col("build").eq_missing(place.build), pl.col("name") == place.name
        )
        choice = printed.row(0, named=True) if len(printed) else None
        rows = _combinations(tables, place, choice)
        number = _taken(tables, choice)
        taken = next((row for row in rows if row["combination"] == number), None)
        if place.build not in self._formats:
            self._formats[place.build] = BuildFormats(tables, place.build)
        around = Neighbours(self._formats[place.build], choice, taken)
        stories = _stories(tables, self.candidates, rows, around, taken)
        best, extra = _next_best(stories, taken)
        opened = _opened(tables, place, stories) if choice is None else ()
        return Explanation(
            name=place.name, build=place.build, builds=place.builds, onnx_nodes=_nodes(tables, place, choice),
            choice=EngineChoice(**{name: choice[name] for name in EngineChoice.__dataclass_fields__}) if choice
            else None,
            opened=opened, combinations=stories, taken=taken["combination"] if taken else None,
            decision=Decision("opened", opened[0].line) if opened
            else decision(tables, rows, choice, taken["combination"] if taken else None),
            next_best=best, extra_ms=extra, lines=evidence_lines(tables, place, choice, stories, opened),
        )  # fmt: skip


def _opened(
    tables: TableSet, place: Place, stories: tuple[FormatCombination, ...]
) -> tuple[RegionKernel, ...]:
    if "{ForeignNode[" not in place.name:
        return ()
    all_costed = tables["layers"].filter(pl.col("build").eq_missing(place.build))
    others = all_costed.filter(pl.col("name").str.starts_with("{ForeignNode["), pl.col("name") != place.name)
    ops = [one.op for story in stories for one in story.operations]
    return opened_region(tables, place.build, ops) if ops or others.is_empty() else ()


def _taken(tables: TableSet, choice: dict[str, Any] | None) -> int | None:
    """Return the number of the combination that the engine has: the layer's own, where it has one."""
    if choice is None:
        return None
    own = choices_of(tables, choice).filter(verdict="taken")["combination"].to_list()
    number: int | None = own[0] if own else choice["combination"]
    return number


def _combinations(tables: TableSet, place: Place, choice: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the combinations of the layer in the build; of a reformat layer the trials of its formats."""
    combinations = tables["combinations"].filter(pl.col("build").eq_missing(place.build))
    numbers = costed(tables, place)["layer"].to_list()
    own = combinations.filter(pl.col("layer").is_in(numbers) | (pl.col("subject") == place.name))
    if own.is_empty() and choice is not None:
        numbers = [choice["combination"], *choices_of(tables, choice)["combination"]]
        own = tables["combinations"].filter(pl.col("combination").is_in(numbers))
    return own.to_dicts()


def _nodes(tables: TableSet, place: Place, choice: dict[str, Any] | None) -> tuple[str, ...]:
    """Return the ONNX nodes: the metadata of a fused region names more of them than its name does."""
    listed = [*costed(tables, place)["onnx_nodes"].to_list(), choice["onnx_nodes"] if choice else None]
    longest: tuple[str, ...] = ()
    for nodes in listed:
        longest = tuple(nodes) if nodes and len(nodes) > len(longest) else longest
    return longest


def _stories(
    tables: TableSet,
    tried_all: pl.DataFrame,
    rows: list[dict[str, Any]],
    around: Neighbours,
    taken: dict[str, Any] | None,
) -> tuple[FormatCombination, ...]:
    wanted = [row["combination"] for row in rows]
    measured = [row["origin"] or row["combination"] for row in rows]
    every = (
        tried_all.filter(pl.col("combination").is_in(wanted))
        # layers that are equal share a combination: its candidates stand under the name of each
        .unique(["combination", "runner", "tactic", "line"], keep="first", maintain_order=True)
        .sort("time_ms", "line", nulls_last=True)
    )
    tried: dict[int, list[Candidate]] = {}
    for number, *values in every.select("combination", *Candidate.__dataclass_fields__).iter_rows():
        tried.setdefault(number, []).append(Candidate(*values))
    runners: dict[int, list[RunnerTried]] = {}
    of_these = tables["runners"].filter(pl.col("combination").is_in(measured))
    for number, *values in of_these.select("combination", *RunnerTried.__dataclass_fields__).iter_rows():
        runners.setdefault(number, []).append(RunnerTried(*values))
    operations = _operations(tables, measured)
    stories = []
    for row in rows:
        origin, found = row["origin"] or row["combination"], tried.get(row["combination"], [])
        winner = next((one for one in found if one.won), None)
        rivals = [one for one in found if one.time_ms is not None and one is not winner]
        reformats = around.needed(row)
        times = [winner.time_ms if winner else None, *(one.time_ms for one in reformats)]
        stories.append(
            FormatCombination(
                combination=row["combination"],
                formats=row["formats"],
                result=row["result"],
                origin=row["origin"],
                winner=winner,
                runner_up=rivals[0] if rivals and winner else None,
                candidates=tuple(found),
                runners=tuple(runners.get(origin, ())),
                operations=tuple(operations.get(origin, ())),
                reformats=reformats,
                price_ms=sum(time or 0.0 for time in times) if around.known and None not in times else None,
                taken=None if taken is None else row is taken,
                line=row["line"],
            )
        )
    return tuple(stories)


def _operations(tables: TableSet, measured: list[int]) -> dict[int, list[Operation]]:
    rows = tables["op_tactics"].filter(pl.col("combination").is_in(measured))
    found: dict[int, list[Operation]] = {}
    tables_of_ops = rows.sort("combination", "line").group_by("combination", "op", maintain_order=True)
    for (number, _), table in tables_of_ops:
        # without an editable timing cache the log does not say what is selected: the fastest is
        chosen = table["chosen"].fill_null(False)
        ordered = table.sort(~chosen, "time_ms", "line", nulls_last=True)
        first = ordered.row(0, named=True)
        second = ordered["time_ms"][1] if len(ordered) > 1 else None
        margin = second / first["time_ms"] - 1 if second is not None and first["time_ms"] else None
        copied = {
            name: first[name]
            for name in ("op", "kernel", "tactic_hash", "time_ms", "family", "tensor_core", "line")
        }
        found.setdefault(int(str(number)), []).append(Operation(rows=len(ordered), margin=margin, **copied))
    return found


def _next_best(
    stories: tuple[FormatCombination, ...], taken: dict[str, Any] | None
) -> tuple[int | None, float | None]:
    """Return the cheapest combination that was not taken, and what it costs more.

    With the neighbours' formats known the reformats count; else only the layers' own times are compared.
    Where the taken one is not known, there is no other and nothing to compare.
    """
    own = next(
        (story for story in stories if taken is not None and story.combination == taken["combination"]), None
    )
    timed = [story for story in stories if story.winner is not None and story.winner.time_ms is not None]
    others = [story for story in timed if story is not own]
    if own is None or not others:
        return None, None
    priced = [story for story in others if story.price_ms is not None]
    if priced and own.price_ms is not None:
        best = min(priced, key=lambda story: story.price_ms or 0.0)
        return best.combination, (best.price_ms or 0.0) - own.price_ms
    return min(others, key=lambda story: (story.winner and story.winner.time_ms) or 0.0).combination, None
