"""Files that go with a log: named by options, or found beside it by name."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tacticlens.cli import output
from tacticlens.cli.side_file import read_side_file
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.join.model import SideFile
    from tacticlens.tables.table_set import TableSet

_HINT = "check the path"
_MOST_BYTES = 512 << 20

LogArgument = Annotated[
    str, typer.Argument(metavar="LOG", help="Build log, plain or .gz .xz .zst; - = standard input.")
]
LayersFile = Annotated[
    Path | None,
    typer.Option("--layers", metavar="FILE", help="Layers: trtexec --exportLayerInfo."),
]
ProfileFile = Annotated[
    Path | None,
    typer.Option("--profile", metavar="FILE", help="Profile: trtexec --exportProfile."),
]
TimesFile = Annotated[
    Path | None,
    typer.Option("--times", metavar="FILE", help="Times: trtexec --exportTimes."),
]
NsysFile = Annotated[
    Path | None,
    typer.Option(
        "--nsys", metavar="FILE",
        help="Kernels: nsys's sqlite export or summary as CSV, or a trace of torch.profiler (JSON).",
    ),
]  # fmt: skip

OnnxFile = Annotated[
    Path | None,
    typer.Option(
        "--onnx",
        metavar="FILE",
        help="The ONNX model: names nodes that the log abbreviates.",
    ),
]

ENDINGS = {
    "layers": (".layers.json", ".layerinfo.json", ".layer_info.json", ".graph.json"),
    "profile": (".profile.json",),
    "times": (".times.json", ".timing.json"),
    "nsys": (".nsys.csv", ".nsys.sqlite", ".sqlite", ".trace.json"),
    "onnx": (".onnx",),
}
"""Kind of file -> how it is called where the log is called ``build.log``: ``build`` and one of these."""
_LOG_ENDINGS = re.compile(r"(?:\.build)?\.(?:log|txt)$")


class Files(NamedTuple):
    """The files that options name; None = look beside the log."""

    layers: Path | None = None
    profile: Path | None = None
    times: Path | None = None
    nsys: Path | None = None
    onnx: Path | None = None


NOTHING_NAMED = Files()


def found(source: str, kind: str) -> Path | None:
    """Return the file of a kind that stands beside a log under its name."""
    if source == "-":
        return None
    path = Path(source)
    name = path.name
    for ending in (".gz", ".xz", ".zst"):
        name = name.removesuffix(ending)
    stem = _LOG_ENDINGS.sub("", name)
    candidates = (path.with_name(stem + ending) for ending in ENDINGS[kind])
    return next((file for file in candidates if file.is_file() and file != path), None)


def files_of(source: str, beside: Files, tables: TableSet) -> list[SideFile]:
    """Read the files that go with a log.

    A file that only stands beside the log is left out, with a warning, if it is something else. A model beside the
    log is read only if the log abridges a fused region and onnx is installed.

    Raises:
        UsageError: a file that was named cannot be read, or is something else.
    """
    files: list[SideFile | None] = []
    for kind, named in beside._asdict().items():
        if named is not None:
            files.append(_read(kind, named))
            continue
        path = found(source, kind)
        if path is None or (kind == "onnx" and not (_abridges(tables) and find_spec("onnx"))):
            continue
        try:
            files.append(_read(kind, path, found=True))
        except UsageError as error:
            output.warn(f"left out: {error}")
    return [file for file in files if file is not None]


def _read(kind: str, path: Path, *, found: bool = False) -> SideFile | None:
    """Return a file; None for one that was found and that ``record`` made of the log itself."""
    from tacticlens.join.exported import of_the_log_itself

    if kind == "onnx":
        return _model(path)
    if kind == "nsys" and path.suffix == ".sqlite":
        return _sqlite(path)
    data = read_side_file(path, f"file for --{kind}", most=_MOST_BYTES, hint=_HINT)
    text = data.decode("utf-8", "replace")
    if found and of_the_log_itself(text):
        return None  # it can neither add nor contradict
    return _parsed(kind, text, str(path))


def _abridges(tables: TableSet) -> bool:
    from tacticlens.join.layers import abridged

    return any(
        abridged(name, nodes) for name, nodes in tables.engine_layers.select("name", "onnx_nodes").iter_rows()
    )


def _model(path: Path) -> SideFile:
    from tacticlens.join.model import SideFile
    from tacticlens.network.reading import read_network

    return SideFile("onnx", str(path), network=read_network(path))


def _sqlite(path: Path) -> SideFile:
    from tacticlens.ingest.nsys import kernel_runs
    from tacticlens.join.model import SideFile
    from tacticlens.join.profilers import summed

    if not path.is_file():
        message = f"{path}: no such file; {_HINT}"
        raise UsageError(message)
    return SideFile("nsys", str(path), kernels=summed(kernel_runs(path)))


def _parsed(kind: str, text: str, source: str) -> SideFile:
    from tacticlens.join import exported, profilers

    if kind == "nsys":
        read = profilers.kernels_trace if text.lstrip()[:1] in {"{", "["} else profilers.kernels_csv
    else:
        read = {
            "layers": exported.layers_file, "profile": exported.profile_file, "times": exported.times_file,
        }[kind]  # fmt: skip
    return read(text.lstrip("\ufeff"), source)
