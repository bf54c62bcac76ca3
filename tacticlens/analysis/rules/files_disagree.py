"""TL020: a file that goes with the log says something else than the log."""

from __future__ import annotations

from typing import Any

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL020",
    "file-disagrees",
    "A file beside the log contradicts the log",
    what="A file that goes with the log (`--layers`, `--profile`, `--times`, `--nsys`, or found beside it by "
    "name) has another kernel, tactic or time than the log, or at least half of its layers are not in the "
    "engine. The log's values are kept. One finding per file.",
    why="The file may be from another build, other clocks or other shapes; then the values that it fills in are "
    "wrong, too.",
    action="Export it from the engine of this log, in the same run of trtexec. The table `joined` has every value.",
    example="`build.profile.json disagrees with the log in 2 of 24 values`.",
)
_SHOWN = 3
_EXPORTS = "--exportLayerInfo=layers.json --exportProfile=profile.json"


def find(context: Context) -> list[Finding]:
    found = []
    joined = context.tables.joined
    for (file,), rows in joined.group_by(["file"], maintain_order=True):
        against = rows.filter(pl.col("result") == "disagrees")
        strange = rows.filter(
            pl.col("result") == "unmatched", pl.col("kind").is_in(["layers", "profile", "onnx"])
        )
        if len(against) or 2 * len(strange) >= len(rows):
            found.append(_finding(str(file), rows, against, len(strange)))
    return found


def _finding(file: str, rows: pl.DataFrame, against: pl.DataFrame, strange: int) -> Finding:
    compared = len(rows.filter(pl.col("result").is_in(["agrees", "disagrees"])))
    facts: dict[str, Any] = {
        "file": file, "against": len(against), "compared": compared, "strange": strange,
        "more": len(against) - _SHOWN, "exports": _EXPORTS,
    }  # fmt: skip
    why = []
    for n, row in enumerate(against.head(_SHOWN).iter_rows(named=True)):
        facts |= {f"{key}_{n}": row[key] for key in ("name", "column", "log_value", "file_value")}
        why.append(
            f"{{name_{n}}}: {{column_{n}}} {{log_value_{n}}} in the log, {{file_value_{n}}} in the file."
        )
    return KIND.found(
        title="{file} disagrees with the log in {against} of {compared:value}"
        if len(against)
        else "{file} has {strange:layer} that the engine does not have",
        why=(
            *why,
            "{more:more value differs/more values differ}." if len(against) > _SHOWN else "",
            "{strange:layer} of the file {strange:=is/are} not in the engine."
            if strange and len(against)
            else "",
            "The file may be from another build of this network, or from other clocks or shapes.",
        ),
        action="Export the file from the engine that this log built, in the same run of trtexec: {exports}.",
        facts=facts,
        cause=file,
        engine=against["engine"][0] if len(against) else None,
        layers=[name for name in against["name"].to_list() if name is not None],
        rows=[{"table": "joined", **row} for row in against.iter_rows(named=True)],
    )
