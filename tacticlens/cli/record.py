"""``tacticlens record``: build an ONNX model, and keep the builder's verbose log."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import replace
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.shapes import build_profiles
from tacticlens.errors import UsageError
from tacticlens.record.settings import MODULES, PRECISIONS, BuildSettings
from tacticlens.record.trtexec import trtexec_command

if TYPE_CHECKING:
    from tacticlens.assemble.progress import BuildProgress

_WITHOUT_A_GPU = "8.9"


class Builder(str, Enum):
    """Which package builds."""

    auto = "auto"
    tensorrt = "tensorrt"
    rtx = "rtx"


class Verbosity(str, Enum):
    """How much the engine says about itself."""

    detailed = "detailed"
    layer_names_only = "layer_names_only"
    none = "none"


_BUILD = "What is built"
_OUT = "What is written"


def record(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="The network.")],
    log: Annotated[
        Path, typer.Option("--output", "-o", metavar="LOG", help="The log; written line by line.")
    ],
    builder: Annotated[
        Builder, typer.Option(help="Package that builds; auto takes TensorRT, else TensorRT-RTX.")
    ] = Builder.auto,
    shapes: Annotated[
        list[str] | None,
        typer.Option(help="Shapes of dynamic inputs: x:4x3x224x224,y:4x10. Again per profile."),
    ] = None,
    min_shapes: Annotated[list[str] | None, typer.Option(help="Smallest shapes; again per profile.")] = None,
    opt_shapes: Annotated[list[str] | None, typer.Option(help="Most frequent shapes.")] = None,
    max_shapes: Annotated[list[str] | None, typer.Option(help="Largest shapes.")] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Allow FP16 (up to TensorRT 10).")] = False,
    bf16: Annotated[bool, typer.Option("--bf16", help="Allow BF16 (9 and 10).")] = False,
    int8: Annotated[bool, typer.Option("--int8", help="Allow INT8 (up to 10).")] = False,
    fp8: Annotated[bool, typer.Option("--fp8", help="Allow FP8 (9 and 10).")] = False,
    strongly_typed: Annotated[
        bool, typer.Option("--strongly-typed", help="Take types from the model; always so since 11.")
    ] = False,
    no_tf32: Annotated[
        bool, typer.Option("--no-tf32", help="No TF32 on Tensor Cores for FP32 data.")
    ] = False,
    workspace: Annotated[
        float | None, typer.Option(metavar="MIB", min=0, help="Limit of scratch memory in MiB.")
    ] = None,
    opt_level: Annotated[int | None, typer.Option(min=0, max=5, help="Builder optimization level.")] = None,
    compute_capability: Annotated[
        list[str] | None,
        typer.Option(metavar="X.Y", help="Target of TensorRT-RTX, such as 8.9; needs no GPU."),
    ] = None,
    timing_cache: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Timing cache: read if there, then written.")
    ] = None,
    editable_timing_cache: Annotated[
        bool,
        typer.Option("--editable-timing-cache", help="Print keys that 'tacticlens pin' can use (10.8+)."),
    ] = False,
    profiling_verbosity: Annotated[
        Verbosity, typer.Option(help="What the engine says about its layers.")
    ] = Verbosity.detailed,
    save_engine: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the engine.")] = None,
) -> int:
    """Build an ONNX model with TensorRT or TensorRT-RTX and keep the verbose log, in trtexec's line format.

    The log is on disk line by line, also when the build fails or is stopped. The layers of the engine are written
    beside it as JSON. Exit code 1 if the builder refuses the model.
    """
    if not model.is_file():
        message = f"{model}: no such file; name the ONNX model to build"
        raise UsageError(message)
    if log.resolve() == model.resolve():
        message = f"{log}: is the model itself; choose another file with -o"
        raise UsageError(message)
    allowed = {"fp16": fp16, "bf16": bf16, "int8": int8, "fp8": fp8}
    layers = layers_file(log)
    settings = BuildSettings(
        model=str(model), module="", command=shlex.join(["tacticlens", *sys.argv[1:]]),
        profiles=build_profiles(shapes, min_shapes, opt_shapes, max_shapes),
        precisions=tuple(name for name in PRECISIONS if allowed[name]), strongly_typed=strongly_typed,
        tf32=not no_tf32, workspace_mib=workspace, optimization_level=opt_level,
        timing_cache=None if timing_cache is None else str(timing_cache),
        editable_timing_cache=editable_timing_cache, verbosity=profiling_verbosity.value,
        engine=None if save_engine is None else str(save_engine), inspector=str(layers),
    )  # fmt: skip
    module = _module(builder, settings, log)
    settings = replace(settings, module=module, capabilities=_targets(module, compute_capability))
    layers.unlink(missing_ok=True)  # of an earlier build
    code, progress = _run(settings, log)
    return _tell(code, progress, settings, log, layers)


def layers_file(log: Path) -> Path:
    """Return where the layers of the engine stand beside a log: build.log -> build.layers.json."""
    return log.with_name(f"{log.stem}.layers.json")


def _module(builder: Builder, settings: BuildSettings, log: Path) -> str:
    """Return the module that builds.

    Raises:
        UsageError: no such package is installed.
    """
    wanted = list(MODULES) if builder is Builder.auto else [builder.value]
    for name in wanted:
        module, _ = MODULES[name]
        if find_spec(module) is not None:
            return module
    packages = " and ".join(MODULES[name][0] for name in wanted)
    extra = MODULES[wanted[-1]][1]
    message = (
        f"{packages}: not installed here; pip install 'tacticlens[{extra}]'"
        + (" (builds without a GPU)" if extra == "rtx" else "")
        + f", or where TensorRT is: {trtexec_command(settings, str(log))}"
    )
    raise UsageError(message)


def _targets(module: str, capabilities: list[str] | None) -> tuple[str, ...]:
    if module != MODULES["rtx"][0]:
        if capabilities:
            message = (
                "--compute-capability is for TensorRT-RTX; TensorRT builds for the GPU at hand: leave it out"
            )
            raise UsageError(message)
        return ()
    if capabilities:
        return tuple(capabilities)
    from tacticlens.record.build import has_gpu

    if has_gpu():
        return ()
    output.warn(
        f"no GPU here: built for compute capability {_WITHOUT_A_GPU}; --compute-capability names another"
    )
    return (_WITHOUT_A_GPU,)


def _run(settings: BuildSettings, log: Path) -> tuple[int, BuildProgress]:
    """Build in a process of its own, which ends with this one, and watch its log."""
    from tacticlens.cli.live import watch

    command = [sys.executable, "-m", "tacticlens.record.build", settings.to_json()]
    with _opened(log) as stream, subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=stream, stderr=subprocess.STDOUT
    ) as process:  # fmt: skip
        try:
            progress = watch(log, lambda _: process.poll() is not None)
        except BaseException:
            process.kill()
            process.wait()
            if sys.exc_info()[0] is KeyboardInterrupt:
                output.warn(f"{log}: the log up to here is there; 'tacticlens parse' reads it")
            raise
        return process.returncode, progress


def _opened(log: Path) -> IO[bytes]:
    try:
        return log.open("wb")
    except OSError as error:
        message = f"{log}: cannot be written ({error.strerror}); choose another place with -o"
        raise UsageError(message) from None


def _tell(code: int, progress: BuildProgress, settings: BuildSettings, log: Path, layers: Path) -> int:
    from tacticlens.log import read_log
    from tacticlens.views.record import record_text, refused_text

    tables = read_log(log).tables
    if code != 0 and progress.outcome != "failed":
        end = f"signal {-code}" if code < 0 else f"exit code {code}"
        message = f"{log}: the build process ended with {end}; the log up to there is in the file"
        raise UsageError(message)
    if progress.outcome != "passed":
        output.warn(refused_text(tables, str(log)))
        return 1
    source = "inspector"
    if not layers.exists() and settings.verbosity == "detailed":
        from tacticlens.export.layer_info import layer_info_json

        source = "log"
        output.write([layer_info_json(tables)], layers)
    written = {"layers": layers if layers.exists() else None, "engine": settings.engine}
    output.write([record_text(tables, str(log), {k: str(v) for k, v in written.items() if v}, source)], None)
    return 0
