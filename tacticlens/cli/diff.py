"""``tacticlens diff``: what changed between two builds, and whether it matters."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.formats import Format, check_binary, write_frame
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.diff.model import Diff


class DiffFormat(str, Enum):
    """Output formats of comparisons."""

    text = "text"
    json = "json"
    markdown = "markdown"
    csv = "csv"
    parquet = "parquet"


def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="Build log; OLD.log:2 is its build 2; - = standard input.")
    ],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="Build log to compare with it; may be the same file.")
    ],
    old_build: Annotated[
        int | None,
        typer.Option(metavar="N", help="Build of the old log; if not told, that of its last engine."),
    ] = None,
    new_build: Annotated[int | None, typer.Option(metavar="N", help="Build of the new log.")] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Exit 1 on slower:5%, tensor-core-lost, tactic-changed:real or reformat-added; may be repeated.",
        ),
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", "-n", min=1, help="Show so many changes; 15 if not told.")
    ] = None,
    format_: Annotated[DiffFormat, typer.Option("--format", "-f", help="What to print.")] = DiffFormat.text,
    out: Annotated[Path | None, typer.Option("--output", "-o", help="File.")] = None,
) -> int:
    """Compare two builds: what changed in which layer, what it costs, and whether it is more than noise."""
    from tacticlens.cli.reading import read
    from tacticlens.diff.changes import diff as compare
    from tacticlens.diff.gate import failed, parse

    conditions = [parse(text) for text in fail_on or ()]
    if format_ is DiffFormat.parquet:
        check_binary(Format.parquet, out)
    (old, old_build), (new, new_build) = _place(old, old_build, "old"), _place(new, new_build, "new")
    if old == new == "-":
        message = "standard input can be one of the two logs, not both; give the other as a file"
        raise UsageError(message)
    before = read(old).tables
    after = before if new == old else read(new).tables
    found = compare(before, after, old_build=old_build, new_build=new_build)
    # a condition that cannot be judged is said before anything is printed
    reasons = [reason for condition in conditions if (reason := failed(found, condition)) is not None]
    _write(found, format_, out, top)
    for reason in reasons:
        output.warn(f"failed on {reason}")
    return 1 if reasons else 0


def _place(text: str, build: int | None, side: str) -> tuple[str, int | None]:
    """Split `OLD.log:2`; a file that has such a name is meant before a build.

    Raises:
        UsageError: two builds are told.
    """
    found = re.fullmatch(r"(.+):(\d{1,9})", text, re.DOTALL)
    if not found or Path(text).exists():
        return text, build
    if build is not None and build != int(found[2]):
        message = f"{text} with --{side}-build {build}: which build is meant? leave one of the two out"
        raise UsageError(message)
    return found[1], int(found[2])


def _write(found: Diff, format_: DiffFormat, out: Path | None, top: int | None) -> None:
    if format_ is DiffFormat.json:
        import json

        document = found.as_dict()
        document["changes"] = document["changes"][:top]
        output.write([json.dumps(document, indent=1, ensure_ascii=False), "\n"], out)
    elif format_ in {DiffFormat.csv, DiffFormat.parquet}:
        from tacticlens.diff.rows import frame

        write_frame(frame(found.changes[:top]), Format(format_.value), out)
    elif format_ is DiffFormat.markdown:
        from tacticlens.views.diff import TOP
        from tacticlens.views.diff_markdown import diff_markdown

        output.write([diff_markdown(found, top=top or TOP)], out)
    else:
        from tacticlens.views.diff import TOP, diff_text

        seen = output.use_color() and out is None
        output.write([diff_text(found, top=top or TOP, width=output.width(), color=seen)], out)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(diff)
