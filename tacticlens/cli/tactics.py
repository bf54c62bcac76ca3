"""``tacticlens tactics``: what was tried for each layer."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, WideOption, check_binary, show
from tacticlens.cli.near import near_one
from tacticlens.cli.patterns import layer_pattern
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from tacticlens.analysis.candidates import Wanted
    from tacticlens.tables.table_set import TableSet


class Sort(str, Enum):
    """Orders of candidates."""

    layer = "layer"
    time = "time"
    line = "line"
    margin = "margin"


def tactics(
    log: LogArgument,
    layer: Annotated[
        str | None,
        typer.Option("--layer", "-l", metavar="RE", help="Only layers whose name or ONNX nodes match."),
    ] = None,
    family: Annotated[str | None, typer.Option("--family", help="Only kernels of this family.")] = None,
    runner: Annotated[
        str | None, typer.Option("--runner", help="Only this runner (CaskConvolution, Myelin ...).")
    ] = None,
    build: Annotated[int | None, typer.Option("--build", "-b", metavar="N", help="Only this build.")] = None,
    in_engine: Annotated[bool, typer.Option("--in-engine", help="Only what is in the engine.")] = False,
    sort: Annotated[
        Sort,
        typer.Option(
            "--sort",
            help="layer: fastest first in each; time: longest first; margin: closest to its winner first.",
        ),
    ] = Sort.layer,
    top: Annotated[int | None, typer.Option("--top", "-n", min=1, help="Number of candidates shown.")] = None,
    wide: WideOption = False,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """List the candidates of layers: what was tried, what won its format combination, what is in the engine."""
    from tacticlens.analysis import candidates as found_by
    from tacticlens.cli.reading import read
    from tacticlens.views.tactics import ROWS, TacticsResult

    check_binary(format_, out)
    wanted = found_by.Wanted(layer_pattern(layer), _family(family), runner, build, in_engine)
    tables = read(log, Files(layers, profile, times, nsys, onnx)).tables
    every = found_by.candidates(tables)
    _check(log, tables, every, wanted)
    found = found_by.order(found_by.select(every, tables, wanted), sort.value, tables)

    notes = _notes(tables, found, wanted)
    show(
        TacticsResult(found, tables.builds, rows=top or ROWS, top=top, notes=notes, wide=wide),
        format_,
        out,
        wide=wide,
    )
    return 0


def _family(text: str | None) -> str | None:
    from tacticlens.kernels import FAMILIES

    if text is not None and text not in FAMILIES:
        message = f"no family {text!r}; {near_one(text, FAMILIES)}the families are {', '.join(FAMILIES)}"
        raise UsageError(message)
    return text


def _check(log: str, tables: TableSet, every: pl.DataFrame, wanted: Wanted) -> None:
    """Refuse what would be an empty answer without a reason.

    Raises:
        UsageError: nothing was tried, or a filter names what the log does not have.
    """
    from tacticlens.analysis.candidates import matching
    from tacticlens.analysis.context import Context
    from tacticlens.analysis.log_gaps import log_gaps
    from tacticlens.analysis.naming import near
    from tacticlens.errors.builds import near_names
    from tacticlens.tables.validate import check_build
    from tacticlens.views.log_gaps import gap_notes

    check_build(tables, wanted.build)
    if every.is_empty():
        message = f"{log}: no tactic in this log. {' '.join(gap_notes(log_gaps(Context(tables))))}"
        raise UsageError(message)
    if wanted.layer is not None and not matching(tables, every, wanted.layer):
        names = [name for name in every["name"].unique(maintain_order=True).to_list() if name]
        like = near_names(near(wanted.layer.pattern, names), any_layers=bool(names))
        message = f"{log}: no layer matches --layer {wanted.layer.pattern!r}; {like}"
        raise UsageError(message)
    runners = [name for name in every["runner"].unique(maintain_order=True).to_list() if name]
    if wanted.runner is not None and wanted.runner.lower() not in {name.lower() for name in runners}:
        message = (
            f"{log}: no runner {wanted.runner!r}; its runners are {', '.join(sorted(runners)) or 'unknown'}"
        )
        raise UsageError(message)
    if wanted.in_engine and tables.engine_layers.is_empty():
        message = (
            f"{log}: the layers of the engine are not in this log; leave --in-engine out to see what won"
        )
        raise UsageError(message)


def _notes(tables: TableSet, found: pl.DataFrame, wanted: Wanted) -> tuple[str, ...]:
    import polars as pl

    from tacticlens.words import count

    notes = []
    if wanted.in_engine:
        idle = pl.col("layer_type").is_in(["NoOp", "Constant"])
        layers = tables.engine_layers.filter(~idle.fill_null(False), pl.col("combination").is_null())
        if len(layers):
            notes.append(
                f"{count(len(layers), 'working layer')} of the engine left out: the log does not show which "
                "candidate was taken."
            )
    if len(tables.op_tactics) and not found.is_empty():
        notes.append(
            f"{count(len(tables.op_tactics), 'op tactic')} of fused regions left out: "
            "'tacticlens parse LOG --table op_tactics' or 'tacticlens explain LOG LAYER' shows them."
        )
    return tuple(notes)
