"""The rows that a correct parser reports for a plan: the oracle, made without looking at any parser.

A row holds only the columns that the plan determines; a column that is not there is not claimed. Ids are
shown as `0x%016x` whatever the log prints. Rows stand in the order of the log, builds are numbered from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plan import (
    MEMORY,
    ONLY_OPTION,
    BuildPlan,
    CombinationPlan,
    EnginePlan,
    LayerPlan,
    LogPlan,
    RunnerPlan,
    TacticPlan,
    time_text,
)

if TYPE_CHECKING:
    from .render import Dialect, Section

Cell = str | int | float | bool | None
Row = dict[str, Cell]
Tables = dict[str, list[Row]]

TABLES = ("builds", "layers", "combinations", "runners", "tactics", "op_tactics", "engine_layers")


def shown(number: int | None) -> str | None:
    """Show an id as the tables do."""
    return None if number is None else f"0x{number:016x}"


def printed_ms(milliseconds: float | None) -> float | None:
    """Give the number that the printed text stands for."""
    return None if milliseconds is None else float(time_text(milliseconds))


def expected(log: LogPlan, dialect: Dialect) -> Tables:
    """Give the rows of every table."""
    tables: Tables = {name: [] for name in TABLES}
    for engine in log.engines:
        chosen = engine.chosen()
        left = len(engine.builds)
        for number, builds in enumerate(engine.passes()):
            for build in builds:
                index = len(tables["builds"])
                row: Row = {"build": index, "strategy": build.strategy}
                row["profile"] = build.profile if dialect.has_profile_number else None
                row["estimated_ms"] = printed_ms(build.estimated_ms)
                # Nobody knows the engine of a log that stops too early.
                if chosen is not None:
                    row["in_engine"] = number == chosen
                tables["builds"].append(row)
                left -= 1
                _add_build(tables, index, build, dialect, cut=engine.cut and left == 0)
        _add_engine_layers(tables, engine)
    return tables


def _add_build(tables: Tables, index: int, build: BuildPlan, dialect: Dialect, *, cut: bool) -> None:
    sections = dialect.sections(build)
    for number, section in enumerate(sections, start=1):
        if isinstance(section, LayerPlan):
            tables["layers"].append({"build": index, "name": section.name})
        for position, combination in enumerate(section.combinations, start=1):
            ends = cut and number == len(sections) and position == len(section.combinations)
            tables["combinations"].append(_combination(section, combination, dialect, cut=ends))
            for order, runner in enumerate(combination.runners, start=1):
                _add_runner(tables, runner, cut=ends and order == len(combination.runners))


def _combination(section: Section, combination: CombinationPlan, dialect: Dialect, *, cut: bool) -> Row:
    row: Row = {"purpose": combination.purpose}
    silent = not dialect.has_combination_lines
    silent = silent or (combination.purpose == "reformat" and not dialect.has_reformat_formats)
    row["formats"] = None if silent else combination.formats()
    if combination.key is not None:
        row["key"] = None if combination.key == "None" else combination.key
    if cut:
        return row | {"result": "unfinished"}
    if combination.cached is not None:
        hit = combination.cached
        best: Row = {"runner": hit.runner, "tactic": shown(hit.tactic), "time_ms": printed_ms(hit.time_ms)}
        return row | {"result": "cached"} | best
    winner = combination.winner()
    if winner is None:
        result = "repeated" if combination.repeated else "no_tactic"
        return row | {"result": result, "runner": None, "tactic": None, "time_ms": None}
    runner, tactic = winner
    if tactic.reason == ONLY_OPTION:
        # Chosen without a measurement: versions differ in whether they say so, and no column fits well.
        return row
    best = {"runner": runner.kind, "tactic": shown(tactic.tactic), "time_ms": printed_ms(tactic.time_ms)}
    return row | {"result": "timed"} | best


def _add_runner(tables: Tables, runner: RunnerPlan, *, cut: bool) -> None:
    best = runner.best()
    row: Row = {"runner": runner.kind}
    if runner.no_valid:
        row["result"] = "no_valid_tactic"
    elif cut:
        row["result"] = "unfinished"
    elif best is None:
        row["result"] = "failed"
    elif best.status == "timed":
        row["result"] = "timed"
    tables["runners"].append(row)
    tables["tactics"] += [_tactic(runner, tactic) for tactic in runner.tactics]
    for table in runner.op_tables:
        tables["op_tactics"] += [
            {
                "op": table.op,
                "tactic_id": item.tactic_id,
                "tactic_hash": shown(item.tactic_hash),
                "kernel": item.kernel,
                "time_ms": float(f"{item.time_ms:.7f}"),
                "key": None if table.key is None else f"0x{table.key:032x}",
                "chosen": table.chosen(item),
            }
            for item in table.rows
        ]


def _tactic(runner: RunnerPlan, tactic: TacticPlan) -> Row:
    row: Row = {"runner": runner.kind, "tactic": shown(tactic.tactic), "kernel": tactic.kernel}
    # A time that says "never" is the mark of a failure, not a measurement.
    row["time_ms"] = printed_ms(tactic.time_ms) if tactic.status == "timed" else None
    row["status"] = tactic.status
    if tactic.reason == MEMORY and tactic.available_bytes is None:
        # TensorRT 8 warns with one number and does not say which of the two it is.
        return row
    return row | {"needed_bytes": tactic.needed_bytes, "available_bytes": tactic.available_bytes}


def _add_engine_layers(tables: Tables, engine: EnginePlan) -> None:
    if engine.cut:
        return
    for layer in engine.layers:
        # The profile's suffix is not part of a name; a compiled kernel has no id.
        tactic = shown(layer.tactic) if layer.tactic is not None or engine.detailed else shown(0)
        tables["engine_layers"].append({"name": layer.name, "layer_type": layer.layer_type, "tactic": tactic})
