"""Printed selections from the tables of evaluated tactics, joined to the rows of these tables."""

from __future__ import annotations

import polars as pl


def with_choices(rows: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """Add ``chosen`` to the rows; null for a table without a printed selection.

    A selection without a row in the log (the log leaves rows out, or nothing was measured) becomes a row of
    its own without a kernel.

    Args:
        rows: the rows of all tables.
        choices: the selections; of several of one table the last counts.
    """
    printed = choices.sort("line").group_by("op_table", maintain_order=True).last()
    taken = printed.select("op_table", pl.col("tactic_hash").alias("_taken"))
    hit = pl.col("tactic_hash") == pl.col("_taken")
    # a table may list one tactic twice, with other parameters: its fastest row is the selected one
    first = pl.col("_row") == pl.col("_row").sort_by(
        "time_ms", nulls_last=True, maintain_order=True
    ).first().over("op_table", "tactic_hash")
    marked = (
        rows.with_row_index("_row")
        .join(taken, on="op_table", how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("_taken").is_not_null()).then(hit & first).alias("chosen"))
        .drop("_row", "_taken")
    )
    alone = printed.join(rows, on=["op_table", "tactic_hash"], how="anti").with_columns(chosen=pl.lit(True))
    return pl.concat([marked, alone], how="diagonal").sort("line", maintain_order=True)
