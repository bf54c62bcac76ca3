"""TL018: the build keeps nothing of what it measured."""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL018",
    "timing-cache-not-used",
    "Timing cache is local or disabled",
    what="TensorRT says that its timing cache is local to the build, or disabled: the measurements are "
    "lost at the end. One finding per log; versions without a timing cache (before 8.0) are left out.",
    why="Every build measures all tactics again, and near ties turn out differently each time.",
    action="`--timingCacheFile=timing.cache`; one file per GPU model and TensorRT version.",
    example="`The timing cache is local: 68 measurements are lost` (TensorRT 8.5.1), after 1.75 s of "
    "selecting tactics.",
)
_KEPT = ["global", "loaded", "serialized"]


def find(context: Context) -> list[Finding]:
    cache = context.tables.timing_cache
    lost = cache.filter(pl.col("event").is_in(["local", "disabled"]))
    if lost.is_empty() or len(cache.filter(pl.col("event").is_in(_KEPT))):
        return []
    advice = context.advice
    if advice.cache is None:
        return []
    builds = context.tables.builds
    spent_s = float(builds["selection_s"].sum() or 0.0)
    deleted = cache.filter(pl.col("event") == "deleted", pl.col("entries").is_not_null())
    entries = int(deleted["entries"].sum() or 0)
    engines = builds["engine"].drop_nulls().unique().to_list()
    disabled = set(lost["event"].to_list()) == {"disabled"}
    return [
        KIND.found(
            title=f"The timing cache is {'disabled' if disabled else 'local'}: "
            + ("{entries:measurement is/measurements are} lost" if entries else "nothing measured is kept"),
            why=(
                "Selecting tactics took {spent_s} in {builds:build}." if spent_s else "",
                "The next build measures everything again, and close races may end differently.",
            ),
            action="Keep them with {cache}, one file per GPU model and TensorRT version.",
            facts={"entries": entries, "spent_s": spent_s, "builds": len(builds), "cache": advice.cache},
            engine=engines[0] if len(engines) == 1 else None,
            lines=[*lost["line"].to_list(), *deleted["line"].to_list()],
            rows=[
                {"table": "timing_cache", **row} for row in pl.concat([lost, deleted]).iter_rows(named=True)
            ],
        )
    ]
