"""One side of a comparison: which build is meant, and the layers of its engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from tacticlens.diff.model import Layer
from tacticlens.errors.builds import build_without_engine, no_engine
from tacticlens.tables.shares import of_engine
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

Chosen = tuple[int | None, int | None]
"""Numbers of engine and build."""


def choose(tables: TableSet, build: int | None) -> Chosen:
    """Return the engine and the build that are meant: without a number the first profile of the last engine.

    Raises:
        UsageError: there is no such build, or it has no engine layers.
    """
    name = tables.log["source"][0]
    printed = tables.engine_layers.select("engine", "build").unique(maintain_order=True)
    if printed.is_empty():
        raise no_engine(name)
    if build is None:
        engine = printed["engine"][-1]
        builds = printed.filter(pl.col("engine").eq_missing(engine))["build"].drop_nulls()
        return engine, None if builds.is_empty() else int(builds.to_list()[0])
    check_build(tables, build, name)
    having = sorted(printed["build"].drop_nulls().to_list())
    if build not in having:
        raise build_without_engine(name, build, having)
    return printed.filter(pl.col("build") == build)["engine"][0], build


def prints_engine(tables: TableSet, build: int | None) -> bool:
    """Tell whether the log prints the layers of the engine that is meant.

    Of a number that no build has only `choose` can say what is wrong.
    """
    printed = tables.engine_layers["build"]
    if printed.is_empty():
        return False
    return build is None or build not in tables.builds["build"].to_list() or build in printed.to_list()


def layers_of(tables: TableSet, chosen: Chosen) -> list[Layer]:
    """Return the layers of an engine, in its order."""
    rows = of(tables.engine_layers, chosen).sort("position", maintain_order=True)
    numbers = rows["combination"].drop_nulls().unique().to_list()
    names = tables.slim("layers", ["layer", "name"])
    columns = ["layer", "combination", "subject", "formats", "runner", "tactic"]
    taken = (
        tables.slim("combinations", columns)
        .filter(pl.col("combination").is_in(numbers))
        .join(names, on="layer", how="left", maintain_order="left")
        .select("combination", pl.coalesce("name", "subject").alias("name"), "formats", "runner", "tactic")
    )
    combinations = {row["combination"]: row for row in taken.iter_rows(named=True)}
    inside: dict[int, list[str]] = {}
    for position, nodes in of(tables.engine_ops, chosen).select("position", "onnx_nodes").iter_rows():
        inside.setdefault(position, []).extend(nodes or [])
    return [
        _layer(row, combinations.get(row["combination"]), inside.get(row["position"], []))
        for row in rows.iter_rows(named=True)
    ]


def of(frame: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    """Return the rows of an engine and build."""
    return of_engine(frame, *chosen)


def _layer(row: dict[str, Any], taken: dict[str, Any] | None, inside: Iterable[str]) -> Layer:
    inputs, outputs = row["inputs"] or [], row["outputs"] or []
    tensors = [inputs, outputs]
    same = taken is not None and taken["tactic"] == row["tactic"]
    formats, source = taken["formats"] if taken else None, "combination"
    if formats is None:
        formats, source = _sides(tensors, lambda tensor: tensor["format"]), "engine"
    return Layer(
        position=row["position"],
        name=row["name"] or "",
        nodes=tuple(dict.fromkeys([*(row["onnx_nodes"] or []), *inside])),
        layer_type=row["layer_type"],
        runner=(taken["runner"] if taken and same else None) or row["layer_type"],
        tactic=row["tactic"],
        kernel=row["kernel"],
        time_ms=row["time_ms"],
        time_source="tactic" if row["time_source"] == "twin" else row["time_source"],
        family=row["family"],
        tensor_core=row["tensor_core"],
        precision=_sides(tensors, lambda tensor: tensor["dtype"]),
        shape=_sides(tensors, lambda tensor: _dims(tensor["dims"])),
        formats=formats,
        formats_source=source if formats is not None else "none",
        measured_as=(taken["name"] if taken else None) or row["name"] or "",
        inputs=tuple(tensor["name"] or "" for tensor in inputs),
        outputs=tuple(tensor["name"] or "" for tensor in outputs),
        line=row["line"],
        input_types=tuple(tensor["dtype"] for tensor in inputs),
        output_types=tuple(tensor["dtype"] for tensor in outputs),
    )


def _sides(tensors: list[list[dict[str, Any]]], value: Any) -> str | None:
    """Return `a, b -> c`; None if something in it is not known."""
    texts = [[value(tensor) for tensor in side] for side in tensors]
    if not any(texts) or any(text is None for side in texts for text in side):
        return None
    return " -> ".join(", ".join(side) for side in texts)


def _dims(dims: list[str] | None) -> str | None:
    """Return dimensions as `1x32x?x?`: versions print other negative numbers for what is dynamic."""
    if dims is None:
        return None
    plain = [str(size).split(":", maxsplit=1)[0] for size in dims]  # `32:4` is 32 in vectors of 4
    return "x".join("?" if size.startswith("-") else size for size in plain)
