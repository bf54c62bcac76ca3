"""TL018: the build keeps nothing of what it measured.

What it finds: builds with a local timing cache, or with the cache disabled. Why it matters: every build measures all
tactics again, and near ties fall differently each time. How to act: give the cache a file. Example: 34.6 s became
7.7 s in one framework's measurements.
"""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, seconds

KIND = FindingKind(
    "TL018",
    "timing-cache-not-used",
    "Timing cache is local or disabled",
    "TensorRT says that its timing cache is local to the build, or disabled: the measurements are lost "
    "at the end. One "
    "finding per log; works without engine layers.",
)
_KEPT = ["global", "loaded", "serialized"]


def find(context: Context) -> list[Finding]:
    """Return at most one finding per log."""
    cache = context.tables.timing_cache
    lost = cache.filter(pl.col("event").is_in(["local", "disabled"]))
    if lost.is_empty() or len(cache.filter(pl.col("event").is_in(_KEPT))):
        return []
    builds = context.tables.builds
    spent_s = float(builds["selection_s"].sum() or 0.0)
    deleted = cache.filter(pl.col("event") == "deleted", pl.col("entries").is_not_null())
    entries = int(deleted["entries"].sum() or 0)
    spent = f"; selecting tactics took {seconds(spent_s)}" if spent_s else ""
    thrown = f" {count(entries, 'measurement')} thrown away at the end." if entries else ""
    engines = builds["engine"].drop_nulls().unique().to_list()
    word = "disabled" if set(lost["event"].to_list()) == {"disabled"} else "local"
    return [
        KIND.found(
            title=f"Timing cache is {word}: {count(len(builds), 'build')} measured from nothing{spent}",
            why="The next build of this network, or of one with equal layers, measures everything "
            "again, and close races may end "
            f"differently.{thrown}",
            action="--timingCacheFile=FILE for trtexec, config.set_timing_cache(..) for the Python API; "
            "one file per GPU model and "
            "TensorRT version.",
            engine=engines[0] if len(engines) == 1 else None,
            lines=[*lost["line"].to_list(), *deleted["line"].to_list()],
            rows=[
                {"table": "timing_cache", **row} for row in pl.concat([lost, deleted]).iter_rows(named=True)
            ],
        )
    ]
