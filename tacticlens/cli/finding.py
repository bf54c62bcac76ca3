"""``tacticlens finding``: what a kind of finding means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.formats import FormatOption, OutputOption, show
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.analysis.finding import FindingKind


def finding(
    kind: Annotated[
        str, typer.Argument(metavar="CODE", help="Code or name of a kind of finding, such as TL005.")
    ],
    format_: FormatOption = "text",
    out: OutputOption = None,
) -> int:
    """Explain a kind of finding: what it means, why it matters, how to act, and an example."""
    from tacticlens.views.finding_page import KindResult

    show(KindResult(kind_named(kind)), format_, out)
    return 0


def kind_named(text: str) -> FindingKind:
    """Return the kind that has this code or name.

    Raises:
        UsageError: there is none.
    """
    from tacticlens.analysis.findings import KINDS

    wanted = text.strip().lower()
    named = [one for one in KINDS if wanted in {one.code.lower(), one.name}]
    if not named:
        raise UsageError(f"there is no finding {text!r}; {_near(wanted)}")
    return named[0]


def _near(wanted: str) -> str:
    """Name the kinds that are most like what was asked for."""
    from tacticlens.analysis.findings import KINDS
    from tacticlens.cli.near import near as nearest

    names = {text.lower(): one for one in KINDS for text in (one.code, one.name)}
    near = nearest(wanted, names)
    kinds = dict.fromkeys(names[text] for text in near[:3])
    if not kinds:
        return f"codes go from {KINDS[0].code} to {KINDS[-1].code}"
    return "near: " + ", ".join(f"{one.code} {one.name}" for one in kinds)
