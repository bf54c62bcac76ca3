"""Which layer a user means, and what to say when a name or number is not in the log: the ones that are near."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

import polars as pl

from tacticlens.errors.builds import NAMED, Likeness, no_such_layer, no_such_position, several_layers
from tacticlens.grammar.layer_name import split_profile
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

_LOOKED_AT = 20_000
_KERNEL_PART = 12
_COMPARED = 200
_LIKE = 0.5
_PARTS = re.compile(r" \+ | \|\| |, |\(|\)")


@dataclass(frozen=True)
class Place:
    """A layer in a build.

    Attributes:
        name: the layer's name.
        build: the build; None for an engine that no build of the log made.
        builds: all builds that have a layer of this name.
    """

    name: str
    build: int | None
    builds: tuple[int, ...]


def find_layer(tables: TableSet, text: str, build: int | None = None) -> Place:
    """Return the layer that a text names: its exact name or `:position`, else an ONNX node, its kernel, a part.

    Builds that are in an engine come first, so that a name which several builds have means the engine's.

    Args:
        tables: the tables.
        text: what the user typed; a ` [profile N]` suffix chooses the build of that optimization profile.
        build: only layers of this build.

    Raises:
        UsageError: no layer or several layers match, or there is no such build.
    """
    check_build(tables, build)
    text = _by_position(tables, text, build) or text
    name, profile = split_profile(text)
    rows = _names(tables)
    if build is not None:
        rows = rows.filter(pl.col("build") == build)
    elif profile is not None:
        of_profile = tables["builds"].filter(pl.col("profile") == profile)["build"].to_list()
        rows = rows.filter(pl.col("build").is_in(of_profile))
    exact = rows.filter(pl.col("name") == name)
    if exact.is_empty():
        exact = rows.filter(pl.col("name") == _meant(tables, rows, name))
    builds = tables["builds"]["build"].to_list()
    having = tuple(
        number for number in builds if number in set(_names(tables).filter(name=exact["name"][0])["build"])
    )
    return Place(exact["name"][0], exact["build"][0], having)


_POSITION = re.compile(r":(\d{1,9})")


def _by_position(tables: TableSet, text: str, build: int | None) -> str | None:
    """Return the name of the layer at a position of the engine, `:12`; None if the text is no position.

    Raises:
        UsageError: the engine has no such layer.
    """
    position = _POSITION.fullmatch(text)
    if position is None:
        return None
    layers = tables.engine_layers
    layers = layers.filter(build=build) if build is not None else layers
    last = layers.filter(pl.col("engine").eq_missing(layers["engine"][-1])) if len(layers) else layers
    found = last.filter(position=int(position[1]))["name"]
    if found.is_empty():
        raise no_such_position(text, len(last))
    return str(found[0])


def _names(tables: TableSet) -> pl.DataFrame:
    """Return names in order of preference: engine's builds first, costed layers before others.

    Columns: build, name, nodes, rank.
    """
    verdict = tables["builds"].select("build", pl.when("in_engine").then(0).when(pl.col("in_engine").is_null()).then(1)
                                      .otherwise(2).alias("_verdict"))  # fmt: skip
    printed = tables["engine_layers"].select("build", "name", pl.col("onnx_nodes").alias("nodes"))
    in_engine = printed.select("build", "name", pl.lit(0).alias("_printed")).unique()
    costed = tables["layers"].select("build", "name", pl.col("onnx_nodes").alias("nodes"))
    tried = tables["combinations"].select(
        "build", pl.col("subject").alias("name"), pl.lit(None, dtype=pl.List(pl.String)).alias("nodes")
    )
    parts = [
        frame.with_columns(pl.lit(rank).alias("_source"))
        for rank, frame in enumerate((costed, printed, tried))
    ]
    return (
        pl.concat(parts)
        .filter(pl.col("name").is_not_null())
        .unique(["build", "name", "_source"], maintain_order=True)
        .join(verdict, on="build", how="left", maintain_order="left")
        .join(in_engine, on=["build", "name"], how="left", maintain_order="left")
        .with_columns(
            (
                pl.col("_verdict").fill_null(0) * 10 + pl.col("_source") * 2 + pl.col("_printed").fill_null(1)
            ).alias("rank")
        )
        .sort("rank", maintain_order=True)
        .select("build", "name", "nodes", "rank")
    )


def _meant(tables: TableSet, rows: pl.DataFrame, text: str) -> str:
    """Return the one name of which the text is an ONNX node, the kernel, or a part.

    Raises:
        UsageError: there is none, or there are several.
    """
    low = text.lower()
    of_node = rows.filter(pl.col("nodes").list.contains(text).fill_null(False))
    of_kernel = rows.filter(pl.col("name").is_in(_with_kernel(tables, text)))
    with_part = (
        rows.filter(pl.col("name").str.to_lowercase().str.contains(low, literal=True))
        if text
        else rows.clear()
    )
    matches: tuple[tuple[pl.DataFrame, Likeness], ...] = (
        (of_node, "onnx_node"), (of_kernel, "kernel"), (with_part, "part"),
    )  # fmt: skip
    for found, likeness in matches:
        if found.is_empty():
            continue
        best = (
            found.filter(pl.col("rank") == pl.col("rank").min())["name"].unique(maintain_order=True).to_list()
        )
        if len(best) == 1:
            return str(best[0])
        raise several_layers(text, likeness, best)
    names = rows["name"].to_list()
    raise no_such_layer(text, near(text, names), any_layers=bool(names))


def _with_kernel(tables: TableSet, text: str) -> list[str]:
    """Return the names of the engine layers that run a kernel, which is named in full or by a part of 12 letters."""
    kernels = tables.engine_layers.filter(pl.col("kernel").is_not_null())
    exact = kernels.filter(kernel=text)
    if exact.is_empty() and len(text) >= _KERNEL_PART:
        exact = kernels.filter(pl.col("kernel").str.contains(text, literal=True))
    return exact["name"].drop_nulls().unique(maintain_order=True).to_list()


def near(text: str, names: Iterable[str]) -> list[str]:
    """Return the few names that are most like a text, the nearest first."""
    distinct = list(dict.fromkeys(names))[:_LOOKED_AT]
    low = text.lower()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(low[:_COMPARED])
    scored = []
    for name in distinct:
        likeness = 0.0
        # a fused layer is as near as the nearest of its parts
        for part in dict.fromkeys([name, *_PARTS.split(name)]):
            matcher.set_seq1(part.lower()[:_COMPARED])
            if matcher.quick_ratio() > max(_LIKE, likeness):
                likeness = max(likeness, matcher.ratio())
        if likeness > _LIKE:
            scored.append((-likeness, name))
    return [name for _, name in sorted(scored)[:NAMED]]
