"""TL020: a file that goes with the log says something else than the log.

What it finds: layers, kernels and times of which log and file each have their own. Why it matters: the file may be
of another build, and then what it fills in is wrong, too. How to act: export it from the engine of this log.
Example: a profile with other times for 2 of 24 layers, exported from last week's engine.
"""

from __future__ import annotations

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count

KIND = FindingKind(
    "TL020",
    "file-disagrees",
    "A file beside the log says something else than the log",
    "Layer information, a profile, times or a profiler's kernels hold another kernel, tactic or time than the log, or "
    "layers that the engine of the log does not have. The log's values stand. One finding per file.",
)
_SHOWN = 3


def find(context: Context) -> list[Finding]:
    """Return one finding per file that disagrees, or of which half and more fits no layer."""
    found = []
    joined = context.tables.joined
    for (file,), rows in joined.group_by(["file"], maintain_order=True):
        against = rows.filter(pl.col("result") == "disagrees")
        strange = rows.filter(pl.col("result") == "unmatched", pl.col("kind").is_in(["layers", "profile"]))
        if against.is_empty() and strange.height * 2 < rows.height:
            continue
        shown = [
            f"{row['name']}: {row['column']} {row['log_value']} in the log, {row['file_value']} in the file"
            for row in against.head(_SHOWN).iter_rows(named=True)
        ]
        more = f"; and {count(against.height - _SHOWN, 'more value')}" if against.height > _SHOWN else ""
        unknown = (
            f"; {count(strange.height, 'layer')} of the file are not in the engine" if strange.height else ""
        )
        told = (
            rows["column"].n_unique() and rows.filter(pl.col("result").is_in(["agrees", "disagrees"])).height
        )
        found.append(
            KIND.found(
                title=f"{file} disagrees with the log in {against.height} of {count(told, 'value')}{unknown}",
                why=("; ".join(shown) + more + ". " if shown else "")
                + "The file may be of another build of this network, or of other clocks and shapes.",
                action="Export the file from the engine that this log built, in the same run of trtexec: "
                "--exportLayerInfo=FILE --exportProfile=FILE.",
                engine=against["engine"][0] if against.height else None,
                layers=[name for name in against["name"].to_list() if name is not None],
                rows=[{"table": "joined", **row} for row in against.iter_rows(named=True)],
            )
        )
    return found
