"""``tacticlens query``: SQL over the tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, check_binary, show

if TYPE_CHECKING:
    import polars as pl

    from tacticlens.tables.table_set import TableSet


def query(
    log: LogArgument,
    sql: Annotated[
        str,
        typer.Argument(metavar="SQL", help="SELECT over the tables of 'tacticlens schema', and candidates."),
    ],
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Ask the tables of a log with SQL: SELECT runner, count(*) FROM tactics GROUP BY runner."""
    from tacticlens.cli.reading import read
    from tacticlens.views.frame import FrameResult

    check_binary(format_, out)
    tables = read(log, Files(layers, profile, times, nsys, onnx)).tables
    show(FrameResult(run(tables, sql)), format_, out)
    return 0


def _extra() -> dict[str, Callable[[TableSet], pl.DataFrame]]:
    """Return the frames that are no tables of the schema and can be asked all the same."""
    from tacticlens.analysis.candidates import candidates

    return {"candidates": candidates}


def run(tables: TableSet, sql: str) -> pl.DataFrame:
    """Return the answer to a query; only the tables that it mentions are made.

    Raises:
        UsageError: the query is wrong, or no single SELECT over the tables.
    """
    import polars as pl

    from tacticlens.cli.sql import answered, check_query
    from tacticlens.tables.schema import TABLE_NAMES

    extra = _extra()
    check_query(sql, [*TABLE_NAMES, *extra])
    mentioned = set(re.findall(r"\w+", sql.lower()))
    frames = {name: tables[name] for name in TABLE_NAMES if name in mentioned}
    frames |= {name: make(tables) for name, make in extra.items() if name in mentioned}
    hint = f"the tables are {', '.join([*TABLE_NAMES, *extra])}"
    return answered(lambda: pl.SQLContext(frames, eager=True).execute(sql), hint)
