"""``tacticlens parse``: what is in a log, as text or as data."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tacticlens.cli import output
from tacticlens.cli.beside import Files, LayersFile, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, WideOption, check_binary
from tacticlens.cli.near import near_one
from tacticlens.cli.page import OpenOption, hint, show_page, text_of
from tacticlens.errors import UsageError
from tacticlens.views.registry import render

if TYPE_CHECKING:
    from tacticlens.tables.table_set import TableSet
    from tacticlens.views.result import Result


def parse(
    logs: Annotated[
        list[str],
        typer.Argument(metavar="LOG...", help="Build logs, plain or .gz .xz .zst; - = standard input."),
    ],
    format_: FormatOption = "text",
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
    open_: OpenOption = False,
    wide: WideOption = False,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Say what is in a build log: builds, engine layers by family, GEMM and Tensor Core share, what was not read."""
    from tacticlens.cli.reading import read

    _check(format_, out, table, many=len(logs) > 1)
    unread = 0
    documents: list[str | bytes] = []
    for source in logs:
        tables = read(source, Files(layers, profile, times, nsys, onnx)).tables
        if open_:
            _show(tables, source, None, open_=True)
        target = _directory(out, source, many=len(logs) > 1) if _is_directory(format_, out, table) else None
        if target is not None:
            _write_all(tables, format_, target)
        elif format_ == "html" and table is None and len(logs) == 1:
            if out is not None or not open_:
                _show(tables, source, out)
        else:
            pieces = render(_result(tables, table, wide=wide), format_, output.look(out, wide=wide))
            documents.append(b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces))
        if strict:
            unread += _list_unread(tables, source)
    if documents:
        output.write(_joined(documents, format_), out)
    if format_ == "text" and table is None and out is None and not open_ and logs != ["-"] and len(logs) == 1:
        hint(f"tacticlens report {shlex.quote(logs[0])}")
    return 1 if strict and unread else 0


def _show(tables: TableSet, source: str, out: Path | None, *, open_: bool = False) -> None:
    from tacticlens.report import pages

    name = "report" if source == "-" else Path(source).name
    show_page(pages.report(tables, text_of(source)), out, open_=open_, name=name)


_ONE_TABLE = ("csv", "csv-safe", "parquet")
"""Formats that hold one table: all of them need a directory."""


def _check(format_: str, out: Path | None, table: str | None, *, many: bool) -> None:
    from tacticlens.tables.schema import TABLE_NAMES

    if table is not None and table not in TABLE_NAMES:
        message = f"no table {table!r}; {near_one(table, TABLE_NAMES)}'tacticlens schema' lists them"
        raise UsageError(message)
    if format_ in _ONE_TABLE and table is None and out is None:
        message = f"all tables as {format_} need a directory: add -o DIR, or --table NAME for one"
        raise UsageError(message)
    if format_ in _ONE_TABLE and table is not None and many:
        message = f"one table as {format_} needs one LOG; -o DIR takes all tables of several"
        raise UsageError(message)
    check_binary(format_, out)
    if _is_directory(format_, out, table) and out is not None and out.is_file():
        message = f"{out}: is a file; -o needs a directory for all tables as {format_}"
        raise UsageError(message)


def _is_directory(format_: str, out: Path | None, table: str | None) -> bool:
    return format_ in _ONE_TABLE and table is None and out is not None


def _directory(out: Path | None, source: str, *, many: bool) -> Path:
    directory = out or Path()
    return directory / (Path(source).name if source != "-" else "stdin") if many else directory


def _write_all(tables: TableSet, format_: str, directory: Path) -> None:
    from tacticlens.tables.schema import TABLE_NAMES
    from tacticlens.views.frame import FrameResult

    suffix = format_.removesuffix("-safe")
    files = ((f"{name}.{suffix}", render(FrameResult(tables[name]), format_)) for name in TABLE_NAMES)
    output.write_folder(files, directory)


def _result(tables: TableSet, table: str | None, *, wide: bool) -> Result:
    from tacticlens.analysis.overview import overview
    from tacticlens.views.frame import FrameResult
    from tacticlens.views.log_tables import LogResult

    if table is not None:
        return FrameResult(tables[table], single=table == "log")
    return LogResult(tables, lambda: overview(tables), wide=wide)


def _joined(documents: list[str | bytes], format_: str) -> list[str | bytes]:
    """Join the documents of several logs: a JSON list, or one after another."""
    if len(documents) == 1 or format_ == "ndjson":
        return documents
    if format_ == "json":
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
