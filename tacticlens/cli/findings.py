"""``tacticlens findings``: what stands out in a log, and what to do about it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.beside import Beside, LayersFile, NsysFile, OnnxFile, ProfileFile, TimesFile

if TYPE_CHECKING:
    from tacticlens.analysis.elsewhere import Elsewhere
    from tacticlens.tables.table_set import TableSet

_TOP = 10


class FindingsFormat(str, Enum):
    """Output formats of findings."""

    text = "text"
    json = "json"
    markdown = "markdown"


def findings(
    log: Annotated[
        str, typer.Argument(metavar="LOG", help="Build log, plain or .gz .xz .zst; - = standard input.")
    ],
    goal: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the time that should be on Tensor Cores, 0 to 1.")
    ] = 0.9,
    top: Annotated[
        int | None, typer.Option("--top", "-n", min=1, help="Only so many; text shows 10 if not told.")
    ] = None,
    format_: Annotated[
        FindingsFormat, typer.Option("--format", "-f", help="What to print.")
    ] = FindingsFormat.text,
    fleet: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET", help="Compare with the logs of a dataset that 'tacticlens collect' made."
        ),
    ] = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """List what stands out: what it costs, why it matters, what to change, and the lines that show it."""
    from tacticlens.analysis.findings import findings as find
    from tacticlens.cli.reading import read

    tables = read(log, Beside(layers, profile, times, nsys, onnx)).tables
    found = find(tables, goal=goal, elsewhere=_elsewhere(fleet, tables))
    kept = found if top is None else found[:top]
    if format_ is FindingsFormat.json:
        import json

        from tacticlens.views.finding_text import as_dict

        output.write([json.dumps([as_dict(finding) for finding in kept], indent=1, default=str), "\n"], None)
    elif format_ is FindingsFormat.markdown:
        from tacticlens.views.findings import findings_markdown

        output.write([findings_markdown(kept, of=len(found))], None)
    else:
        from tacticlens.analysis.nature import missing
        from tacticlens.views.findings import findings_text

        text = findings_text(
            kept if top else found[:_TOP],
            of=len(found),
            notes=missing(tables),
            width=output.width(),
            color=output.use_color(),
        )
        output.write([text], None)
    return 0


def _elsewhere(fleet: str | None, tables: TableSet) -> list[Elsewhere]:
    if fleet is None:
        return []
    from tacticlens.fleet.dataset import Dataset
    from tacticlens.fleet.elsewhere import elsewhere

    return elsewhere(Dataset(fleet), tables)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("findings")(findings)
