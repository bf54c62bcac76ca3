"""TL012: tactics were not timed because the workspace was too small."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL012",
    "tactic-skipped-for-memory",
    "Tactics skipped because the workspace is too small",
    what="Tactics whose scratch memory exceeds the workspace, with the memory that they actually need. The "
    "number in TensorRT's warning is the budget, not the need; where only the warning is there, the need "
    "is unknown. A tactic that was timed after all in the same format combination does not count.",
    why="They were never timed, so their gain is unknown.",
    action="`--memPoolSize=workspace:N` in MiB (`--workspace=N` before 8.4), with N from the finding. "
    "trtexec reads `1024MiB` as 1024 bytes: write `1024M` or `1024`; the finding says where that happened.",
    example="MNIST built with `--memPoolSize=workspace:1024MiB` (TensorRT 10.16.1, which echoes "
    "0.000976562 MiB): 4 tactics need up to 2 MiB. The warning says 206080 bytes; the need is 1204224 "
    "bytes.",
)
_BINARY_UNIT = re.compile(r"workspace:(\d+)([KMG])i?B\b")
_COLUMNS = [
    "build", "layer", "combination", "runner", "tactic", "status", "reason", "needed_bytes", "available_bytes", "line",
]  # fmt: skip
_SHOWN = ["build", "combination", "runner", "tactic", "reason", "needed_bytes", "available_bytes", "line"]


def find(context: Context) -> list[Finding]:
    builds = context.tables.builds.select("build", "engine")
    tactics = context.tables.slim("tactics", _COLUMNS)
    timed = tactics.filter(pl.col("status") == "timed").select("combination", "tactic").unique()
    skipped = (
        tactics.filter(
            pl.col("status") != "timed",
            pl.col("needed_bytes").is_not_null() | pl.col("reason").str.contains("memory"),
            ~pl.col("build").is_in(context.dropped_builds),
        )
        .join(timed, on=["combination", "tactic"], how="anti", maintain_order="left")
        .join(builds, on="build", how="left", maintain_order="left")
        .join(context.tables.layers.select("layer", "name"), on="layer", how="left", maintain_order="left")
    )
    groups = skipped.partition_by("engine", maintain_order=True) if len(skipped) else []
    return [_finding(context, rows) for rows in groups]


def _finding(context: Context, rows: pl.DataFrame) -> Finding:
    needs = sorted(int(size) for size in rows["needed_bytes"].drop_nulls())
    budgets = sorted(int(size) for size in rows["available_bytes"].drop_nulls())
    names = [name for name in rows["name"].unique(maintain_order=True) if name is not None]
    device = context.device_bytes
    misread = _BINARY_UNIT.search(context.advice.command)
    facts: dict[str, Any] = {
        "tactics": len(rows), "layers": len(names), "first": names[0] if names else None,
        "needed_bytes": needs[-1] if needs else None,
        "least_bytes": needs[0] if needs else None, "budget_bytes": budgets[-1] if budgets else None,
        "flag": context.advice.workspace(needs[-1]) if needs else None,
        "least_flag": context.advice.workspace(needs[0]) if needs else None, "device_bytes": device,
        "written": misread[0] if misread else None, "meant": f"{misread[1]}{misread[2]}" if misread else None,
    }  # fmt: skip
    return KIND.found(
        title="{tactics:tactic was/tactics were} skipped for memory; {tactics:=it/one} needs {needed_bytes}"
        if needs
        else "{tactics:tactic was/tactics were} skipped for memory; the need is not printed",
        why=(
            "The workspace has {budget_bytes}." if budgets else "",
            "{tactics:=It belongs/They belong} to {first:name}." if len(names) == 1 else "",
            "{tactics:=It belongs/They belong} to {layers:layer}, first {first:name}." if len(names) > 1 else "",
            "{tactics:=It was/They were} never timed: {tactics:=its/their} gain is unknown.",
        ),
        action=(
            "The number in the warning is the budget: build with --verbose to see the need."
            if not needs
            else "{flag} allows {tactics:=it/all of them}."
            if device is not None and needs[-1] < device
            else "{flag} allows {tactics:=it/all of them} if the GPU has the memory."
            if device is None
            else "The GPU has {device_bytes}, too little for the largest; {least_flag} allows the smallest."
            if needs[0] < device
            else "The GPU has {device_bytes}, too little for {tactics:=it/any of them}.",
            "trtexec read {written} as bytes: write workspace:{meant}." if misread else "",
        ),
        facts=facts,
        engine=rows["engine"][0],
        build=rows["build"][0] if rows["build"].n_unique() == 1 else None,
        layers=names,
        lines=rows["line"].to_list(),
        rows=[{"table": "tactics", **row} for row in rows.select(_SHOWN).iter_rows(named=True)],
    )  # fmt: skip
