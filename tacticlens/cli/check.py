"""``tacticlens check``: a gate for continuous integration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.beside import Beside, LayersFile, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, show
from tacticlens.cli.side_file import read_side_file
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.analysis.check import Rules


def check(
    log: Annotated[
        str, typer.Argument(metavar="LOG", help="Build log, plain or .gz .xz .zst; - = standard input.")
    ],
    min_gemm_share: Annotated[
        float | None, typer.Option(metavar="X", help="Least share of the time in matrix products, 0 to 1.")
    ] = None,
    min_tensor_core_share: Annotated[
        float | None, typer.Option(metavar="X", help="Least share of the time proven to be on Tensor Cores.")
    ] = None,
    max_reformat_share: Annotated[
        float | None, typer.Option(metavar="X", help="Most share of the time in reformats and copies.")
    ] = None,
    forbid_family: Annotated[
        list[str] | None, typer.Option(metavar="F", help="No layer of this family; may be repeated.")
    ] = None,
    max_unread: Annotated[
        int | None, typer.Option(metavar="N", help="Most lines that may be left unread.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML with the same names below [check]; options win.")
    ] = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Check a build against rules: exit 0 if it keeps them, 1 if not, 2 if that cannot be judged."""
    from tacticlens.analysis import check as gate
    from tacticlens.cli.reading import read

    asked = gate.Rules(
        min_gemm_share, min_tensor_core_share, max_reformat_share, tuple(forbid_family or ()), max_unread
    )
    if rules is not None:
        asked = asked.over(_from_file(rules))
    if not asked.asked:
        message = "no rule to check: give --min-gemm-share 0.9 or others, or --rules FILE ('tacticlens check --help')"
        raise UsageError(message)
    verdicts = gate.check(read(log, Beside(layers, profile, times, nsys, onnx)).tables, asked)
    broken = any(verdict.ok is False for verdict in verdicts)
    unjudged = next((verdict for verdict in verdicts if verdict.ok is None), None)
    from tacticlens.views.check import CheckResult

    show(CheckResult(verdicts), format_, out)
    if broken or unjudged is None:
        return 1 if broken else 0
    message = f"{log}: {unjudged.rule} cannot be judged for {unjudged.where}: {unjudged.detail}"
    raise UsageError(message)


def _from_file(path: Path) -> Rules:
    from tacticlens.analysis.check import rules_from_toml

    hint = "--rules needs a TOML file with a table [check]"
    data = read_side_file(path, "the rules", most=1 << 20, hint=hint)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        message = f"{path}: the rules cannot be read (no UTF-8 text); {hint}"
        raise UsageError(message) from None
    return rules_from_toml(text, str(path))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)
