"""``tacticlens report``: one page to look into a build, that opens from disk and needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tacticlens.cli.beside import Beside, LayersFile, NsysFile, OnnxFile, ProfileFile, TimesFile


def report(
    log: Annotated[
        str, typer.Argument(metavar="LOG", help="Build log, plain or .gz .xz .zst; - = standard input.")
    ],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; LOG.html in this folder if not given.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Write one HTML page that shows a build: its engine, layers, tactics, findings and build time."""
    from tacticlens.cli.page import text_of, write_page
    from tacticlens.cli.reading import read
    from tacticlens.report.pages import report as pages

    tables = read(log, Beside(layers, profile, times, nsys, onnx)).tables
    target = out or Path("report.html" if log == "-" else f"{Path(log).name}.html")
    write_page(pages(tables, text_of(log)), target, open_=open_)
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)
