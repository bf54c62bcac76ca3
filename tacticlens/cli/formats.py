"""The formats that every command shares: the option, and showing a result in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.errors import UsageError
from tacticlens.views.registry import formats, is_binary, render

if TYPE_CHECKING:
    from tacticlens.views.result import Result


def _known(value: str) -> str:
    from tacticlens.cli.near import near_one

    if value not in formats():
        message = f"no format {value!r}; {near_one(value, formats())}the formats are {', '.join(formats())}"
        raise typer.BadParameter(message)
    return value


FormatOption = Annotated[
    str,
    typer.Option(
        "--format", "-f", metavar="FORMAT", help=f"{', '.join(formats()[:-1])} or {formats()[-1]}.", callback=_known,
        autocompletion=lambda: list(formats()),
    ),
]  # fmt: skip
WideOption = Annotated[
    bool, typer.Option("--wide", "-w", help="Names and symbolic shapes in full, tables uncut.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")
]


def check_binary(format_: str, out: Path | None) -> None:
    """Refuse to print what is no text on a terminal.

    Raises:
        UsageError: it would.
    """
    if out is None and output.to_terminal() and is_binary(format_):
        message = f"{format_} is binary: add -o FILE, or send it to a pipe"
        raise UsageError(message)


def show(result: Result, format_: str, out: Path | None = None, *, wide: bool = False) -> None:
    """Write a result to a file or standard output.

    Args:
        result: what to show.
        format_: how.
        out: the file; None = standard output.
        wide: tables are as wide as they need on a terminal too.
    """
    check_binary(format_, out)
    output.write(render(result, format_, output.look(out, wide=wide)), out)
