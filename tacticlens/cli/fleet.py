"""``tacticlens fleet``: questions to a dataset of logs, in SQL or ready made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tacticlens.cli import output
from tacticlens.cli.formats import Format, check_binary, write_frame
from tacticlens.cli.patterns import layer_pattern
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from tacticlens.fleet.dataset import Dataset


class _QuestionOrSql(TyperGroup):
    """A group whose first argument is a question, or else a dataset, to which SQL is put."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["sql", *args]
        return super().resolve_command(ctx, args)


fleet = typer.Typer(
    cls=_QuestionOrSql, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    help="Ask a dataset that 'tacticlens collect' made: in SQL, or a ready question.",
)  # fmt: skip

DatasetPlace = Annotated[str, typer.Argument(metavar="DATASET", help="Folder or address of the dataset.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What to print.")]
OutOption = Annotated[Path | None, typer.Option("--output", "-o", help="File.")]
TopOption = Annotated[int | None, typer.Option("--top", "-n", min=1, help="Show so many; 20 if not told.")]
TOP = 20


@fleet.command("sql")
def sql(
    dataset: DatasetPlace,
    query: Annotated[
        str | None,
        typer.Argument(metavar="[SQL]", help="SELECT over the tables of 'tacticlens schema', and collected."),
    ] = None,
    format_: FormatOption = Format.text,
    out: OutOption = None,
) -> int:
    """Put SQL to the dataset; without SQL, say what is in it. 'sql' may be left out."""
    check_binary(format_, out)
    opened = _open(dataset)
    if query is None:
        query = "SELECT * FROM collected"
    answer = _lazy(opened, query)
    try:
        _answer(answer, format_, out)
    except _polars_errors() as error:
        raise _unanswerable(error) from None
    return 0


def _answer(answer: pl.LazyFrame, format_: Format, out: Path | None) -> None:
    """Write an answer; a file of rows is written as they come, so that it may be larger than memory."""
    if out is not None and format_ in {Format.parquet, Format.ndjson}:
        sink = answer.sink_parquet if format_ is Format.parquet else answer.sink_ndjson
        output.write_by(sink, out)
        return
    write_frame(answer.collect(engine="streaming"), format_, out)


def _lazy(dataset: Dataset, query: str) -> pl.LazyFrame:
    import polars as pl

    from tacticlens.cli.sql import check_query
    from tacticlens.fleet.dataset import COLLECTED
    from tacticlens.tables.schema import TABLE_NAMES

    check_query(query, [*TABLE_NAMES, COLLECTED])
    mentioned = set(re.findall(r"\w+", query.lower()))
    frames = {name: dataset.table(name) for name in TABLE_NAMES if name in mentioned}
    if COLLECTED in mentioned:
        frames[COLLECTED] = dataset.collected.lazy()
    try:
        return pl.SQLContext(frames, eager=False).execute(query)
    except _polars_errors() as error:
        raise _unanswerable(error) from None


def _polars_errors() -> tuple[type[BaseException], ...]:
    import polars as pl

    return pl.exceptions.PolarsError, pl.exceptions.PanicException, RecursionError


def _unanswerable(error: BaseException) -> UsageError:
    said = " ".join(str(error).split("Resolved plan")[0].split()) or type(error).__name__
    return UsageError(
        f"the query cannot be answered: {said[:400]}; 'tacticlens schema' lists tables and columns"
    )


@fleet.command("trends")
def trends(
    dataset: DatasetPlace,
    over: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL", help="Label that orders the logs; night, date or the like if not told."
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL", help="Labels that tell series apart; all others if not told; may be repeated."
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", "-l", metavar="RE", help="Only layers whose name matches.")
    ] = None,
    least: Annotated[float, typer.Option(min=0, help="Smallest step that is shown, as a share.")] = 0.02,
    top: TopOption = None,
    format_: FormatOption = Format.text,
    out: OutOption = None,
) -> int:
    """Find since when a layer or a whole engine is slower or faster: steps that noise does not explain."""
    from tacticlens.fleet.trends import trends as find
    from tacticlens.views.fleet import trends_text

    check_binary(format_, out)
    found = find(_open(dataset), over=over, by=by, layer=layer_pattern(layer), least=least)
    write_frame(
        found.frame().head(top) if top else found.frame(), format_, out,
        lambda: trends_text(found, top=top or TOP, width=output.width(), color=output.use_color() and out is None),
    )  # fmt: skip
    return 0


def _open(dataset: str) -> Dataset:
    from tacticlens.fleet.dataset import Dataset

    return Dataset(dataset)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(fleet, name="fleet")
