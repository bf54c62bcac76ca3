"""``tacticlens explain``: why a layer got its kernel."""

from __future__ import annotations

from typing import Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, WideOption, show
from tacticlens.errors import UsageError


def explain(
    log: LogArgument,
    layer: Annotated[
        str,
        typer.Argument(
            metavar="LAYER",
            help="Its name or a part of it, an ONNX node, its kernel, or :N for position N of the engine.",
        ),
    ],
    build: Annotated[
        int | None,
        typer.Option("--build", "-b", metavar="N", help="The layer in this build; else in the engine's."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", "-n", min=0, help="Candidates per combination in text; 0 = all.")
    ] = 6,
    wide: WideOption = False,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Explain one layer: its combinations, winners and runners-up, what has no time and why, what a change costs."""
    from tacticlens.analysis import explanation
    from tacticlens.cli.reading import read
    from tacticlens.views.explain import ExplainResult

    tables = read(log, Files(layers, profile, times, nsys, onnx)).tables
    try:
        layer_story = explanation.explain(tables, layer, build)
    except UsageError as error:
        message = f"{log}: {error}"
        raise UsageError(message) from None
    show(ExplainResult(layer_story, top=top, wide=wide), format_, out, wide=wide)
    return 0
