"""What Python users call, with results that a notebook shows as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tacticlens.analysis.finding import Finding
from tacticlens.analysis.findings import findings as find
from tacticlens.analysis.goal import GOAL
from tacticlens.diff.changes import diff as compare
from tacticlens.diff.matrix import matrix as side_by_side
from tacticlens.diff.matrix_model import Matrix
from tacticlens.diff.result import Diff
from tacticlens.views.html_blocks import as_html
from tacticlens.views.result import Result


def _shown(result: Callable[[Any], Result]) -> Callable[[Any], str]:
    return lambda found: as_html(result(found).blocks())


def _diff_result(found: Diff) -> Result:
    from tacticlens.views.diff import DiffResult

    return DiffResult(found)


def _matrix_result(found: Matrix) -> Result:
    from tacticlens.views.matrix import MatrixResult

    return MatrixResult(found)


# results know nothing of views: the notebook's way to show them is added here, above both
Diff._repr_html_ = _shown(_diff_result)  # type: ignore[attr-defined]
Matrix._repr_html_ = _shown(_matrix_result)  # type: ignore[attr-defined]


class Findings(list[Finding]):
    """Findings, those with most at stake first."""

    def __repr__(self) -> str:
        return f"<Findings: {', '.join(finding.code for finding in self) or 'none'}>"

    def _repr_html_(self) -> str:
        from tacticlens.views.findings import FindingsResult

        table, details = (FindingsResult(self, details=more).blocks() for more in (False, True))
        return f"{as_html(table)}<details><summary>in full</summary>{as_html(details)}</details>"


def diff(
    old: Any,
    new: Any,
    *,
    old_build: int | None = None,
    new_build: int | None = None,
    baseline: Sequence[Any] = (),
) -> Diff:
    """Return what changed from one build to another.

    Args:
        old: a log that was read, or its tables.
        new: the same of the other side.
        old_build: number of a build in the old log; None = that of its last engine.
        new_build: the same in the new log.
        baseline: logs (or pairs of log and build number) of builds that repeat the old one on its machine: the
            noise of measurements is learned from them. Without a number all builds of the network count.

    Raises:
        UsageError: a side has neither engine layers nor winners, the two are of different networks, or a log of the
            baseline holds no repeat of the old build.
    """
    given = [one if isinstance(one, tuple) else (one, None) for one in baseline]
    return compare(
        _tables(old), _tables(new), old_build=old_build, new_build=new_build,
        baseline=[(_tables(log), build) for log, build in given],
    )  # fmt: skip


def matrix(*logs: Any, builds: Sequence[int | None] | None = None) -> Matrix:
    """Return builds side by side.

    Args:
        logs: logs that were read, or their tables; two or more, the same one several times if it has several builds.
        builds: number of the build in each log; None = that of its last engine.

    Raises:
        UsageError: a log has no engine layers, or is of another network than the first.
    """
    return side_by_side(*logs, builds=builds)


def findings(log: Any, *, goal: float = GOAL) -> Findings:
    """Return what stands out in a log, those with most at stake first.

    Args:
        log: a log that was read, or its tables.
        goal: the share of the time that should be on Tensor Cores, 0 to 1.

    Raises:
        ValueError: the goal is no share.
    """
    return Findings(find(_tables(log), goal=goal))


def _tables(log: Any) -> Any:
    return getattr(log, "tables", log)
