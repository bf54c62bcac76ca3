"""The lines of the log that an explanation rests on."""

from __future__ import annotations

from typing import Any

import polars as pl

from tacticlens.analysis.explanation_model import EvidenceLine, FormatCombination
from tacticlens.analysis.naming import Place
from tacticlens.analysis.opened_region import RegionKernel
from tacticlens.tables.table_set import TableSet


def evidence_lines(
    tables: TableSet,
    place: Place,
    choice: dict[str, Any] | None,
    stories: tuple[FormatCombination, ...],
    opened: tuple[RegionKernel, ...],
) -> tuple[EvidenceLine, ...]:
    """Return lines to look at, in order.

    Args:
        tables: the tables.
        place: the layer.
        choice: its row in the engine; None if it is not there.
        stories: its format combinations.
        opened: kernels that the engine has in its place.
    """
    found = [EvidenceLine(line, "costs") for line in costed(tables, place)["line"]]
    shown = [story for story in stories if story.taken] or list(stories[:3])
    for story in shown:
        found.append(EvidenceLine(story.line, "combination", story.combination))
        if story.winner is not None and story.winner.line is not None:
            found.append(EvidenceLine(story.winner.line, "winner", story.combination))
        found += [
            EvidenceLine(one.line, "reformat_into" if one.side == "into" else "reformat_out_of")
            for one in story.reformats
            if one.line is not None
        ]
        found += [EvidenceLine(one.line, "operations", one.op) for one in story.operations]
    skipped = [
        one.line
        for story in stories
        for one in story.candidates
        if one.status != "timed" and one.line is not None
    ]
    found += [EvidenceLine(line, "untimed_tactic") for line in skipped[:3]]
    beside = pl.col("tensor").str.ends_with(f" to {place.name}")
    added = tables["reformats"].filter(pl.col("build").eq_missing(place.build), beside)
    found += [EvidenceLine(line, "added_reformat") for line in added["line"]]
    if choice is not None:
        found.append(EvidenceLine(choice["line"], "engine"))
    if opened:
        found.append(EvidenceLine(opened[0].line, "opened"))
    # of a line that shows several things the last counts
    return tuple(sorted({one.line: one for one in found}.values(), key=lambda one: one.line))


def costed(tables: TableSet, place: Place) -> pl.DataFrame:
    """Return the rows of `layers` of a layer."""
    return tables["layers"].filter(pl.col("build").eq_missing(place.build), pl.col("name") == place.name)
