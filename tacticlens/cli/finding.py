"""``tacticlens finding``: what a kind of finding means."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from tacticlens.cli import output
from tacticlens.errors import UsageError


class FindingFormat(str, Enum):
    """Output formats of an explanation."""

    text = "text"
    json = "json"


def finding(
    kind: Annotated[
        str, typer.Argument(metavar="CODE", help="Code or name of a kind of finding, such as TL005.")
    ],
    format_: Annotated[
        FindingFormat, typer.Option("--format", "-f", help="What to print.")
    ] = FindingFormat.text,
) -> int:
    """Explain a kind of finding: what it means, why it matters, how to act, and an example."""
    from tacticlens.analysis.findings import KINDS
    from tacticlens.views.finding_page import as_dict, explanation

    wanted = kind.strip().lower()
    named = [one for one in KINDS if wanted in {one.code.lower(), one.name}]
    if not named:
        raise UsageError(f"there is no finding {kind!r}; {_near(wanted)}")
    if format_ is FindingFormat.json:
        import json

        output.write([json.dumps(as_dict(named[0]), indent=1), "\n"], None)
    else:
        output.write([explanation(named[0], min(output.width(), 100))], None)
    return 0


def _near(wanted: str) -> str:
    """Name the kinds that are most like what was asked for."""
    from difflib import get_close_matches

    from tacticlens.analysis.findings import KINDS

    names = {text.lower(): one for one in KINDS for text in (one.code, one.name)}
    containing = [text for text in names if len(wanted) > 2 and wanted in text]
    near = containing or get_close_matches(wanted, names, n=3, cutoff=0.5)
    kinds = dict.fromkeys(names[text] for text in near[:3])
    if not kinds:
        return f"codes go from {KINDS[0].code} to {KINDS[-1].code}"
    return "near: " + ", ".join(f"{one.code} {one.name}" for one in kinds)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("finding")(finding)
