"""What was tried and taken for one operation, by GPU and version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from tacticlens.errors import fleet as refusals
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.operations import KEYS, operations, tried
from tacticlens.fleet.places import absolute
from tacticlens.kernels import decode

_CONVOLUTIONS = ("implicit_gemm", "winograd", "fft", "direct_conv", "depthwise")
_CHANNELS = re.compile(r"(\d+)->(\d+)")
_FILTER = re.compile(r"(\d{1,2})x(\d{1,2})")
_SHAPE = re.compile(r"[\d?]+(?:x[\d?]+){2,}")
_KERNEL_FILTER = re.compile(r"t\d+r(\d+)s(\d+)")

Asked = Literal["like", "shapes_of"]
"""How layers are described: in words, or by one of them."""


@dataclass(frozen=True)
class Found:
    """The candidates of an operation over a fleet.

    Attributes:
        asked: like = a description, shapes_of = a layer with the same shapes.
        text: the description, or the name of the layer.
        layers: number of engine layers that match.
        undecided: number of layers that may match: neither their name nor their kernel tells the filter.
        shapes: of those that match, the most frequent first.
        rows: gpu, tensorrt_version, shape, types, runner, kernel, tactic; logs (that tried it), won (logs in which it
            was the fastest of a format combination), in_engine (logs whose engine has it); median_ms, low_ms, high_ms.
    """

    asked: Asked
    text: str
    layers: int
    undecided: int
    shapes: list[str]
    rows: pl.DataFrame


def like(dataset: Dataset, text: str) -> Found:
    """Return the candidates of the layers that a text describes.

    The words are those of `conv 3x3 64->64`: an operation, a filter, channels in and out, a whole shape as 1x64x56x56,
    a type as Half; any other word stands in the layer's name or type. All must fit.
    """
    layers = operations(dataset)
    filters = []
    words = [word for word in text.replace(" -> ", "->").split() if word.strip(".")]
    if not words:
        raise refusals.nothing_like_it()
    for word in words:
        if _CHANNELS.fullmatch(word) or not _FILTER.fullmatch(word):
            layers = layers.filter(_fits(word))
        else:
            filters.append(word)
    undecided = 0
    if filters:
        layers, undecided = _of_filter(layers, filters)
    return _found(dataset, layers, "like", text, undecided)


def same_as(dataset: Dataset, log: str, layer: str) -> Found:
    """Return the candidates of the layers that do what one layer of one log does: its type, shapes and types.

    Args:
        dataset: the logs.
        log: path or address as collected, its last part, or the beginning of its digest.
        layer: name of the layer, or the only one that contains it.

    Raises:
        UsageError: there is no such log or layer, or several; or the log has no tensors of it.
    """
    logs = _log(dataset, log)
    rows = (
        operations(dataset, logs).select("name", "family", "gemm", "shape", "types", "layer_type").collect()
    )
    names = [name for name in rows["name"].unique(maintain_order=True).to_list() if layer in name]
    chosen = [layer] if layer in names else names
    if len(chosen) != 1:
        raise refusals.not_one_layer(log, logs["address"][0], layer, len(names))
    row = rows.filter(name=chosen[0]).row(0, named=True)
    if row["shape"] is None:
        raise refusals.no_tensors(log, chosen[0])
    same = pl.col("shape") == row["shape"]
    kind = pl.col("gemm") == row["gemm"] if row["gemm"] else pl.col("layer_type") == row["layer_type"]
    return _found(dataset, operations(dataset).filter(same, kind), "shapes_of", chosen[0], 0)


def _log(dataset: Dataset, log: str) -> pl.DataFrame:
    by_digest = (
        pl.col("sha256").str.starts_with(log) if re.fullmatch(r"[0-9a-f]{6,64}", log) else pl.lit(False)
    )
    address = pl.col("address")
    found = dataset.logs.filter((address == absolute(log)) | (address == log) | by_digest)
    if found.is_empty():
        found = dataset.logs.filter(address.str.split("/").list.last() == Path(log).name)
    if len(found) != 1:
        raise refusals.not_one_log(dataset.address, log, len(found))
    return found


def _fits(word: str) -> pl.Expr:
    channels = _CHANNELS.fullmatch(word)
    if channels:
        sides = pl.col("shape").str.split(" -> ")
        first, second = (sides.list.get(side).str.split(", ").list.first().str.split("x") for side in (0, 1))
        return (first.list.get(1, null_on_oob=True) == channels[1]) & (
            second.list.get(1, null_on_oob=True) == channels[2]
        )
    if _SHAPE.fullmatch(word):
        return pl.col("shape").str.split(" -> ").list.eval(pl.element().str.split(", ")).list.eval(
            pl.element().list.contains(word)
        ).list.any()  # fmt: skip
    low = word.lower()
    inside = [
        pl.col(name).str.to_lowercase().str.contains(low, literal=True)
        for name in ("name", "layer_type", "types")
    ]
    inside.append(pl.col("family") == low)
    if low.startswith("conv"):
        inside.append(pl.col("family").is_in(_CONVOLUTIONS))
    return pl.any_horizontal(*(one.fill_null(False) for one in inside))


def _of_filter(layers: pl.LazyFrame, filters: list[str]) -> tuple[pl.LazyFrame, int]:
    """Return the layers with a filter, as far as their names or kernels tell it, and the number of the others."""
    pairs = layers.select("name", "kernel").unique().collect(engine="streaming")
    named = [(name, kernel, set(_filters(name, kernel))) for name, kernel in pairs.iter_rows()]
    fitting = [(name, kernel) for name, kernel, of in named if of >= set(filters)]
    unknown = [(name, kernel) for name, kernel, of in named if not of]

    def those(chosen: list[tuple[str, str | None]]) -> pl.LazyFrame:
        keys = pl.LazyFrame(chosen, schema={"name": pl.String, "kernel": pl.String}, orient="row")
        return layers.join(keys, on=["name", "kernel"], how="semi", nulls_equal=True)

    return those(fitting), those(unknown).select(pl.len()).collect(engine="streaming").item()


def _filters(name: str, kernel: str | None) -> Iterator[str]:
    yield from (found[0] for found in _FILTER.finditer(name))
    special = decode(kernel).filter_size if kernel else None
    if special and (found := _KERNEL_FILTER.fullmatch(special)):
        yield f"{found[1]}x{found[2]}"


def _found(dataset: Dataset, layers: pl.LazyFrame, asked: Asked, text: str, undecided: int) -> Found:
    engine = layers.select(
        "sha256", "build", "name", "combination", *KEYS, "types", "shape", "tactic"
    ).collect(engine="streaming")
    logs = dataset.logs.filter(pl.col("sha256").is_in(engine["sha256"].unique().to_list()))
    same = [*KEYS, "shape", "types"]
    places = engine.select("sha256", "build", "name", "combination", *same).unique().lazy()
    what = [*same, "runner", "kernel", "tactic"]
    candidates = tried(dataset, places, logs).collect(engine="streaming")
    counted = candidates.group_by(what).agg(
        pl.col("sha256").n_unique().alias("logs"), pl.col("sha256").filter("won").n_unique().alias("won"),
        pl.col("time_ms").median().alias("median_ms"), pl.col("time_ms").min().alias("low_ms"),
        pl.col("time_ms").max().alias("high_ms"),
    )  # fmt: skip
    taken = engine.group_by(*same, "tactic").agg(pl.col("sha256").n_unique().alias("in_engine"))
    rows = (
        counted.join(taken, on=[*same, "tactic"], how="left", nulls_equal=True)
        .with_columns(pl.col("in_engine").fill_null(0))
        .select(*what, "logs", "won", "in_engine", "median_ms", "low_ms", "high_ms")
        .sort(
            *same,
            "in_engine",
            "won",
            "median_ms",
            descending=[False] * 4 + [True, True, False],
            nulls_last=True,
        )
    )
    shapes = engine["shape"].drop_nulls().value_counts(sort=True)["shape"].to_list()
    return Found(asked, text, len(engine), undecided, shapes, rows)
