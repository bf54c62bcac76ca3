"""The result of a comparison, and its changes as the rows that JSON, CSV and Parquet have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

import polars as pl

from tacticlens.diff.model import BuildSummary, Change, Judgement, Layer, Summary

_LIST = pl.List(pl.String)
OF_LAYERS: dict[str, Callable[[Layer], str | None]] = {
    "layers": lambda layer: layer.name,
    "kernels": lambda layer: layer.kernel,
    "tactics": lambda layer: layer.tactic,
    "runners": lambda layer: layer.runner,
    "families": lambda layer: layer.family,
    "tensor_core": lambda layer: layer.tensor_core,
    "precision": lambda layer: layer.precision,
    "formats": lambda layer: layer.formats,
    "shapes": lambda layer: layer.shape,
}
JUDGED = tuple(field.name for field in fields(Judgement))
"""Columns that a judgement has."""
SCHEMA: dict[str, Any] = {
    "change": pl.Int64, "cause": pl.String, "kinds": _LIST, "how": pl.String, "sure": pl.Float64,
    "old_ms": pl.Float64, "new_ms": pl.Float64, "delta_ms": pl.Float64, "verdict": pl.String, "reason": pl.String,
    "gap_old": pl.Float64, "gap_new": pl.Float64, "typical": pl.Float64, "largest": pl.Float64,
    "measurements": pl.Int64, "yardstick": pl.String, "repeats": pl.Int64, "largest_fall": pl.Float64,
    "gap_usual": pl.Float64, "moved_old": pl.Float64, "moved_new": pl.Float64,
    "candidates_added": pl.Int64, "candidates_removed": pl.Int64,
    **{f"{side}_{name}": _LIST for name in OF_LAYERS for side in ("old", "new")},
    "old_between": _LIST, "new_between": _LIST, "onnx_nodes": _LIST,
    "old_lines": pl.List(pl.Int64), "new_lines": pl.List(pl.Int64),
}  # fmt: skip
"""Columns of the table of changes."""


def row(number: int, change: Change) -> dict[str, Any]:
    """Return a change as a row; lists have one value per layer of their side, null where it is not known."""
    match = change.match
    judged = asdict(change.judgement) if change.judgement else {}
    values: dict[str, Any] = {
        "change": number, "cause": change.cause, "kinds": list(change.kinds), "how": match.how, "sure": match.sure,
        "old_ms": change.old_ms, "new_ms": change.new_ms, "delta_ms": change.delta_ms,
        **{name: judged.get(name) for name in JUDGED},
        "candidates_added": change.candidates_added, "candidates_removed": change.candidates_removed,
    }  # fmt: skip
    for name, value in OF_LAYERS.items():
        values[f"old_{name}"] = [value(layer) for layer in match.old]
        values[f"new_{name}"] = [value(layer) for layer in match.new]
    values["old_between"] = [layer.name for layer in change.old_between]
    values["new_between"] = [layer.name for layer in change.new_between]
    values["onnx_nodes"] = list(
        dict.fromkeys(node for layer in (*match.old, *match.new) for node in layer.nodes)
    )
    values["old_lines"] = [layer.line for layer in match.old]
    values["new_lines"] = [layer.line for layer in match.new]
    return values


@dataclass(frozen=True)
class Diff:
    """What changed from one build to another; the changes that cost or save most first."""

    old: BuildSummary
    new: BuildSummary
    summary: Summary
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        sides = {"old": asdict(self.old), "new": asdict(self.new), "summary": asdict(self.summary)}
        return {**sides, "changes": [row(number, change) for number, change in enumerate(self.changes, 1)]}

    def frame(self, top: int | None = None) -> pl.DataFrame:
        """Return the table of changes, its first rows only if asked."""
        return pl.DataFrame(
            [row(number, change) for number, change in enumerate(self.changes[:top], 1)], schema=SCHEMA
        )
