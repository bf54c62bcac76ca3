"""TL012: tactics were not tried because the workspace was too small.

What it finds: skipped tactics with the memory that they really need. Why it matters: TensorRT's warning prints the
budget as "requested size"; the need stands only in the verbose line above it. Whether a skipped tactic would have won
is unknown: it was never timed. How to act: raise the workspace to the need if the GPU has it. Example: `requested size
of 2688` with a need of 852992 bytes.
"""

from __future__ import annotations

import re

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, mib, short, size_text

KIND = FindingKind(
    "TL012",
    "tactic-skipped-for-memory",
    "Tactics skipped because the workspace is too small",
    "Tactics whose scratch memory exceeds the workspace were skipped. The finding gives the true need "
    "and the flag that "
    "allows it. One finding per engine; works without engine layers.",
)
_FIRST_WITH_POOLS = (8, 4)
_BINARY_UNIT = re.compile(r"workspace:(\d+)([KMG])i?B\b")
_COLUMNS = [
    "build", "layer", "combination", "runner", "tactic", "status", "reason", "needed_bytes", "available_bytes", "line",
]  # fmt: skip


def find(context: Context) -> list[Finding]:
    """Return one finding per engine whose builds skipped tactics for memory."""
    builds = context.tables.builds.select("build", "engine")
    skipped = (
        context.tables.slim("tactics", _COLUMNS)
        .filter(
            pl.col("status") != "timed",
            pl.col("needed_bytes").is_not_null() | pl.col("reason").str.contains("memory"),
            ~pl.col("build").is_in(context.dropped_builds),
        )
        .join(builds, on="build", how="left", maintain_order="left")
        .join(context.tables.layers.select("layer", "name"), on="layer", how="left", maintain_order="left")
    )
    groups = skipped.partition_by("engine", maintain_order=True) if len(skipped) else []
    return [_finding(context, rows) for rows in groups]


def _finding(context: Context, rows: pl.DataFrame) -> Finding:
    needs = rows.filter(pl.col("needed_bytes").is_not_null()).sort(
        "needed_bytes", "line", descending=[True, False]
    )
    names = [name for name in rows["name"].unique(maintain_order=True) if name is not None]
    of_layers = f" of {count(len(names), 'layer')}" if names else ""
    had = sorted(int(size) for size in rows["available_bytes"].drop_nulls().unique())
    budget = (
        f" with {' to '.join(size_text(size) for size in dict.fromkeys((had[0], had[-1])))} allowed"
        if had
        else ""
    )
    first = f" First: {short(names[0])}." if names else ""
    if needs.is_empty():
        need_text = "the log does not print the need"
        action = "The number in the warning is the budget, not the need: build again with --verbose to "
        "see the need."
    else:
        largest, smallest = int(needs["needed_bytes"][0]), int(needs["needed_bytes"][-1])
        least = "" if largest == smallest else f"; {_flag(context, smallest)} allows the smallest"
        need_text = f"need up to {size_text(largest)}"
        action = (
            f"{_flag(context, largest)} (MiB) allows all of them{least}. The workspace is a limit, not "
            "a demand; what the GPU does "
            f"not have cannot be given.{_misread(context)}"
        )
    return KIND.found(
        title=f"{count(len(rows), 'tactic')}{of_layers} skipped for memory: {need_text}{budget}",
        why=f"They were never timed, so what they would win is unknown.{first}",
        action=action,
        engine=rows["engine"][0],
        build=rows["build"][0] if rows["build"].n_unique() == 1 else None,
        layers=names,
        lines=rows["line"].to_list(),
        rows=[
            {"table": "tactics", **row}
            for row in rows.select(
                "build",
                "combination",
                "runner",
                "tactic",
                "reason",
                "needed_bytes",
                "available_bytes",
                "line",
            ).iter_rows(named=True)
        ],
    )


def _misread(context: Context) -> str:
    """Tell of a size that trtexec took for bytes: it knows the suffixes B, K, M and G, and reads MiB as B."""
    written = _BINARY_UNIT.search(context.command)
    return f" trtexec read {written[0]} as bytes: write {written[1]}{written[2]} instead." if written else ""


def _flag(context: Context, size: int) -> str:
    if context.version and context.version[:2] < _FIRST_WITH_POOLS:
        return f"--workspace={mib(size)}"
    flag = f"--memPoolSize=workspace:{mib(size)}"
    return flag if context.version else f"{flag} (before 8.4 --workspace={mib(size)})"
