"""Tables of a log and the files beside it -> tables in which the files fill what the log lacks.

A file never overwrites what the log says: where both say something, it agrees or it disagrees. Times have ranks: a
profile stands above what a tactic took when it was measured alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import polars as pl

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.join.match import plain_name
from tacticlens.join.model import FileKernel, FileLayer, SideFile
from tacticlens.network.model import Network, between_nodes
from tacticlens.tables.engine_layers import layers_frame
from tacticlens.tables.engine_ops import judge_regions
from tacticlens.tables.families import with_layer_families
from tacticlens.tables.frames import conform
from tacticlens.tables.schema import TABLES
from tacticlens.tables.table_set import TableSet

_ENDS = 2
_SAME = 0.01
"""Two measurements that differ by less are the same one, rounded."""
_TIMES_FROM_ALONE = frozenset({"none", "tactic", "twin"})


class JoinedTables(TableSet):
    """The tables of a log, some of them filled up from files."""

    def __init__(self, base: TableSet, filled: dict[str, pl.DataFrame]) -> None:
        self._base = base
        self._filled = filled

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._filled[name] if name in self._filled else self._base[name]

    def slim(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table."""
        return super().slim(name, columns) if name in self._filled else self._base.slim(name, columns)

    def count_by(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return how often each combination of values stands in a table."""
        return super().count_by(name, columns) if name in self._filled else self._base.count_by(name, columns)

    def forget(self, name: str) -> None:
        """Let go of a table that will not be asked for again; what files filled stays."""
        if name not in self._filled:
            self._base.forget(name)


@dataclass
class _Join:
    """The engine's layers as rows while files fill them, and what each file did."""

    rows: list[dict[str, Any]]
    engine: int | None
    done: list[dict[str, Any]] = field(default_factory=list)

    def note(
        self, file: SideFile, result: str, *, name: str | None = None, row: dict[str, Any] | None = None,
        column: str | None = None, log_value: object = None, file_value: object = None,
    ) -> None:  # fmt: skip
        self.done.append({
            "kind": file.kind, "file": file.source, "engine": row["engine"] if row else None,
            "position": row["position"] if row else None, "name": row["name"] if row else name, "column": column,
            "result": result, "log_value": _said(log_value), "file_value": _said(file_value),
        })  # fmt: skip

    def compare(self, file: SideFile, row: dict[str, Any], column: str, value: str) -> None:
        """Fill a column of a row, or hold the file against what is there."""
        if row[column] is None:
            self.note(file, "filled", row=row, column=column, file_value=value)
            row[column] = value
        elif column == "kernel":
            same = plain_name(row[column]) == plain_name(value)
            self.note(file, "agrees" if same else "disagrees", row=row, column=column, log_value=row[column],
                      file_value=value)  # fmt: skip
        else:
            same = row[column] == value
            self.note(file, "agrees" if same else "disagrees", row=row, column=column, log_value=row[column],
                      file_value=value)  # fmt: skip


def _said(value: object) -> str | None:
    return None if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def join(tables: TableSet, files: Sequence[SideFile]) -> TableSet:
    """Return the tables with what the files add.

    ``engine_layers``, ``profile`` and ``performance`` may have more values and rows, ``joined`` says of each value
    which file it is from, and where log and file disagree.
    """
    if not files:
        return tables
    layers = tables.engine_layers
    names = {layer.name for file in files for layer in file.layers} | {
        r.name for f in files for r in f.profile
    }
    engine = _engine_of(layers, names)
    rows = layers.rows(named=True)
    for row in rows:
        for side in ("inputs", "outputs"):
            row[side] = tuple(
                EngineTensor(t["name"], t["dtype"], tuple(t["dims"]), t["format"]) for t in row[side]
            )
    work = _Join(rows, engine)
    filled: dict[str, pl.DataFrame] = {}
    for file in sorted(
        files, key=lambda file: ("layers", "onnx", "profile", "times", "nsys").index(file.kind)
    ):
        if file.kind == "layers":
            _layers(work, file)
        elif file.kind == "onnx" and file.network is not None:
            _nodes(work, file, file.network)
        elif file.kind == "profile":
            filled["profile"] = _profile(work, file, filled.get("profile", tables.profile), tables)
        elif file.kind == "times":
            filled["performance"] = _times(work, file, filled.get("performance", tables.performance), tables)
        else:
            _kernels(work, file)
    frame = with_layer_families(
        layers_frame({name: [row.get(name) for row in work.rows] for name in TABLES["engine_layers"]})
    )
    filled["engine_layers"] = conform(judge_regions(frame, tables.engine_ops), "engine_layers")
    filled["joined"] = pl.DataFrame(work.done, schema=TABLES["joined"], orient="row")
    return JoinedTables(tables, filled)


def _engine_of(layers: pl.DataFrame, names: set[str]) -> int | None:
    """Return the engine that has most of the names; the last one of several."""
    counts: dict[int | None, int] = {}
    for engine, name in layers.select("engine", "name").iter_rows():
        counts[engine] = counts.get(engine, 0) + (name in names)
    best = max(counts.values(), default=0)
    return next((engine for engine in reversed(counts) if counts[engine] == best), None)


def _by_name(work: _Join) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in work.rows:
        if row["engine"] == work.engine:
            rows[row["name"]].append(row)
    return rows


def _layers(work: _Join, file: SideFile) -> None:
    known = _by_name(work)
    if not known:
        work.rows.extend(_row(layer, position) for position, layer in enumerate(file.layers, 1))
        for row in work.rows:
            work.note(file, "filled", row=row, column="name", file_value=row["name"])
        return
    for layer in file.layers:
        if not known.get(layer.name):
            work.note(file, "unmatched", name=layer.name)
            continue
        row = known[layer.name].pop(0)
        if row["layer_type"] is None and layer.layer_type is not None:
            work.compare(file, row, "layer_type", layer.layer_type)  # the log spells types otherwise
        if layer.tactic is not None:
            work.compare(file, row, "tactic", layer.tactic)
        if layer.kernel is not None:
            missing = row["kernel"] is None
            work.compare(file, row, "kernel", layer.kernel)
            row["kernel_source"] = "layer_info" if missing else row["kernel_source"]
        if not row["inputs"] and not row["outputs"] and (layer.inputs or layer.outputs):
            row["inputs"], row["outputs"] = layer.inputs, layer.outputs
            work.note(file, "filled", row=row, column="inputs")
        if layer.onnx_nodes and not row["onnx_nodes"]:
            row["onnx_nodes"] = list(layer.onnx_nodes)
            work.note(file, "filled", row=row, column="onnx_nodes", file_value=", ".join(layer.onnx_nodes))


def _row(layer: FileLayer, position: int) -> dict[str, Any]:
    nodes = onnx_nodes(layer.name) if layer.onnx_nodes is None else layer.onnx_nodes
    return {
        "engine": None, "build": None, "position": position, "name": layer.name, "layer_type": layer.layer_type,
        "tactic": layer.tactic, "kernel": layer.kernel, "kernel_source": "layer_info" if layer.kernel else "none",
        "time_ms": None, "time_source": "none", "combination": None, "inputs": layer.inputs, "outputs": layer.outputs,
        "onnx_nodes": list(nodes), "line": None,
    }  # fmt: skip


def _nodes(work: _Join, file: SideFile, network: Network) -> None:
    """Give a fused region that prints its first and last node only the nodes that lie between them."""
    rows = [row for row in work.rows if row["engine"] == work.engine]
    known = {node.name for node in network.nodes}
    carried = {node for row in rows for node in row["onnx_nodes"]}
    for row in rows:
        if not row["onnx_nodes"]:
            continue
        for node in row["onnx_nodes"]:
            if node not in known and node.split(" | ", 1)[0] not in known:
                work.note(file, "unmatched", row=row, column="onnx_nodes", log_value=node)
        if not abridged(row["name"], row["onnx_nodes"]):
            work.note(file, "agrees", row=row, column="onnx_nodes", log_value=", ".join(row["onnx_nodes"]))
            continue
        ends = [node for node in row["onnx_nodes"] if node in known]
        between = [name for name in between_nodes(network, ends) if name not in carried]
        if between:
            row["onnx_nodes"] = [ends[0], *between, *ends[1:]]
            work.note(file, "filled", row=row, column="onnx_nodes", file_value=", ".join(between))


def abridged(name: str, nodes: Sequence[str]) -> bool:
    """Tell whether a layer is a fused region of which only the ends are known."""
    return "ForeignNode[" in name and "..." in name and len(nodes) <= _ENDS


def _profile(work: _Join, file: SideFile, there: pl.DataFrame, tables: TableSet) -> pl.DataFrame:
    waiting = _by_name(work)
    for measured in file.profile:
        time = measured.median_ms if measured.median_ms is not None else measured.average_ms
        rows = waiting.get(measured.name)
        if not rows:
            work.note(file, "unmatched", name=measured.name, column="time_ms", file_value=time)
        elif time is not None:
            row = rows.pop(0)
            if row["time_source"] in _TIMES_FROM_ALONE:
                work.note(
                    file, "filled", row=row, column="time_ms", log_value=row["time_ms"], file_value=time
                )
                row["time_ms"], row["time_source"] = time, "profile"
            else:
                same = math.isclose(row["time_ms"], time, rel_tol=_SAME, abs_tol=1e-6)
                work.note(file, "agrees" if same else "disagrees", row=row, column="time_ms",
                          log_value=row["time_ms"], file_value=time)  # fmt: skip
    if not there.is_empty():
        return there
    run = _run(tables)
    rows_of_file = [
        {"run": run, "iterations": file.iterations, "name": r.name, "total_ms": r.total_ms,
         "average_ms": r.average_ms, "median_ms": r.median_ms, "percent": r.percent, "line": None}
        for r in file.profile
    ]  # fmt: skip
    return pl.DataFrame(rows_of_file, schema=TABLES["profile"], orient="row")


def _run(tables: TableSet) -> int:
    runs = [tables[name]["run"].max() for name in ("options", "performance")]
    return max((run for run in runs if isinstance(run, int)), default=0)


def _times(work: _Join, file: SideFile, there: pl.DataFrame, tables: TableSet) -> pl.DataFrame:
    known = {
        (metric, statistic): value
        for metric, statistic, value in there.select("metric", "statistic", "value").iter_rows()
    }
    run, added = _run(tables), []
    for metric, values in file.times:
        ordered = sorted(values)
        statistics = {
            "min": ordered[0], "max": ordered[-1], "mean": math.fsum(ordered) / len(ordered),
            "median": median(ordered), "percentile 99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        }  # fmt: skip
        before = known.get((metric, "median"))
        if before is None:
            added += [
                {"run": run, "metric": metric, "statistic": name, "value": value, "unit": "ms", "line": None}
                for name, value in statistics.items()
            ]
            work.note(file, "filled", name=metric, column="median", file_value=statistics["median"])
        else:
            same = math.isclose(before, statistics["median"], rel_tol=_SAME)
            work.note(file, "agrees" if same else "disagrees", name=metric, column="median", log_value=before,
                      file_value=statistics["median"])  # fmt: skip
    return pl.concat([there, pl.DataFrame(added, schema=TABLES["performance"], orient="row")])


def _kernels(work: _Join, file: SideFile) -> None:
    """Give layers the time of the kernel that only they run, or of the range that has their name."""
    names, kernels, nodes = _by_name(work), defaultdict(list), defaultdict(list)
    for row in (row for rows in names.values() for row in rows):
        for node in row["onnx_nodes"]:
            nodes[node].append(row)
        if row["kernel"] is not None:
            kernels[plain_name(row["kernel"])].append(row)
    inside: dict[int, list[FileKernel]] = defaultdict(list)
    for kernel in file.kernels:
        rows = (
            names.get(kernel.layer or "")
            or nodes.get(kernel.layer or "")
            or kernels.get(plain_name(kernel.kernel))
        )
        if not rows:
            work.note(file, "unmatched", name=kernel.layer, column="kernel", file_value=kernel.kernel)
        elif len(rows) > 1:
            work.note(file, "shared", name=kernel.layer, column="time_ms", file_value=kernel.kernel)
        else:
            inside[rows[0]["position"]].append(kernel)
    for row in (row for rows in names.values() for row in rows):
        seen = inside.get(row["position"])
        if not seen:
            continue
        if len(seen) == 1:
            missing = row["kernel"] is None
            work.compare(file, row, "kernel", seen[0].kernel)
            row["kernel_source"] = "nsys" if missing else row["kernel_source"]
        runs = min(kernel.instances for kernel in seen)
        time = math.fsum(kernel.median_ms * (kernel.instances / runs) for kernel in seen)
        if row["time_source"] in _TIMES_FROM_ALONE:
            work.note(file, "filled", row=row, column="time_ms", log_value=row["time_ms"], file_value=time)
            row["time_ms"], row["time_source"] = time, "nsys"
        else:
            same = math.isclose(row["time_ms"], time, rel_tol=0.1)
            work.note(file, "agrees" if same else "disagrees", row=row, column="time_ms",
                      log_value=row["time_ms"], file_value=time)  # fmt: skip
