"""``tacticlens parse``: what is in a log, as text or as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacticlens.cli import output
from tacticlens.cli.beside import Beside, LayersFile, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import Format, check_binary
from tacticlens.cli.page import OpenOption, show_page, text_of
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacticlens.tables.table_set import TableSet


def parse(
    logs: Annotated[
        list[str],
        typer.Argument(metavar="LOG...", help="Build logs, plain or .gz .xz .zst; - = standard input."),
    ],
    format_: Annotated[Format, typer.Option("--format", "-f", help="What to print.")] = Format.text,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File, or directory for all tables as csv or parquet."),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", "-t", help="Only this table; 'tacticlens schema' lists them.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a line was not read, and list such lines.")
    ] = False,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
    open_: OpenOption = False,
) -> int:
    """Say what is in a build log: builds, engine layers by family, GEMM and Tensor Core share, what was not read."""
    from tacticlens.cli.reading import read

    _check(format_, out, table, many=len(logs) > 1)
    unread = 0
    documents: list[str | bytes] = []
    for source in logs:
        tables = read(source, Beside(layers, profile, times, nsys, onnx)).tables
        if open_:
            _open(tables, source)
        target = _directory(out, source, many=len(logs) > 1) if _is_directory(format_, out, table) else None
        if target is not None:
            _write_all(tables, format_, target)
        else:
            documents.append(
                b"".join(p if isinstance(p, bytes) else p.encode() for p in _pieces(tables, format_, table))
            )
        if strict:
            unread += _list_unread(tables, source)
    if documents:
        output.write(_joined(documents, format_), out)
    return 1 if strict and unread else 0


def _open(tables: TableSet, source: str) -> None:
    from tacticlens.report import pages

    name = "report" if source == "-" else Path(source).name
    show_page(pages.report(tables, text_of(source)), None, open_=True, name=name)


def _check(format_: Format, out: Path | None, table: str | None, *, many: bool) -> None:
    from tacticlens.tables.schema import TABLE_NAMES

    if table is not None and table not in TABLE_NAMES:
        message = f"no table {table!r}; the tables are {', '.join(TABLE_NAMES)}"
        raise UsageError(message)
    if format_ in (Format.csv, Format.parquet) and table is None and out is None:
        message = f"all tables as {format_.value} need a directory: add -o DIR, or --table NAME for one"
        raise UsageError(message)
    if format_ in (Format.csv, Format.parquet) and table is not None and many:
        message = f"one table as {format_.value} needs one LOG; -o DIR takes all tables of several"
        raise UsageError(message)
    check_binary(format_, out)
    if _is_directory(format_, out, table) and out is not None and out.is_file():
        message = f"{out}: is a file; -o needs a directory for all tables as {format_.value}"
        raise UsageError(message)


def _is_directory(format_: Format, out: Path | None, table: str | None) -> bool:
    return format_ in (Format.csv, Format.parquet) and table is None and out is not None


def _directory(out: Path | None, source: str, *, many: bool) -> Path:
    directory = out or Path()
    return directory / (Path(source).name if source != "-" else "stdin") if many else directory


def _write_all(tables: TableSet, format_: Format, directory: Path) -> None:
    from tacticlens.export.flat import table_csv, table_parquet
    from tacticlens.tables.schema import TABLE_NAMES

    for name in TABLE_NAMES:
        data = table_csv(tables, name) if format_ is Format.csv else table_parquet(tables, name)
        output.write([data], directory / f"{name}.{format_.value}")


def _pieces(tables: TableSet, format_: Format, table: str | None) -> Iterable[str | bytes]:
    from tacticlens.export import flat, json_export
    from tacticlens.tables.schema import TABLE_NAMES

    if format_ is Format.json:
        return (
            json_export.document(tables) if table is None else [json_export.table_json(tables, table), "\n"]
        )
    if format_ is Format.ndjson:
        return json_export.rows_ndjson(
            tables, TABLE_NAMES if table is None else (table,), with_name=table is None
        )
    if format_ is Format.csv:
        return [flat.table_csv(tables, table or "")]
    if format_ is Format.parquet:
        return [flat.table_parquet(tables, table or "")]
    if table is not None:
        from tacticlens.views.table import table_text

        return [table_text(tables, table, width=output.width(), color=output.use_color())]
    from tacticlens.views.summary import summary

    return [summary(tables, width=output.width(), color=output.use_color())]


def _joined(documents: list[str | bytes], format_: Format) -> list[str | bytes]:
    """Join the documents of several logs: a JSON list, or one after another."""
    if len(documents) == 1 or format_ is Format.ndjson:
        return documents
    if format_ is Format.json:
        parts: list[Any] = ["["]
        for number, document in enumerate(documents):
            parts += [",\n"] if number else []
            parts.append(document.rstrip() if isinstance(document, str) else document.rstrip(b"\n"))
        return [*parts, "]\n"]
    return [
        piece
        for number, document in enumerate(documents)
        for piece in ([b"\n", document] if number else [document])
    ]


def _list_unread(tables: TableSet, source: str) -> int:
    """Name the shapes of lines that were not read; return the number of lines."""
    lines = sum(int(n) for outcome, _, n in tables.ledger.iter_rows() if outcome == "unread")
    for line, origin, number, text in tables.unread.head(50).iter_rows():
        output.warn(f"{source}:{line}: not read ({origin}, {number} such lines): {text[:160]}")
    if lines:
        output.warn(f"{source}: {lines} lines were not read; please report their shapes")
    return lines


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parse")(parse)
