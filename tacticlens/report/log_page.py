"""One log -> what its page holds: the overview at once, and larger parts that are unpacked when they are looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.explanation import Explainer
from tacticlens.analysis.finding import Finding
from tacticlens.analysis.findings import findings_of
from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.log_gaps import log_gaps
from tacticlens.report import contract, grids
from tacticlens.report.build_times import build_times
from tacticlens.report.details import details
from tacticlens.report.engines import Places, engine, winners
from tacticlens.report.facts import Facts
from tacticlens.report.log_text import Ranges, packed_lines
from tacticlens.report.packing import packed
from tacticlens.tables.table_set import TableSet
from tacticlens.views.build_time import build_time_line
from tacticlens.views.finding_text import text_of
from tacticlens.views.findings import scale_notes
from tacticlens.views.headline import failure_headline
from tacticlens.views.log_gaps import gap_notes
from tacticlens.views.page_words import builds_missing, details_missing, engines_missing, text_missing
from tacticlens.words import milliseconds, plain

_TITLE = 200
_MOST_WINNERS = 20
_MOST_ENGINES = 40
_MOST_LINES = 500


@dataclass(frozen=True)
class LogPage:
    """A log ready for a page.

    Attributes:
        log: what is shown at once.
        parts: larger parts by the id of their element, packed.
        views: the engines in the order of `log.engines`, for pages that refer to their layers.
    """

    log: contract.Log
    parts: dict[str, str]
    views: tuple[EngineView, ...]


def log_page(tables: TableSet, text: bytes | None, number: int = 0) -> LogPage:
    """Return what a page holds of a log.

    Args:
        tables: the tables.
        text: the log itself; None if it cannot be read again.
        number: its place among the logs of the page.
    """
    context = Context(tables, GOAL)
    found = findings_of(context)
    explainer = Explainer(tables)
    places = Places(explainer)
    # the engine built last is the one that most logs are about
    views = tuple(sorted(context.engines, key=lambda one: (-(one.number or 0), one.build or 0)))
    of_layers: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(found):
        for name in one.layers:
            of_layers[name].append(place)
    count = len({view.number for view in views})
    left_out = [engines_missing(len(views) - _MOST_ENGINES)] if len(views) > _MOST_ENGINES else []
    views = views[:_MOST_ENGINES]
    facts = Facts(tables, text)
    engines = [engine(view, context, places, facts, engines=count, found=of_layers) for view in views]
    printed = set(tables.engine_layers["build"].drop_nulls().unique())
    alone = [build for build in tables.layers["build"].unique(maintain_order=True) if build not in printed]
    engines += [winners(tables, explainer, places, facts, build) for build in alone[:_MOST_WINNERS]]
    if len(alone) > _MOST_WINNERS:
        left_out.append(builds_missing(len(alone) - _MOST_WINNERS))
    layer_details = details(tables, explainer, places.explained)
    if places.left_out:
        layer_details.missing = details_missing(places.left_out)
    ids = {
        "details": f"log{number}-details",
        "build_times": f"log{number}-times",
        "text": f"log{number}-text",
    }
    parts = {
        ids["details"]: packed(layer_details.model_dump_json().encode()),
        ids["build_times"]: packed(build_times(tables).model_dump_json().encode()),
    }
    built = grids.builds(tables, facts, number)
    ranges: Ranges = []
    if text is not None:
        wanted = {place.line for row in built.places for place in row if place is not None and place.line}
        parts[ids["text"]], ranges = packed_lines(text, _wanted(tables, found, engines, wanted))
    failed = context.failure
    failure_lines = [failure_headline(failed, last=bool(views))] if failed else []
    lines = tables.log["lines"][0]
    whole = bool(ranges) and ranges[0][0] == 1 and ranges[0][1] >= lines
    source = tables.log["source"][0] or ""
    log = contract.Log(
        source=plain(source),
        headline=engines[0].headline if engines else (failure_lines or [grids.nothing_to_show(tables)])[0],
        facts=[] if engines else facts.at(None),
        goal=GOAL,
        notes=[*(failure_lines if engines else []), *map(plain, [*gap_notes(log_gaps(context)), *left_out])],
        engines=engines,
        findings=[_finding(one, views) for one in found],
        finding_notes=scale_notes(found),
        build_time=build_time_line(tables),
        builds=built,
        ledger=grids.ledger(tables),
        grids=grids.others(tables, built),
        parts=ids,  # type: ignore[arg-type]
        text_ranges=[list(one) for one in ranges],
        text_missing=None if whole else text_missing(source),
    )
    return LogPage(log, parts, views)


def _finding(one: Finding, views: tuple[EngineView, ...]) -> contract.Finding:
    words = text_of(one, room=_TITLE)
    fits = [
        place
        for place, view in enumerate(views)
        if one.engine is not None and view.number == one.engine and view.build in {None, one.build}
    ] or [place for place, view in enumerate(views) if view.number == one.engine and one.engine is not None]
    place = fits[0] if fits else -1
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, layer in enumerate(views[place].layers if fits else ()):
        rows_of[layer.name].append(row)
    return contract.Finding(
        code=one.code,
        name=one.name,
        title=words.title,
        why=words.why,
        action=words.action,
        stake_ms=one.stake_ms,
        stake=milliseconds(one.stake_ms) if one.stake_ms else "",
        engine=place,
        rows=[row for name in one.layers for row in rows_of[name]],
        lines=list(one.lines[:_MOST_LINES]),
        lines_left_out=max(0, len(one.lines) - _MOST_LINES),
    )


def _wanted(
    tables: TableSet, found: Iterable[Finding], engines: Iterable[contract.Engine], named: set[int]
) -> list[set[int]]:
    """Return the lines that matter, in smaller and smaller sets; `named`: further lines that numbers open."""
    first = named | {line for one in found for line in one.lines}
    first.update(fact.line for one in engines for fact in one.facts if fact.line is not None)
    for name in ("engine_layers", "layers", "messages", "builds", "options", "performance", "memory"):
        column = "first_line" if name == "builds" else "line"
        first.update(tables[name][column].drop_nulls())
    combinations = tables.combinations.filter(pl.col("purpose") == "layer")["line"].drop_nulls()
    more = first | set(combinations)
    return [more | set(tables.tactics["line"].drop_nulls()), more, first]
