"""``tacticlens report``: one page to look into a build, that opens from disk and needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.page import OpenOption, show_page, text_of


def report(
    log: LogArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The page; LOG.html in this folder if not given."
        ),
    ] = None,
    open_: OpenOption = False,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Write one HTML page that shows a build: its engine, layers, tactics, findings and build time."""
    from tacticlens.cli.reading import read
    from tacticlens.report import pages

    tables = read(log, Files(layers, profile, times, nsys, onnx)).tables
    name = "report" if log == "-" else Path(log).name
    show_page(pages.report(tables, text_of(log)), out or Path(f"{name}.html"), open_=open_, name=name)
    return 0
