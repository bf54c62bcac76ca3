"""Which run of a program a line of the log belongs to: version, GPU and options are the run's, not the log's."""

from __future__ import annotations

from dataclasses import dataclass

from tacticlens.tables.table_set import TableSet


@dataclass(frozen=True)
class Origin:
    """Who wrote a part of a log.

    Attributes:
        run: number of the run; None = no banner stands before it, or that run is over.
        tensorrt_version, gpu, compute_capability: as far as the log says.
    """

    run: int | None
    tensorrt_version: str | None
    gpu: str | None
    compute_capability: str | None


def origin_of(tables: TableSet, line: int | None) -> Origin:
    """Return who wrote the part of a log that begins in a line.

    What runs of a program print is theirs; the rest is the log's. A script that builds between two runs of trtexec
    is on the machine of both if they agree.
    """
    log = tables.log.row(0, named=True)
    whole = Origin(None, log["tensorrt_version"], log["gpu"], log["compute_capability"])
    before = [row for row in tables.runs.iter_rows(named=True) if line is not None and row["line"] <= line]
    if not before:
        return whole
    last = before[-1]
    over = last["last_line"] is not None and line is not None and last["last_line"] < line
    return Origin(
        None if over else last["run"],
        last["tensorrt_version"] or (None if len(tables.runs) > 1 else whole.tensorrt_version),
        last["gpu"] or (whole.gpu if len(tables.runs) < 2 or _one_machine(tables) else None),
        last["compute_capability"] or (whole.compute_capability if _one_machine(tables) else None),
    )


def _one_machine(tables: TableSet) -> bool:
    """Tell whether no two runs name different GPUs or versions."""
    return tables.runs["gpu"].drop_nulls().n_unique() < 2 and (
        tables.runs["tensorrt_version"].drop_nulls().n_unique() < 2
    )
