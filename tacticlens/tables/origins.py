"""Where a cached or repeated combination was measured.

A timing-cache hit prints the result without its candidates, and a combination with nothing under it
prints nothing at all. Both repeat a measurement of the same subject and formats made earlier in the
log; a reformat repeats one of the same formats on any tensor. If the log has none, the origin is
unknown: the cache file is older than the log, or another layer with equal parameters was measured.
"""

from __future__ import annotations

import polars as pl


def with_origins(combinations: pl.DataFrame, layer_names: pl.DataFrame) -> pl.DataFrame:
    """Add ``origin``: the combination whose candidates stand for this one, null if not known.

    Args:
        combinations: the table, in order of the log.
        layer_names: columns ``layer`` and ``name``.
    """
    data = combinations.join(layer_names, on="layer", how="left", maintain_order="left").with_columns(
        pl.coalesce("subject", "name").alias("_subject")
    )
    measured = data.filter(pl.col("result").is_in(["timed", "untimed", "no_tactic"]))
    asking = data.filter(pl.col("result").is_in(["cached", "repeated"])).select(
        "combination", "_subject", "formats", "purpose"
    )
    by_subject = _latest(asking, measured, ["_subject", "formats"])
    by_formats = _latest(
        asking.filter(pl.col("purpose") == "reformat"), measured.filter(pl.col("purpose") == "reformat"), ["formats"]
    )
    origins = (
        asking.select("combination")
        .join(by_subject, on="combination", how="left")
        .join(by_formats, on="combination", how="left", suffix="_of_formats")
        .select("combination", pl.coalesce("origin", "origin_of_formats").alias("origin"))
    )
    return combinations.join(origins, on="combination", how="left", maintain_order="left")


def _latest(asking: pl.DataFrame, measured: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return (combination, origin): the last measured combination before it with the same keys."""
    left = asking.filter(pl.all_horizontal(pl.col(key).is_not_null() for key in keys)).sort("combination")
    right = (
        measured.filter(pl.all_horizontal(pl.col(key).is_not_null() for key in keys))
        .select(*keys, pl.col("combination"), pl.col("combination").alias("origin"))
        .sort("combination")
    )
    joined = left.join_asof(right, on="combination", by=keys, strategy="backward", allow_exact_matches=False, check_sortedness=False)
    return joined.select("combination", "origin")
