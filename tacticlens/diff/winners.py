"""What is compared where a log prints no engine: the winners of the format combinations of its layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from tacticlens.diff.align import align
from tacticlens.diff.model import Layer, Match
from tacticlens.errors.builds import build_without_winners, no_winners
from tacticlens.tables.families import with_families
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

_NO_TIME = float("inf")


def choose_build(tables: TableSet, build: int | None) -> int:
    """Return the build whose winners are meant: without a number that of the last engine, else the last with winners.

    Raises:
        UsageError: there is no such build, or nothing won in it.
    """
    name = tables.log["source"][0]
    check_build(tables, build, name)
    having = _won(tables)["build"].drop_nulls().unique().sort().to_list()
    if not having:
        raise no_winners(name)
    if build is None:
        printed = tables.engine_layers["build"].drop_nulls().to_list()
        return int(next((number for number in reversed(printed) if number in having), having[-1]))
    if build not in having:
        raise build_without_winners(name, build, having)
    return build


def winners_of(tables: TableSet, build: int) -> list[Layer]:
    """Return the format combinations of a build that have a winner, as layers with the time of the winner."""
    rows = (
        _won(tables)
        .filter(pl.col("build") == build)
        .join(tables.layers.select("layer", "name", "onnx_nodes"), on="layer", how="left", maintain_order="left")
        .with_columns(pl.coalesce("name", "subject").alias("name"), pl.coalesce("origin", "combination").alias("_of"))
        .filter(pl.col("name").is_not_null())
    )  # fmt: skip
    wanted = rows["_of"].unique().to_list()
    kernels = (
        tables.slim("tactics", ["combination", "runner", "tactic", "kernel", "time_ms"])
        .filter(pl.col("combination").is_in(wanted), pl.col("kernel").is_not_null())
        .sort("time_ms", maintain_order=True, nulls_last=True)
        .unique(["combination", "runner", "tactic"], keep="first", maintain_order=True)
        .select(pl.col("combination").alias("_of"), "runner", "tactic", "kernel")
    )
    named = rows.join(kernels, on=["_of", "runner", "tactic"], how="left", maintain_order="left")
    found: dict[tuple[str, str | None], Layer] = {}
    for position, row in enumerate(with_families(named, runner="runner").iter_rows(named=True)):
        unit = _unit(position, row)
        # the same layer and formats again is the same question: the faster answer counts
        known = found.get((unit.name, unit.formats))
        if known is None or _time(unit) < _time(known):
            found[unit.name, unit.formats] = unit
    return list(found.values())


def align_winners(old: Sequence[Layer], new: Sequence[Layer]) -> list[Match]:
    """Return matches of combinations: layers are aligned as those of engines are, then equal formats belong together.

    Of a layer without a counterpart, and of a fusion that split or merged, the fastest winner stands for the layer.
    """
    groups = [_by_layer(side) for side in (old, new)]
    layers = [
        [replace(min(units, key=_time), position=number) for number, units in enumerate(group.values())]
        for group in groups
    ]
    matches = []
    for match in align(*layers):
        if len(match.old) == len(match.new) == 1:
            sides = groups[0][match.old[0].name], groups[1][match.new[0].name]
            matches += _of_one_layer(sides, match)
        else:
            matches.append(match)
    return matches


def _of_one_layer(sides: tuple[list[Layer], list[Layer]], match: Match) -> list[Match]:
    """Return the matches of two layers that are one: by formats, or of the fastest where a side has none."""
    tell = [all(unit.formats is not None for unit in side) for side in sides]
    if tell[0] != tell[1]:
        return [replace(match, old=(min(sides[0], key=_time),), new=(min(sides[1], key=_time),))]
    there = {unit.formats: unit for unit in sides[1]}
    both = {unit.formats for unit in sides[0]} & set(there)
    pairs = [
        Match((unit,), (there[unit.formats],) if unit.formats in both else (), match.how, match.sure)
        for unit in sides[0]
    ]
    return [
        *pairs,
        *(Match((), (unit,), match.how, match.sure) for unit in sides[1] if unit.formats not in both),
    ]


def _by_layer(units: Sequence[Layer]) -> dict[str, list[Layer]]:
    groups: dict[str, list[Layer]] = defaultdict(list)
    for unit in units:
        groups[unit.name].append(unit)
    return groups


def _won(tables: TableSet) -> pl.DataFrame:
    columns = [
        "build", "layer", "combination", "purpose", "subject", "formats", "runner", "tactic", "time_ms",
        "origin", "line",
    ]  # fmt: skip
    return tables.slim("combinations", columns).filter(
        pl.col("purpose") == "layer", pl.col("runner").is_not_null(), pl.col("tactic").is_not_null()
    )


def _unit(position: int, row: dict[str, Any]) -> Layer:
    return Layer(
        position=position, name=row["name"], nodes=tuple(row["onnx_nodes"] or ()), layer_type=row["runner"],
        runner=row["runner"], tactic=row["tactic"], kernel=row["kernel"], time_ms=row["time_ms"],
        time_source="none" if row["time_ms"] is None else "tactic", family=row["family"],
        tensor_core=row["tensor_core"], precision=None, shape=None, formats=row["formats"],
        formats_source="combination", measured_as=row["name"], inputs=(), outputs=(), line=row["line"],
    )  # fmt: skip


def _time(unit: Layer) -> float:
    return _NO_TIME if unit.time_ms is None else unit.time_ms
