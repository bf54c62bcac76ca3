"""Which run of a program a line of the log belongs to: version, GPU and options differ by run."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from tacticlens.tables.table_set import TableSet


@dataclass(frozen=True)
class Environment:
    """The run, library and GPU that a part of a log comes from.

    Attributes:
        run: number of the run; None = no banner precedes the part, or that run is over.
        tensorrt_version, gpu, compute_capability: as far as the log says.
    """

    run: int | None
    tensorrt_version: str | None
    gpu: str | None
    compute_capability: str | None


class Environments:
    """Looks up the environment of lines.

    Lines of a run have that run's values, other lines those of the log. A script that builds between two runs of
    trtexec is taken to be on their machine if they agree.
    """

    def __init__(self, tables: TableSet) -> None:
        log = tables.log.row(0, named=True)
        self._whole = Environment(None, log["tensorrt_version"], log["gpu"], log["compute_capability"])
        self._runs = tables.runs.to_dicts()
        self._begins = [run["line"] for run in self._runs]
        self._one_machine = _one_machine(tables)

    def at(self, line: int | None) -> Environment:
        """Return the environment of the part of the log that begins in a line; None = of the whole log."""
        before = 0 if line is None else bisect_right(self._begins, line)
        if line is None or not before:
            return self._whole
        last, whole, several = self._runs[before - 1], self._whole, len(self._runs) > 1
        over = last["last_line"] is not None and last["last_line"] < line
        return Environment(
            None if over else last["run"],
            last["tensorrt_version"] or (None if several else whole.tensorrt_version),
            last["gpu"] or (whole.gpu if not several or self._one_machine else None),
            last["compute_capability"] or (whole.compute_capability if self._one_machine else None),
        )


def environment_at(tables: TableSet, line: int | None) -> Environment:
    """Return the environment of one line; use `Environments` for many."""
    return Environments(tables).at(line)


def _one_machine(tables: TableSet) -> bool:
    """Tell whether no two runs name different GPUs or versions."""
    return tables.runs["gpu"].drop_nulls().n_unique() < 2 and (
        tables.runs["tensorrt_version"].drop_nulls().n_unique() < 2
    )
