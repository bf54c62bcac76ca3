"""``tacticlens follow``: how far a build is whose log is being written."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tacticlens.assemble.progress import BuildProgress


def follow(
    log: Annotated[
        Path, typer.Argument(metavar="LOG", help="Log that trtexec or another builder is writing.")
    ],
    idle: Annotated[
        float | None,
        typer.Option("--idle", min=0, help="Also stop when nothing was written for this many seconds."),
    ] = None,
) -> int:
    """Show the layer under way, layers costed and tactics tried while a log is being written.

    Stops at trtexec's last line (PASSED or FAILED) or with Ctrl-C. Exit code 1 if the build failed.
    """
    from tacticlens.cli.live import watch

    lines, changed = -1, time.monotonic()

    def ended(progress: BuildProgress) -> bool:
        nonlocal lines, changed
        now = time.monotonic()
        if progress.lines != lines:
            lines, changed = progress.lines, now
        return progress.outcome != "incomplete" or (idle is not None and now - changed >= idle)

    return 1 if watch(log, ended).outcome == "failed" else 0
