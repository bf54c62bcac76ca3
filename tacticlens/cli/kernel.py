"""``tacticlens kernel``: what a kernel name says."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tacticlens.cli.formats import FormatOption, OutputOption, show
from tacticlens.errors import UsageError


def kernel(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Kernel names; - = one name a line from standard input."),
    ],
    format_: FormatOption = "text",
    out: OutputOption = None,
) -> int:
    """Decode kernel names: family, Tensor Core use and its proof, types, tile, stages and more."""
    from tacticlens.kernels import decode
    from tacticlens.views.kernel import KernelResult

    wanted = [name for argument in names for name in (_from_stdin() if argument == "-" else [argument])]
    if not wanted:
        message = "no kernel name on standard input; give one name a line"
        raise UsageError(message)
    decoded = [decode(name) for name in wanted]
    show(KernelResult(decoded), format_, out)
    return 0


def _from_stdin() -> list[str]:
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip()]
