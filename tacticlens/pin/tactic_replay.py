"""A log -> the tactic replay file of Polygraphy, for TensorRT up to 10.

Polygraphy keeps per layer what ``IAlgorithmSelector`` says of an algorithm: the id of the implementation,
the tactic as a signed number, and data type, strides and vectorization of each tensor. The log has them:
the id in the brackets of the runner's head since 8.6, the tactic, and the formats of the combination.
``IAlgorithmSelector`` was removed in TensorRT 11.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import polars as pl

from tacticlens.errors import UsageError
from tacticlens.errors import pinning as refusals
from tacticlens.errors.pinning import Lack
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

_TYPES = {
    "Float": "FLOAT", "Half": "HALF", "BFloat16": "BF16", "Int8": "INT8", "Int32": "INT32", "Int64": "INT64",
    "Bool": "BOOL", "UInt8": "UINT8", "FP8": "FP8", "Int4": "INT4", "FP4": "FP4",
}  # fmt: skip
"""Data types: as the log prints them -> as ``tensorrt.DataType`` names them."""
_NO_CHOICE = ("Reformat", "NoOp", "Constant")
"""Layers that the builder adds or folds: no algorithm is selected for them."""
_REMOVED_IN = 11


@dataclass(frozen=True)
class Skipped:
    """A layer that is not in the replay file.

    Attributes:
        layer: its name.
        lacks: what the log does not say of it.
        data_type: the type of a tensor that TensorRT's Python package does not have, if that is the reason.
    """

    layer: str
    lacks: Lack
    data_type: str | None = None


@dataclass(frozen=True)
class Replay:
    """A replay file and what is not in it.

    Attributes:
        document: what goes into the file.
        skipped: the layers that are left out.
    """

    document: dict[str, Any]
    skipped: tuple[Skipped, ...]

    @property
    def layers(self) -> dict[str, Any]:
        """The entries by layer name."""
        entries: dict[str, Any] = self.document["replay"]
        return entries


def replay(log: Any, *, build: int | None = None) -> Replay:
    """Return the tactics of an engine as Polygraphy replays them.

    Args:
        log: a log that was read, or its tables.
        build: the layers of this build; None = those of the last engine.

    Raises:
        UsageError: the version has no replay, or the log lacks what a replay needs.
    """
    tables: TableSet = getattr(log, "tables", log)
    check_build(tables, build)
    info = tables["log"].row(0, named=True)
    major = (info["tensorrt_version"] or "").partition(".")[0]
    if major.isdecimal() and int(major) >= _REMOVED_IN:
        raise refusals.no_algorithm_selector(info["source"], info["tensorrt_version"])
    if set(tables.count_by("combinations", ["result"])["result"].to_list()) == {"untimed"}:
        raise refusals.nothing_timed(info["source"])
    maker = _Maker(tables)
    entries: dict[str, Any] = {}
    skipped: list[Skipped] = []
    for name, combination in _taken(tables, build):
        made = maker.entry(name, combination)
        if isinstance(made, Skipped):
            skipped.append(made)
        else:
            entries[name] = made
    if not entries:
        raise _nothing(info["source"], skipped, printed=not tables["engine_layers"].is_empty())
    return Replay({"replay": entries, "polygraphy_class": "TacticReplayData"}, tuple(skipped))


def _nothing(source: str, skipped: list[Skipped], *, printed: bool) -> UsageError:
    if skipped:
        counts = Counter((one.lacks, one.data_type) for one in skipped).most_common()
        reasons = [(lacks, data_type, number) for (lacks, data_type), number in counts]
        return refusals.replay_lacks(source, len(skipped), reasons)
    return refusals.choices_not_printed(source) if printed else refusals.engine_not_printed(source)


def _taken(tables: TableSet, build: int | None) -> list[tuple[str, int | None]]:
    """Return layers as TensorRT names them, with the combination that the engine took."""
    layers = tables["engine_layers"]
    if build is not None:
        layers = layers.filter(pl.col("build") == build)
    elif len(layers):
        layers = layers.filter(pl.col("engine").eq_missing(pl.lit(layers["engine"][-1])))
    layers = layers.filter(~pl.col("layer_type").is_in(_NO_CHOICE).fill_null(False))
    profiles = dict(tables["builds"].select("build", "profile").iter_rows())
    regions = _opened_regions(tables, layers)
    found: list[tuple[str, int | None]] = []
    for number, name, combination in layers.select("build", "name", "combination").iter_rows():
        if "_myl" not in name:
            found.append((_suffixed(name, profiles.get(number)), combination))
    found += [(_suffixed(name, profiles.get(number)), combination) for number, name, combination in regions]
    return found


def _suffixed(name: str, profile: int | None) -> str:
    return f"{name} [profile {profile}]" if profile else name


def _opened_regions(tables: TableSet, layers: pl.DataFrame) -> list[tuple[int, str, int | None]]:
    """Return fused regions in whose place a detailed print has kernels: taken is the only one that could be."""
    opened = layers.filter(pl.col("name").str.contains("_myl", literal=True))["build"].unique().to_list()
    won = tables["combinations"].filter(
        pl.col("build").is_in(opened), pl.col("purpose") == "layer", pl.col("runner") == "Myelin",
        pl.col("tactic").is_not_null(),
    )  # fmt: skip
    names = dict(tables["layers"].select("layer", "name").iter_rows())
    of: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, layer, combination in won.select("build", "layer", "combination").iter_rows():
        if names.get(layer) is not None:
            of[number, names[layer]].append(combination)
    return [(number, name, found[0] if len(found) == 1 else None) for (number, name), found in of.items()]


class _Maker:
    """Makes the entry of a combination."""

    def __init__(self, tables: TableSet) -> None:
        rows = tables["combinations"].iter_rows(named=True)
        self._combinations: dict[int, dict[str, Any]] = {row["combination"]: row for row in rows}
        ids: dict[str, set[str]] = defaultdict(set)
        pairs = tables["runners"].select("runner", "runner_id").drop_nulls().unique(maintain_order=True)
        for runner, runner_id in pairs.iter_rows():
            ids[runner].add(runner_id)
        self._ids = {runner: found.pop() for runner, found in ids.items() if len(found) == 1}

    def entry(self, layer: str, number: int | None) -> dict[str, Any] | Skipped:
        """Return the entry of a layer, or what the log lacks to make it."""
        row = self._combinations.get(number) if number is not None else None
        if row is None:
            return Skipped(layer, "combination")
        origin = self._combinations.get(row["origin"], row)
        runner, tactic = row["runner"] or origin["runner"], row["tactic"] or origin["tactic"]
        # a result that is repeated from the cache names its runner without the id; a runner has one id
        runner_id = row["runner_id"] or origin["runner_id"] or self._ids.get(runner)
        if runner is None:
            return Skipped(layer, "winner")
        if runner_id is None:
            return Skipped(layer, "runner_id")
        if tactic is None:
            return Skipped(layer, "tactic")
        if row["inputs"] is None or row["outputs"] is None:
            return Skipped(layer, "formats")
        for tensor in (*row["inputs"], *row["outputs"]):
            if tensor["dtype"] not in _TYPES:
                return Skipped(layer, "data_type", tensor["dtype"])
            if not all(stride.isdecimal() for stride in tensor["strides"]):
                return Skipped(layer, "strides")
        value = int(tactic, 16)
        return {
            "implementation": int(runner_id, 16),
            "tactic": value - 2**64 if value >= 2**63 else value,
            "inputs": [_tensor(tensor) for tensor in row["inputs"]],
            "outputs": [_tensor(tensor) for tensor in row["outputs"]],
            "polygraphy_class": "Algorithm",
        }


def _tensor(tensor: dict[str, Any]) -> dict[str, Any]:
    packed = tensor["vector_dim"] is not None
    return {
        "dtype": f"DataType.{_TYPES[tensor['dtype']]}",
        "strides": [int(stride) for stride in tensor["strides"]],
        "vectorized_dim": tensor["vector_dim"] if packed else -1,
        "components_per_element": tensor["vector_width"] if packed else 1,
        "polygraphy_class": "TensorInfo",
    }
