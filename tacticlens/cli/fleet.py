"""``tacticlens fleet``: questions to a dataset of logs, in SQL or ready made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tacticlens.cli import output
from tacticlens.cli.formats import FormatOption, OutputOption, check_binary, show
from tacticlens.cli.help import FullHelpGroup
from tacticlens.cli.page import OpenOption, show_page
from tacticlens.cli.patterns import layer_pattern
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from tacticlens.fleet.dataset import Dataset


_HINT = "'tacticlens schema' lists tables and columns"
_STREAMED = ("csv", "csv-safe", "ndjson", "parquet")
"""Formats of rows, which files and pipes get as they come."""


class _QuestionOrSql(FullHelpGroup):
    """A group whose first argument is a question, or else a dataset, to which SQL is put."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.commands, 1, 0.75)
            if near and not Path(args[0]).exists():
                message = f"{args[0]}: no such question and no dataset; did you mean {near[0]!r}?"
                raise UsageError(message)
            args = ["sql", *args]
        return super().resolve_command(ctx, args)


fleet = typer.Typer(
    cls=_QuestionOrSql, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    help="Query a dataset made by 'tacticlens collect': in SQL, or by a ready-made question.",
)  # fmt: skip

DatasetPlace = Annotated[str, typer.Argument(metavar="DATASET", help="Folder or address of the dataset.")]
TopOption = Annotated[
    int | None, typer.Option("--top", "-n", min=1, help="Number of rows shown; 20 by default.")
]


@fleet.command("sql")
def sql(
    dataset: DatasetPlace,
    query: Annotated[
        str | None,
        typer.Argument(metavar="[SQL]", help="SELECT over the tables of 'tacticlens schema', and collected."),
    ] = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
    open_: OpenOption = False,
) -> int:
    """Put SQL to the dataset; without SQL, say what is in it, as a page with --open or --format html.

    'sql' may be left out.
    """
    check_binary(format_, out)
    opened = _open(dataset)
    if query is None:
        if format_ == "html" or open_:
            from tacticlens.report import pages

            show_page(pages.fleet(opened, dataset), out, open_=open_, name="fleet")
            return 0
        from tacticlens.fleet.overview import overview
        from tacticlens.views.fleet import OverviewResult

        show(OverviewResult(overview(opened), dataset), format_, out)
        return 0
    from tacticlens.cli.sql import answered

    answer = _lazy(opened, query)
    answered(lambda: _answer(answer, format_, out), _HINT)
    return 0


def _answer(answer: pl.LazyFrame, format_: str, out: Path | None) -> None:
    """Write an answer; rows go to a file or a pipe as they come, so that they may be more than memory holds."""
    if format_ in _STREAMED and (out is not None or not output.to_terminal()):
        from tacticlens.export.flat import flat

        rows = flat(answer, safe=format_ == "csv-safe") if format_.startswith("csv") else answer
        sinks: dict[str, Callable[[IO[bytes]], object]] = {
            "parquet": rows.sink_parquet, "ndjson": rows.sink_ndjson
        }  # fmt: skip
        output.write_by(sinks.get(format_, rows.sink_csv), out)
        return
    from tacticlens.views.frame import FrameResult

    show(FrameResult(answer.collect(engine="streaming")), format_, out)


def _lazy(dataset: Dataset, query: str) -> pl.LazyFrame:
    import polars as pl

    from tacticlens.cli.sql import answered, check_query
    from tacticlens.fleet.dataset import COLLECTED
    from tacticlens.tables.schema import TABLE_NAMES

    check_query(query, [*TABLE_NAMES, COLLECTED])
    mentioned = set(re.findall(r"\w+", query.lower()))
    frames = {name: dataset.table(name) for name in TABLE_NAMES if name in mentioned}
    if COLLECTED in mentioned:
        frames[COLLECTED] = dataset.collected.lazy()
    return answered(lambda: pl.SQLContext(frames, eager=False).execute(query), _HINT)


@fleet.command("trends")
def trends(
    dataset: DatasetPlace,
    over: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="Label that orders the logs; by default night, date or the like."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL", help="Labels that separate series; by default all others; may be repeated."
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", "-l", metavar="RE", help="Only layers whose name matches.")
    ] = None,
    least: Annotated[float, typer.Option(min=0, help="Smallest step to show, as a share.")] = 0.02,
    top: TopOption = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
) -> int:
    """Find since when a layer or a whole engine is slower or faster: steps that noise does not explain."""
    from tacticlens.fleet.heat import heat
    from tacticlens.fleet.trends import trends as find
    from tacticlens.views.fleet import TrendsResult

    check_binary(format_, out)
    found = find(_open(dataset), over=over, by=by, layer=layer_pattern(layer), least=least)
    show(TrendsResult(found, heat(found), top=top), format_, out)
    return 0


@fleet.command("tactics")
def tactics(
    dataset: DatasetPlace,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS", help="What the layers compute, such as 'conv 3x3 64->64' or 'Half MatMul'."
        ),
    ] = None,
    layer_of: Annotated[
        str | None,
        typer.Option(
            metavar="LOG:LAYER", help="Layers with the operation and shapes of this layer of a collected log."
        ),
    ] = None,
    top: TopOption = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
) -> int:
    """Show which kernels were tried and won for one operation, by GPU and version, with their times."""
    from tacticlens.fleet import tactics as question
    from tacticlens.views.fleet_answers import OperationResult

    if (like is None) == (layer_of is None):
        message = "which layers? give either --like 'conv 3x3 64->64' or --layer-of LOG:LAYER"
        raise UsageError(message)
    check_binary(format_, out)
    if like is not None:
        found = question.like(_open(dataset), like)
    else:
        log, sign, layer = (layer_of or "").partition(":")
        if "://" in (layer_of or ""):
            protocol, _, rest = (layer_of or "").partition("://")
            path, sign, layer = rest.partition(":")
            log = f"{protocol}://{path}"
        if not sign or not layer:
            message = f"--layer-of {layer_of}: write it as LOG:LAYER"
            raise UsageError(message)
        found = question.same_as(_open(dataset), log, layer)
    show(OperationResult(found, top=top), format_, out)
    return 0


@fleet.command("noise")
def noise(dataset: DatasetPlace, format_: FormatOption = "text", out: OutputOption = None) -> int:
    """Show how far repeated measurements stray, by GPU, version and duration."""
    from tacticlens.fleet.noise import noise as question
    from tacticlens.views.fleet_answers import NoiseResult

    check_binary(format_, out)
    show(NoiseResult(question(_open(dataset))), format_, out)
    return 0


@fleet.command("outliers")
def outliers(
    dataset: DatasetPlace, top: TopOption = None, format_: FormatOption = "text", out: OutputOption = None
) -> int:
    """List layers whose kernel is not the one that most logs of their GPU and version have, and what that costs."""
    from tacticlens.fleet.outliers import outliers as question
    from tacticlens.views.fleet_answers import OutliersResult

    check_binary(format_, out)
    show(OutliersResult(question(_open(dataset)), top=top), format_, out)
    return 0


@fleet.command("coverage")
def coverage(
    dataset: DatasetPlace, top: TopOption = None, format_: FormatOption = "text", out: OutputOption = None
) -> int:
    """Show versions and GPUs of the fleet, lines that were not read, and logs that failed."""
    from tacticlens.fleet.coverage import coverage as question
    from tacticlens.views.fleet_answers import CoverageResult

    check_binary(format_, out)
    show(CoverageResult(question(_open(dataset)), top=top), format_, out)
    return 0


@fleet.command("tidy")
def tidy(
    dataset: DatasetPlace,
    kept_hours: Annotated[
        float,
        typer.Option(
            "--keep-hours",
            min=0,
            max=168,
            help="Hours to keep files that nothing refers to; 0 only while nobody collects or queries.",
        ),
    ] = 24,
    format_: FormatOption = "text",
) -> int:
    """Make many small files few, and remove what killed runs left; others may collect and ask meanwhile."""
    from tacticlens.fleet.tidying import tidy as run
    from tacticlens.views.fleet import TidiedResult

    show(TidiedResult(run(dataset, kept_hours=kept_hours), dataset), format_)
    return 0


def _open(dataset: str) -> Dataset:
    from tacticlens.fleet.dataset import Dataset

    return Dataset(dataset)
