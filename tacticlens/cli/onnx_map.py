"""``tacticlens onnx``: which engine layers carry which nodes of the model, and what they reach of the GPU's peak."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, ProfileFile, TimesFile, found
from tacticlens.cli.formats import FormatOption, OutputOption, show
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.analysis.gpus import Gpu


def onnx(
    log: LogArgument,
    model: Annotated[
        Path | None,
        typer.Argument(metavar="[MODEL.onnx]", help="The model; else build.onnx beside build.log."),
    ] = None,
    gpu: Annotated[
        str | None, typer.Option(help="GPU for the roofline, such as 'RTX 3080'; else the log's device.")
    ] = None,
    shapes: Annotated[
        str | None, typer.Option(help="Shapes of dynamic inputs: x:4x3x224x224,y:4x10.")
    ] = None,
    top: Annotated[
        int,
        typer.Option(
            "--top", "-n", min=0, help="Rows of each table in text, without Constant nodes; 0 = all."
        ),
    ] = 40,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
) -> int:
    """Show where each node of the model went and what it costs, and which nodes each kernel carries."""
    from tacticlens.analysis.onnx_map import onnx_map
    from tacticlens.analysis.roofline import roof
    from tacticlens.cli.reading import read
    from tacticlens.cli.shapes import parse_shapes
    from tacticlens.network.reading import read_network
    from tacticlens.views.onnx_map import OnnxResult

    path = model_of(log, model)
    network = read_network(path, parse_shapes(shapes, "--shapes") if shapes else None)
    tables = read(log, Files(layers, profile, times, nsys)).tables
    device = _gpu(gpu, tables.log["gpu"][0])
    mapped = onnx_map(tables, network)
    roofs = [
        None
        if layer.time_source == "framework"  # another program on another GPU
        else roof(layer.work, layer.time_ms, layer.tensor_core, device)
        for layer in mapped.layers
    ]
    show(OnnxResult(mapped, roofs, device, model=str(path), top=top), format_, out)
    return 0


def model_of(log: str, model: Path | None) -> Path:
    """Return the model that is named, or stands beside the log.

    Raises:
        UsageError: there is none.
    """
    path = model or found(log, "onnx")
    if path is None:
        message = f"{log}: which ONNX model was it built from? name it after the log"
        raise UsageError(message)
    return path


def _gpu(name: str | None, device: str | None) -> Gpu | None:
    from tacticlens.analysis.gpus import GPUS, gpu_named

    if name is None:
        return gpu_named(device) if device else None
    named = gpu_named(name)
    if named is None:
        known = ", ".join(gpu.name for gpu in GPUS)
        message = f"--gpu {name}: no single GPU of that name is known here; known are {known}"
        raise UsageError(message)
    return named
