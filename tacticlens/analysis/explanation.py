"""Why a layer got its kernel: everything that the log tells of one layer, in one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from tacticlens.analysis.candidates import candidates
from tacticlens.analysis.naming import Place, find_layer
from tacticlens.analysis.reformat_costs import Reformat, Surroundings, formats_of
from tacticlens.tables.table_set import TableSet


@dataclass(frozen=True)
class Tried:
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
        kernel: kernel of the fastest row, which is used.
        tactic_hash: its tactic.
        time_ms: its cost.
        family: its family.
        tensor_core: whether it runs on Tensor Cores.
        margin: cost of the second row over that of the first, minus 1; None without a second row.
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
        taken: the engine took it; None if the log does not tell.
        line: first line.
    """

    combination: int
    formats: str | None
    result: str
    origin: int | None
    winner: Tried | None
    runner_up: Tried | None
    candidates: tuple[Tried, ...]
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
    """What the log tells of one layer.

    Attributes:
        name: the layer's name.
        build: the build that is shown.
        builds: all builds that have such a layer.
        onnx_nodes: its ONNX nodes, as far as the log names them.
        choice: the layer in the engine; None if it is not there, or the log prints no engine.
        combinations: its format combinations, in order of the log.
        taken: number of the combination that the engine took; None if not known.
        why: why this is believed, or why it is not known.
        next_best: number of the cheapest other combination; None if there is no other.
        extra_ms: what it would cost more than what was taken; None if not known.
        lines: lines of the log to look at, with what is there.
    """

    name: str
    build: int | None
    builds: tuple[int, ...]
    onnx_nodes: tuple[str, ...]
    choice: EngineChoice | None
    combinations: tuple[FormatCombination, ...]
    taken: int | None
    why: str
    next_best: int | None
    extra_ms: float | None
    lines: tuple[tuple[int, str], ...]


def explain(tables: TableSet, layer: str, build: int | None = None) -> Explanation:
    """Return what the log tells of a layer.

    Args:
        tables: the tables.
        layer: its name, an ONNX node of it, or a part of its name that no other has.
        build: the build to look at; None = the engine's.

    Raises:
        UsageError: no layer or several layers are meant, or there is no such build.
    """
    place = find_layer(tables, layer, build)
    printed = tables["engine_layers"].filter(pl.col("build").eq_missing(place.build), pl.col("name") == place.name)
    choice = printed.row(0, named=True) if len(printed) else None
    rows = _combinations(tables, place, choice)
    taken = next((row for row in rows if choice is not None and row["combination"] == choice["combination"]), None)
    around = Surroundings(
        tables, place.build, choice, formats_of(taken["inputs"]) if taken else None, formats_of(taken["outputs"]) if taken else None
    )
    stories = _stories(tables, rows, around, choice, taken)
    best, extra = _next_best(stories, taken)
    return Explanation(
        name=place.name, build=place.build, builds=place.builds, onnx_nodes=_nodes(tables, place, choice),
        choice=EngineChoice(**{name: choice[name] for name in EngineChoice.__dataclass_fields__}) if choice else None,
        combinations=stories, taken=taken["combination"] if taken else None, why=_why(tables, rows, choice, taken),
        next_best=best, extra_ms=extra, lines=tuple(_lines(tables, place, choice, stories)),
    )  # fmt: skip


def _combinations(tables: TableSet, place: Place, choice: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the combinations of the layer in the build; of a reformat layer the trials of its formats."""
    combinations = tables["combinations"].filter(pl.col("build").eq_missing(place.build))
    numbers = tables["layers"].filter(pl.col("build").eq_missing(place.build), pl.col("name") == place.name)["layer"]
    own = combinations.filter(pl.col("layer").is_in(numbers.implode()) | (pl.col("subject") == place.name))
    if own.is_empty() and choice is not None and choice["combination"] is not None:
        own = tables["combinations"].filter(pl.col("combination") == choice["combination"])
    return own.to_dicts()


def _nodes(tables: TableSet, place: Place, choice: dict[str, Any] | None) -> tuple[str, ...]:
    """Return the ONNX nodes: the metadata of a fused region names more of them than its name does."""
    costed = tables["layers"].filter(pl.col("build").eq_missing(place.build), pl.col("name") == place.name)["onnx_nodes"]
    told = [nodes or [] for nodes in costed.to_list()] + ([choice["onnx_nodes"] or []] if choice else [])
    return tuple(max(told, key=len, default=[]))


def _stories(
    tables: TableSet, rows: list[dict[str, Any]], around: Surroundings, choice: dict[str, Any] | None, taken: dict[str, Any] | None
) -> tuple[FormatCombination, ...]:
    wanted = pl.Series([row["combination"] for row in rows], dtype=pl.Int64).implode()
    measured = pl.Series([row["origin"] or row["combination"] for row in rows], dtype=pl.Int64).implode()
    tried: dict[int, list[Tried]] = {}
    ordered = candidates(tables).filter(pl.col("combination").is_in(wanted)).sort("time_ms", "line", nulls_last=True)
    for number, *values in ordered.select("combination", *Tried.__dataclass_fields__).iter_rows():
        tried.setdefault(number, []).append(Tried(*values))
    runners: dict[int, list[RunnerTried]] = {}
    for number, *values in (
        tables["runners"].filter(pl.col("combination").is_in(measured)).select("combination", *RunnerTried.__dataclass_fields__).iter_rows()
    ):
        runners.setdefault(number, []).append(RunnerTried(*values))
    operations = _operations(tables, measured)
    stories = []
    for row in rows:
        found = tried.get(row["combination"], [])
        winner = next((one for one in found if one.won), None)
        rivals = [one for one in found if one.time_ms is not None and one is not winner]
        reformats = around.needed(formats_of(row["inputs"]), formats_of(row["outputs"]))
        told = [winner.time_ms if winner else None, *(one.time_ms for one in reformats)]
        price = sum(time for time in told if time is not None) if around.known and None not in told else None
        origin = row["origin"] or row["combination"]
        stories.append(FormatCombination(
            combination=row["combination"], formats=row["formats"], result=row["result"], origin=row["origin"], winner=winner,
            runner_up=rivals[0] if rivals and winner else None, candidates=tuple(found), runners=tuple(runners.get(origin, ())),
            operations=tuple(operations.get(origin, ())), reformats=reformats, price_ms=price,
            taken=None if choice is None or taken is None else row is taken, line=row["line"],
        ))  # fmt: skip
    return tuple(stories)


def _operations(tables: TableSet, measured: pl.Series) -> dict[int, list[Operation]]:
    rows = tables["op_tactics"].filter(pl.col("combination").is_in(measured))
    found: dict[int, list[Operation]] = {}
    for (number, op), table in rows.sort("combination", "line").group_by("combination", "op", maintain_order=True):
        ordered = table.sort("time_ms", "line", nulls_last=True)
        first = ordered.row(0, named=True)
        second = ordered["time_ms"][1] if len(ordered) > 1 else None
        margin = second / first["time_ms"] - 1 if second is not None and first["time_ms"] else None
        found.setdefault(int(str(number)), []).append(Operation(
            op=None if op is None else str(op), rows=len(ordered), kernel=first["kernel"], tactic_hash=first["tactic_hash"],
            time_ms=first["time_ms"], family=first["family"], tensor_core=first["tensor_core"], margin=margin, line=first["line"],
        ))  # fmt: skip
    return found


def _next_best(stories: tuple[FormatCombination, ...], taken: dict[str, Any] | None) -> tuple[int | None, float | None]:
    """Return the cheapest combination that was not taken, and what it costs more.

    With the neighbours' formats known the reformats count; else only the layers' own times are compared.
    Where the taken one is not known, there is no other and nothing to compare.
    """
    own = next((story for story in stories if taken is not None and story.combination == taken["combination"]), None)
    others = [story for story in stories if story is not own and story.winner is not None and story.winner.time_ms is not None]
    if own is None or not others:
        return None, None
    priced = [story for story in others if story.price_ms is not None]
    if priced and own.price_ms is not None:
        best = min(priced, key=lambda story: story.price_ms or 0.0)
        return best.combination, (best.price_ms or 0.0) - own.price_ms
    return min(others, key=lambda story: (story.winner and story.winner.time_ms) or 0.0).combination, None


def _why(tables: TableSet, rows: list[dict[str, Any]], choice: dict[str, Any] | None, taken: dict[str, Any] | None) -> str:
    """Say why the engine is believed to have taken a combination, or why that is not known."""
    if choice is None:
        if not tables["engine_layers"].is_empty() and any("{ForeignNode[" in (row["subject"] or "") for row in rows):
            return "the engine is printed in detail, with the kernels of this fused region in its place, or it is not in this build"
        if not tables["engine_layers"].is_empty():
            return "no engine layer has this name in this build: it was fused further, removed, or the build was not taken"
        if len(rows) == 1:
            return "the log prints no engine layers; this is the layer's only combination, so its winner is what an engine can have"
        return "the log prints no engine layers, so which combination was taken is not known; the winner of each is"
    said = f"line {choice['line']} of the engine has this layer with tactic {choice['tactic'] or 'not printed'}"
    same = [row for row in rows if row["tactic"] == choice["tactic"]]
    if taken is None and choice["combination"] is not None:
        return f"{said}; it is a twin of a layer with equal type, tactic and tensors, measured in combination {choice['combination']}"
    if taken is None:
        if choice["tactic"] is None or not rows:
            return f"{said}; nothing was costed under this name"
        many = f"{len(same)} combinations were won by it and nothing in the log decides between them"
        none = "none of its combinations is known to be won by it: a layer with equal parameters was measured in its place, or a cache told"
        return f"{said}; {many if same else none}"
    if choice["layer_type"] == "Reformat":
        return f"{said}; the formats of its tensors are those of combination {taken['combination']}"
    if len(same) == 1:
        return f"{said}, and only combination {taken['combination']} of {len(rows)} was won by this tactic"
    return (
        f"{said}; {len(same)} of its {len(rows)} combinations were won by this tactic, and types, vector widths or the reformats "
        f"before the layer are those of combination {taken['combination']}"
    )


def _lines(
    tables: TableSet, place: Place, choice: dict[str, Any] | None, stories: tuple[FormatCombination, ...]
) -> list[tuple[int, str]]:
    """Return lines to look at, in order."""
    found = [(line, "costs of the layer begin") for line in
             tables["layers"].filter(pl.col("build").eq_missing(place.build), pl.col("name") == place.name)["line"]]  # fmt: skip
    shown = [story for story in stories if story.taken] or list(stories[:3])
    for story in shown:
        found.append((story.line, f"combination {story.combination}"))
        if story.winner is not None and story.winner.line is not None:
            found.append((story.winner.line, f"winner of combination {story.combination}"))
        found += [(one.line, f"reformat {one.side} it") for one in story.reformats if one.line is not None]
        found += [(one.line, f"table of {one.op}") for one in story.operations]
    skipped = [one.line for story in stories for one in story.candidates if one.status != "timed" and one.line is not None]
    found += [(line, "a tactic without a time") for line in skipped[:3]]
    added = tables["reformats"].filter(pl.col("build").eq_missing(place.build), pl.col("tensor").str.ends_with(f" to {place.name}"))
    found += [(line, "reformat added by the builder") for line in added["line"]]
    if choice is not None:
        found.append((choice["line"], "the layer in the engine"))
    return sorted(dict(found).items())
