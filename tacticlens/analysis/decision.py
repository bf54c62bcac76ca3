"""Which combination the engine has of a layer, and how that is known: codes, numbers and lines, no words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from tacticlens.tables.table_set import TableSet

Code = Literal[
    "no_engine", "region", "absent", "opened", "not_costed", "reformat", "only", "tactic", "formats", "open", "misfit",
]  # fmt: skip
"""How it is known, or why it is not.

no_engine: the log prints no engine layers; region: the layer is a fused region that the engine does not print; absent:
no engine layer has this name; opened: the engine prints the region's kernels; not_costed: nothing was tried for it;
reformat: by the formats of its tensors; only: there is one combination; tactic: the printed tactic won one only;
formats: all others are excluded; open: several are left; misfit: none is left.
"""


@dataclass(frozen=True)
class Excluded:
    """Why some combinations cannot be the engine's.

    Attributes:
        combinations: their numbers.
        reason: as in the table `choices`.
        tensor: the tensor that shows it.
        line: the line that shows it.
        layer: the engine layer of that line; None if another kind of line shows it.
    """

    combinations: tuple[int, ...]
    reason: str
    tensor: str | None
    line: int | None
    layer: str | None


@dataclass(frozen=True)
class Decision:
    """What is known of the engine's choice.

    Attributes:
        code: how it is known, or why it is not.
        line: line of the layer in the engine, or of the first kernel of an opened region.
        tactic: the tactic that the engine prints.
        tried: number of the layer's combinations.
        left: numbers of the combinations that can be the engine's.
        excluded: why others cannot.
        equal_to: the layer whose combinations these are, where this one was not timed under its own name.
        low_ms: least time of what is left; None if one of these times is not known.
        high_ms: most time of what is left.
    """

    code: Code
    line: int | None = None
    tactic: str | None = None
    tried: int = 0
    left: tuple[int, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    equal_to: str | None = None
    low_ms: float | None = None
    high_ms: float | None = None


def choices_of(tables: TableSet, layer: dict[str, Any] | None) -> pl.DataFrame:
    """Return the rows of `choices` of one engine layer."""
    choices = tables["choices"]
    if layer is None:
        return choices.clear()
    return choices.filter(
        pl.col("engine").eq_missing(layer["engine"]), pl.col("build").eq_missing(layer["build"]),
        pl.col("position") == layer["position"],
    )  # fmt: skip


def decision(
    tables: TableSet, rows: list[dict[str, Any]], layer: dict[str, Any] | None, taken: int | None
) -> Decision:
    """Return how the choice of a layer is known.

    Args:
        tables: the tables.
        rows: rows of its combinations.
        layer: row of the engine layer; None if the log prints none.
        taken: number of the combination that the engine has; None if not known.
    """
    if layer is None:
        return Decision(_not_there(tables, rows), tried=len(rows))
    choices = choices_of(tables, layer)
    left = choices.filter(pl.col("verdict") != "excluded")
    bounds = time_bounds_of(left)
    return Decision(
        _code(rows, choices, layer, taken), layer["line"], layer["tactic"], len(rows),
        tuple(left["combination"].to_list()), _excluded(tables, choices, layer),
        None if choices["own"].all() else _owner(tables, choices), *bounds,
    )  # fmt: skip


def time_bounds_of(left: pl.DataFrame) -> tuple[float | None, float | None]:
    """Return least and most time of rows of `choices`; None if one is not known."""
    lows, highs = left["low_ms"].to_list(), left["high_ms"].to_list()
    if not lows or None in lows or None in highs:
        return None, None
    return min(lows), max(highs)


def _code(
    rows: list[dict[str, Any]], choices: pl.DataFrame, layer: dict[str, Any], taken: int | None
) -> Code:
    if layer["layer_type"] == "Reformat" and taken is not None:
        return "reformat"
    if taken is None:
        if choices.is_empty():
            return "misfit" if rows and layer["tactic"] is not None else "not_costed"
        return "misfit" if (choices["verdict"] == "excluded").all() else "open"
    if len(rows) == 1:
        return "only"
    return "tactic" if len(choices) <= 1 else "formats"


def _excluded(tables: TableSet, choices: pl.DataFrame, layer: dict[str, Any]) -> tuple[Excluded, ...]:
    out = choices.filter(pl.col("verdict") == "excluded")
    if out.is_empty():
        return ()
    of_engine = tables["engine_layers"].filter(pl.col("engine").eq_missing(layer["engine"]))
    names = dict(of_engine.select("line", "name").iter_rows())
    keys = ["reason", "tensor", "reason_line"]
    groups = out.group_by(keys, maintain_order=True).agg("combination")
    return tuple(
        Excluded(tuple(numbers), reason, tensor, line, names.get(line))
        for reason, tensor, line, numbers in groups.select(*keys, "combination").iter_rows()
    )


def _owner(tables: TableSet, choices: pl.DataFrame) -> str | None:
    numbers = choices["combination"].to_list()
    names = tables["combinations"].filter(pl.col("combination").is_in(numbers))["subject"].drop_nulls()
    return names[0] if len(names) else None


def _not_there(tables: TableSet, rows: list[dict[str, Any]]) -> Code:
    if tables["engine_layers"].is_empty():
        return "no_engine"
    region = any("{ForeignNode[" in (row["subject"] or "") for row in rows)
    return "region" if region else "absent"
