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
    # a table may list one tactic twice, with other parameters: its fastest row is the selected one
    taken = (
        rows.select("op_table", "tactic_hash", "time_ms")
        .with_row_index("_row")
        .join(printed, on=["op_table", "tactic_hash"], how="semi")
        .sort("time_ms", nulls_last=True, maintain_order=True)
        .group_by("op_table", "tactic_hash", maintain_order=True)
        .first()
    )
    of_printed = pl.col("op_table").is_in(printed["op_table"].implode())
    is_taken = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(taken["_row"].implode())
    marked = rows.with_columns(chosen=pl.when(of_printed).then(is_taken))
    alone = printed.join(rows, on=["op_table", "tactic_hash"], how="anti").with_columns(chosen=pl.lit(True))
    if alone.is_empty():
        return marked  # in the order of their lines
    return pl.concat([marked, alone], how="diagonal").sort("line", maintain_order=True)
