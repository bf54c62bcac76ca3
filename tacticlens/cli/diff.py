"""``tacticlens diff``: what changed between two builds and whether it matters; more builds side by side."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.formats import FormatOption, OutputOption, check_binary, show
from tacticlens.cli.page import OpenOption, hint, show_page, text_of
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tacticlens.diff.gate import Condition
    from tacticlens.diff.result import Diff
    from tacticlens.tables.table_set import TableSet

Place = tuple[str, int | None]
"""A log and the number of a build in it; None = not given."""


def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="Build log; OLD.log:2 is its build 2; - = standard input.")
    ],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="Build log to compare with it; may be the same file.")
    ],
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LOG]...", help="More builds: all are shown side by side, layer by layer."),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LOG",
            help="Repeat of the old build on its machine, or a dataset that 'tacticlens collect' made: shows "
            "what is noise; LOG:N is one build of it; may be repeated.",
        ),
    ] = None,
    old_build: Annotated[
        int | None,
        typer.Option(metavar="N", help="Build of the old log; by default that of its last engine."),
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
        int | None, typer.Option("--top", "-n", min=1, help="Number of changes or rows shown; 15 by default.")
    ] = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
    open_: OpenOption = False,
) -> int:
    """Compare two builds: what changed in which layer, what it costs, and whether it is more than noise.

    More than two logs are shown side by side, each compared with the one before; --fail-on then holds the last
    against the first.
    """
    from tacticlens.diff.gate import parse

    conditions = [parse(text) for text in fail_on or ()]
    check_binary(format_, out)
    if more:
        return _side_by_side(
            [old, new, *more], conditions, format_, out, top, open_=open_, two_only=(old_build, new_build, baseline)
        )  # fmt: skip
    places = [_place(old, old_build, "old"), _place(new, new_build, "new")]
    repeats = [_place(text) for text in baseline or () if not _is_dataset(text)]
    tables = _read([*places, *repeats])
    known = [
        one for text in baseline or () if _is_dataset(text) for one in _repeats(text, tables[:2], places)
    ]

    from tacticlens.diff.changes import diff as compare

    found = compare(
        tables[0], tables[1], old_build=places[0][1], new_build=places[1][1],
        baseline=[*zip(tables[2:], (build for _, build in repeats), strict=True), *((one, None) for one in known)],
    )  # fmt: skip
    # a condition that cannot be judged is reported before anything is printed
    reasons = _failed(found, conditions)
    if format_ == "html" or open_:
        from tacticlens.report import pages

        show_page(pages.diff(found, _with_text(tables, places)), out, open_=open_, name="diff")
    else:
        from tacticlens.views.diff import DiffResult

        show(DiffResult(found, top=top), format_, out)
        if format_ == "text" and out is None and "-" not in {old, new}:
            hint(f"tacticlens diff {shlex.quote(old)} {shlex.quote(new)}")
    return _exit(reasons)


def _is_dataset(text: str) -> bool:
    return "://" in text or Path(text).is_dir()


def _repeats(dataset: str, tables: Sequence[TableSet], places: Sequence[Place]) -> list[TableSet]:
    """Return the logs of a dataset that repeat the old build."""
    from tacticlens.fleet.dataset import Dataset
    from tacticlens.fleet.elsewhere import repeats

    return repeats(Dataset(dataset), tables[0], tables[1], places[0][1], places[1][1])


def _side_by_side(
    logs: Sequence[str], conditions: Sequence[Condition], format_: str, out: Path | None, top: int | None,
    *, open_: bool, two_only: tuple[int | None, int | None, list[str] | None],
) -> int:  # fmt: skip
    """Compare more than two builds; conditions are about the last against the first."""
    if any(one is not None for one in two_only):
        message = "--old-build, --new-build and --baseline are for two logs; with more, LOG:N names build N of a log"
        raise UsageError(message)
    places = [_place(text) for text in logs]
    tables = _read(places)

    from tacticlens.diff.changes import diff as compare
    from tacticlens.diff.matrix import matrix

    numbers = [number for _, number in places]
    found = matrix(*tables, builds=numbers)
    reasons = []
    if conditions:
        ends = compare(tables[0], tables[-1], old_build=numbers[0], new_build=numbers[-1])
        reasons = _failed(ends, conditions)
    if format_ == "html" or open_:
        from tacticlens.report import pages

        show_page(pages.matrix(found, _with_text(tables, places)), out, open_=open_, name="diff")
    else:
        from tacticlens.views.matrix import MatrixResult

        show(MatrixResult(found, top=top), format_, out)
    return _exit(reasons)


def _read(places: Sequence[Place]) -> list[TableSet]:
    """Read logs, each file once.

    Raises:
        UsageError: standard input is meant more than once.
    """
    from tacticlens.cli.reading import read

    if sum(name == "-" for name, _ in places) > 1:
        message = "standard input can be only one of the logs; give the others as files"
        raise UsageError(message)
    tables: dict[str, TableSet] = {}
    for name, _ in places:
        if name not in tables:
            tables[name] = read(name).tables
    return [tables[name] for name, _ in places]


def _with_text(tables: Sequence[TableSet], places: Sequence[Place]) -> list[tuple[TableSet, bytes | None]]:
    """Return the tables of logs and their lines, each file read once."""
    lines = {name: text_of(name) for name, _ in places}
    return [(one, lines[name]) for one, (name, _) in zip(tables, places, strict=False)]


def _failed(found: Diff, conditions: Sequence[Condition]) -> list[str]:
    from tacticlens.diff.gate import failed
    from tacticlens.views.gate import sentence

    failures = [failed(found, condition) for condition in conditions]
    return [sentence(failure) for failure in failures if failure is not None]


def _exit(reasons: Sequence[str]) -> int:
    for reason in reasons:
        output.warn(f"failed on {reason}")
    return 1 if reasons else 0


def _place(text: str, build: int | None = None, side: str = "") -> Place:
    """Split `OLD.log:2`; a file that has such a name is meant before a build.

    Raises:
        UsageError: two builds are given.
    """
    found = re.fullmatch(r"(.+):(\d{1,9})", text, re.DOTALL)
    if not found or Path(text).exists():
        return text, build
    if build is not None and build != int(found[2]):
        message = f"{text} with --{side}-build {build}: which build is meant? leave one of the two out"
        raise UsageError(message)
    return found[1], int(found[2])
