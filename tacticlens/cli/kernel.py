"""``tacticlens kernel``: what a kernel name says."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from tacticlens.cli import output
from tacticlens.errors import UsageError


class KernelFormat(str, Enum):
    """Output formats of decoded names."""

    text = "text"
    json = "json"


def kernel(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Kernel names; - = one name a line from standard input."),
    ],
    format_: Annotated[
        KernelFormat, typer.Option("--format", "-f", help="What to print.")
    ] = KernelFormat.text,
) -> int:
    """Decode kernel names: family, Tensor Core use and its proof, types, tile, stages and more."""
    import json

    from tacticlens.kernels import decode

    wanted = [name for argument in names for name in (_from_stdin() if argument == "-" else [argument])]
    if not wanted:
        message = "no kernel name on standard input; give one name a line"
        raise UsageError(message)
    decoded = [decode(name) for name in wanted]
    if format_ is KernelFormat.json:
        output.write([json.dumps([name.model_dump() for name in decoded], indent=1), "\n"], None)
    else:
        from tacticlens.views.kernel import kernel_text

        output.write([kernel_text(decoded, width=output.width(), color=output.use_color())], None)
    return 0


def _from_stdin() -> list[str]:
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("kernel")(kernel)
