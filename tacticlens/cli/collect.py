"""``tacticlens collect``: logs into a dataset that grows."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.formats import FormatOption, show
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class EngineName(str, Enum):
    """Who reads the logs."""

    local = "local"
    dask = "dask"


def collect(
    dataset: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="DATASET", help="Folder or address of the dataset; made if new."
        ),
    ],
    logs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LOG]...", help="Logs, globs, folders or addresses such as s3://bucket/logs."
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Label of all these logs, a column of every table; may be repeated."
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV or JSON with labels of each log: a column log, the others labels."
        ),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Read on this machine, or on Dask workers.")
    ] = EngineName.local,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Running Dask scheduler, as tcp://host:8786; else one is started here."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-j", min=1, help="Processes; one per core by default.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a log could not be read.")] = False,
    format_: FormatOption = "text",
) -> int:
    """Add logs to a dataset: only new and changed ones are read; 'tacticlens fleet' asks it."""
    if scheduler is not None and engine is not EngineName.dask:
        message = "--scheduler is an address of Dask: add --engine dask"
        raise UsageError(message)
    if not logs and manifest is None:
        message = "name logs, folders or a glob, or give --manifest with a column log"
        raise UsageError(message)
    from tacticlens.fleet.collect import How
    from tacticlens.fleet.collect import collect as run
    from tacticlens.fleet.labels import from_manifest, from_options
    from tacticlens.fleet.places import find
    from tacticlens.log import read_log
    from tacticlens.views.fleet import CollectedResult

    common = from_options(label or ())
    each: Mapping[str, Mapping[str, str]] = from_manifest(manifest) if manifest is not None else {}
    progress = _Progress()
    try:
        done = run(
            find(logs or list(each)), dataset, lambda address: {**each.get(address, {}), **common}, read_log,
            how=How(engine.value, workers, scheduler), progress=progress,
        )  # fmt: skip
    finally:
        progress.end()
    show(CollectedResult(done, dataset), format_)
    for reason in done.unwritten:
        output.warn(reason)
    if done.unwritten:
        message = f"{dataset}: rows of some logs were not written; run collect again for those"
        raise UsageError(message)
    return 1 if strict and done.failed else 0


class _Progress:
    """One line on standard error for people, once there is something to tell."""

    def __init__(self) -> None:
        self._shown = False

    def __call__(self, done: int, of: int) -> None:
        if output.to_terminal(error=True):
            output.say(f"collecting: {done:,} of {of:,} logs", over=True)
            self._shown = True

    def end(self) -> None:
        if self._shown:
            output.say("", over=True)
