"""``tacticlens findings``: what stands out in a log, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.analysis.goal import GOAL
from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, show

if TYPE_CHECKING:
    from tacticlens.analysis.elsewhere import Elsewhere
    from tacticlens.analysis.finding import Finding
    from tacticlens.tables.table_set import TableSet

_TOP = 10


def findings(
    log: LogArgument,
    goal: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the time that should be on Tensor Cores, 0 to 1.")
    ] = GOAL,
    top: Annotated[
        int | None,
        typer.Option("--top", "-n", min=1, help="Number of findings shown; 10 in text by default."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Reason, advice and log lines of each finding.")
    ] = False,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this kind, such as TL005, with its details.")
    ] = None,
    fleet: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Compare with the logs of a dataset that 'collect' made."),
    ] = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """List what stands out: what it costs, why it matters, what to change, and the lines that show it."""
    from tacticlens.analysis.context import Context
    from tacticlens.analysis.findings import findings_of
    from tacticlens.analysis.log_gaps import log_gaps
    from tacticlens.cli.reading import read
    from tacticlens.views.findings import FindingsResult
    from tacticlens.views.log_gaps import gap_notes

    tables = read(log, Files(layers, profile, times, nsys, onnx)).tables
    context = Context(tables, goal, tuple(_elsewhere(fleet, tables)))
    found = findings_of(context)
    if code is not None:
        found = _of_kind(found, code)
    people = format_ in {"text", "markdown", "html"}
    shown = top if top is not None else _TOP if format_ == "text" else None
    notes = gap_notes(log_gaps(context)) if people else ()
    show(FindingsResult(found, top=shown, details=verbose or code is not None, notes=notes), format_, out)
    return 0


def _elsewhere(fleet: str | None, tables: TableSet) -> list[Elsewhere]:
    if fleet is None:
        return []
    from tacticlens.fleet.dataset import Dataset
    from tacticlens.fleet.elsewhere import elsewhere

    return elsewhere(Dataset(fleet), tables)


def _of_kind(found: list[Finding], kind_or_code: str) -> list[Finding]:
    """Return the findings of one kind, named by its code or its name.

    Raises:
        UsageError: there is no such kind.
    """
    from tacticlens.cli.finding import kind_named

    kind = kind_named(kind_or_code)
    return [one for one in found if one.code == kind.code]
