"""``tacticlens advise``: what to edit in the ONNX graph, and the edited model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, show
from tacticlens.errors import UsageError


def advise(
    log: LogArgument,
    onnx: Annotated[
        Path | None,
        typer.Option("--onnx", metavar="MODEL.onnx", help="The model; else build.onnx beside build.log."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FIXED.onnx", help="Write the model with all safe rewrites."),
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(metavar="FILE.py", help="Write the rewrites as a script for onnx-graphsurgeon."),
    ] = None,
    pad_channels: Annotated[
        int | None, typer.Option(metavar="N", min=2, max=256, help="Also pad channels to multiples of N.")
    ] = None,
    shapes: Annotated[
        str | None, typer.Option(help="Shapes of dynamic inputs for the check: x:4x3x224x224.")
    ] = None,
    format_: FormatOption = "text",
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
) -> int:
    """Say which edits of the model are safe, what they can win, and how; apply them with -o.

    Each rewrite is checked: the same shapes, and outputs equal on random inputs with onnxruntime. What cannot be
    checked is not written.
    """
    from tacticlens.analysis.findings import findings
    from tacticlens.analysis.graph_advice import advise as join
    from tacticlens.analysis.onnx_map import onnx_map
    from tacticlens.cli.onnx_map import model_of
    from tacticlens.cli.reading import read
    from tacticlens.cli.shapes import parse_shapes
    from tacticlens.network.mending import mend
    from tacticlens.network.reading import load, network_of
    from tacticlens.views.graph_advice import AdviceResult, advice_script

    path = model_of(log, onnx)
    if out is not None and out.resolve() == path.resolve():
        message = f"{out}: is the model itself; choose another file with -o"
        raise UsageError(message)
    sizes = parse_shapes(shapes, "--shapes") if shapes else {}
    model = load(path)
    tables = read(log, Files(layers, profile, times, nsys)).tables
    network = network_of(model, sizes)
    mended, steps = mend(model, shapes=sizes, multiple=pad_channels)
    found = join(steps, onnx_map(tables, network), findings(tables))
    kept = any(step.refused is None for step in steps)
    target = str(out or "fixed.onnx")
    if out is not None and kept:
        output.write([mended.SerializeToString()], out)
    elif out is not None:
        output.warn(f"{out}: not written; no rewrite is safe, or none was found")
    if script is not None:
        output.write([advice_script(found, model=str(path), fixed=target)], script)
    fewer = len(model.graph.node) - len(mended.graph.node)
    written = out is not None and kept
    show(AdviceResult(found, model=str(path), target=target, written=written, fewer=fewer), format_)
    return 0
