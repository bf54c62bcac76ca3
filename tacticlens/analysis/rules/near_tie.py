"""TL011: the second fastest candidate is almost as fast as the winner."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL011",
    "near-tie",
    "Winner and runner-up are within 2 %",
    what="In the format combination that the engine took, the next candidate is at most 2 % slower. The same "
    "kernel from another runner does not count. Without a printed engine the winners of format combinations "
    "are compared, and the finding says so. The stake is the extra time if all of them flip.",
    why="The time of one tactic differs by 1 to 2 % from build to build (median of three builds of one network; "
    "at worst by far more), so the next build may take the other kernel, with another accuracy, without any "
    "change to your network.",
    action="Keep the measurements in a timing cache (TensorRT 8 and later), lock the clocks, average over "
    "more runs. Do not read a change of such a layer's kernel as an effect of your edit.",
    example="`/head/Gemm` 0.00256 ms against 0.00257 ms, 0.4 % apart (TensorRT 8.5.1).",
)
MARGIN = 0.02


def find(context: Context) -> list[Finding]:
    if not context.engines:
        rows = _ties(context, context.combinations.filter(pl.col("result") == "timed"), [])
        return [_finding(context, rows.to_dicts(), None)] if len(rows) else []
    by_engine: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for row in _ties(context, context.chosen, ["engine", "position"]).iter_rows(named=True):
        by_engine[row["engine"]].append(row)
    found = []
    for engine in context.engines:
        positions = {layer.position for layer in engine.layers}
        rows_of = [row for row in by_engine.get(engine.number, ()) if row["position"] in positions]
        if rows_of:
            found.append(_finding(context, rows_of, engine))
    return found


def _ties(context: Context, winners: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Add the runner-up to winners; keep those within the margin, closest first.

    Args:
        context: the log.
        winners: rows with name, measured and tactic.
        keys: further columns of them to keep.
    """
    timed = (
        context.tactics.filter(pl.col("status") == "timed", pl.col("time_ms") > 0)
        .select("measured", "tactic", "kernel", "time_ms", "line")
        .join(winners.select("measured").unique(), on="measured", how="semi")
        .sort("measured", "time_ms", "line")
    )
    best = timed.join(winners.select("measured", "tactic").unique(), on=["measured", "tactic"], how="semi")
    best = best.group_by("measured", maintain_order=True).first()
    # one kernel may be listed twice, by two runners: it is no second candidate
    won = best.select("measured", "tactic", pl.col("kernel").alias("_kernel"))
    other = pl.col("kernel").is_null() | pl.col("kernel").ne_missing(pl.col("_kernel"))
    others = timed.join(won, on="measured", how="inner", suffix="_won", maintain_order="left").filter(
        pl.col("tactic") != pl.col("tactic_won"), other
    )
    second = others.group_by("measured", maintain_order=True).first().drop("tactic_won", "_kernel")
    pairs = best.join(second, on="measured", how="inner", suffix="_next", maintain_order="left").with_columns(
        (pl.col("time_ms_next") - pl.col("time_ms")).alias("gap_ms"),
        (pl.col("time_ms_next") / pl.col("time_ms") - 1.0).alias("margin"),
    )
    close = pairs.filter(pl.col("margin").is_between(0.0, MARGIN + 1e-9))
    return (
        winners.select("name", "measured", *keys)
        .join(close, on="measured", how="inner", maintain_order="left")
        .sort("margin", "line", "name", maintain_order=True)
    )


def _finding(context: Context, listed: list[dict[str, Any]], engine: EngineView | None) -> Finding:
    first = listed[0]
    stake = sum(float(row["gap_ms"]) for row in listed) if engine else None
    advice = context.advice
    averaging = advice.setting("--avgTiming", "32")
    return KIND.found(
        title="{ties:layer won/layers won} by at most 2 %, the closest by {closest_gap}"
        if engine
        else "{ties:format combination was won/format combinations were won} by at most 2 %",
        why=(
            "The closest: {layer:name}, {own_ms} against {next_ms}.",
            "If all of them flip, the layers take {stake_ms} more." if stake else "",
            "The log prints no engine: whether these winners are in it is unknown." if engine is None else "",
            "Times of one tactic differ by more than that from build to build.",
        ),
        action=(
            "For builds that repeat: keep the measurements with {cache}." if advice.cache else "",
            "Lock the clocks ({clocks}).",
            "Average over more runs: {averaging}." if averaging else "",
            "Do not read a change of these layers' kernels as an effect of your edit.",
        ),
        facts={
            "ties": len(listed), "closest_gap": float(first["margin"]), "layer": str(first["name"]),
            "own_ms": first["time_ms"], "next_ms": first["time_ms_next"], "stake_ms": stake, "cache": advice.cache,
            "averaging": averaging, "clocks": advice.clocks,
        },
        stake_ms=stake,
        engine=engine.number if engine else None,
        build=engine.build if engine else None,
        layers=[str(row["name"]) for row in listed],
        lines=[line for row in listed for line in (row["line"], row["line_next"])],
        rows=[
            {
                "table": "tactics", "combination": row["measured"], "name": row["name"], "tactic": row["tactic"],
                "time_ms": row["time_ms"], "next_tactic": row["tactic_next"], "next_time_ms": row["time_ms_next"],
                "margin": row["margin"], "line": row["line"],
            }
            for row in listed
        ],
    )  # fmt: skip
