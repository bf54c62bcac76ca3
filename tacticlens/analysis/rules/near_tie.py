"""TL011: the second fastest candidate is almost as fast as the winner.

What it finds: engine layers whose kernel leads its format combination by no more than 2 %. Why it matters: the times
of one tactic differ by 1 to 2 % from build to build, so the next build may take the other kernel: other accuracy,
other engine, a diff without a cause. How to act: keep a timing cache, lock the clocks, average over more runs.
Example: in three builds of one network 6 to 8 of 29 measured groups changed their winner.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, ms, percent, short

KIND = FindingKind(
    "TL011",
    "near-tie",
    "Winner and runner-up are within 2 %",
    "In the format combination that the engine took, the next candidate was at most 2 % slower. One "
    "finding per engine "
    "lists them, the closest first. Without a printed engine the winners of format combinations are "
    "looked at, and "
    "the finding says so.",
)
MARGIN = 0.02
_SHOWN = 3
_ACTION = (
    "For builds that repeat: --timingCacheFile=FILE, lock the clocks (nvidia-smi --lock-gpu-clocks), "
    "raise --avgTiming and "
    "--minTiming. Do not read a change of these layers' kernels as an effect of your edit."
)


def find(context: Context) -> list[Finding]:
    """Return one finding per engine, or one for the winners of a log without engine layers."""
    if not context.engines:
        rows = _ties(context, context.combinations.filter(pl.col("result") == "timed"), [])
        where = "the log, which prints no engine: these won their format combination"
        return [_finding(rows.to_dicts(), None, where)] if len(rows) else []
    by_engine: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for row in _ties(context, context.chosen, ["engine", "position"]).iter_rows(named=True):
        by_engine[row["engine"]].append(row)
    found = []
    for engine in context.engines:
        positions = {layer.position for layer in engine.layers}
        rows_of = [row for row in by_engine.get(engine.number, ()) if row["position"] in positions]
        if rows_of:
            found.append(_finding(rows_of, engine, "the engine"))
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


def _finding(listed: list[dict[str, Any]], engine: EngineView | None, where: str) -> Finding:
    different = {row["measured"]: row for row in reversed(listed)}  # equal layers share a measurement
    closest = "; ".join(
        f"{short(str(row['name']), 50)} {ms(row['time_ms'])} against {ms(row['time_ms_next'])}, "
        f"+{percent(row['margin'])}"
        for row in sorted(different.values(), key=lambda row: (row["margin"], row["line"]))[:_SHOWN]
    )
    stake = sum(float(row["gap_ms"]) for row in listed) if engine else None
    cost = f" If all of them flip, the layers take {ms(stake)} more." if stake is not None else ""
    return KIND.found(
        title=f"{count(len(listed), 'winner')} within 2 % of the runner-up; closest by "
        f"{percent(listed[0]['margin'])}",
        why=f"In {where}. Closest: {closest}.{cost} Times of a tactic differ by more than that from "
        "build to build.",
        action=_ACTION,
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
