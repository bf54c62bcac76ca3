"""Which files went with a log and what they gave, one line per file."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tacticlens.tables.table_set import TableSet
from tacticlens.views.blocks import Block, line
from tacticlens.words import count, plain

_WORDS = {
    "filled": "filled in", "agrees": "as in the log", "disagrees": "against the log",
    "outranked": "not used, as the log has better", "shared": "of several layers", "unmatched": "of no layer",
}  # fmt: skip
_KINDS = {"layers": "layers", "profile": "profile", "times": "times", "nsys": "kernels", "onnx": "nodes"}


def joined_lines(tables: TableSet) -> Iterator[Block]:
    """Yield ``With build.profile.json (profile): 24 values filled in, 2 against the log``."""
    for (file, kind), rows in tables.joined.group_by(["file", "kind"], maintain_order=True):
        counts = dict(rows.group_by("result").agg(pl.len()).iter_rows())
        parts = [f"{counts[result]:,} {word}" for result, word in _WORDS.items() if result in counts]
        total = count(rows.height, "value")
        yield line(f"With {plain(str(file))} ({_KINDS[str(kind)]}): {total}, {', '.join(parts)}")
