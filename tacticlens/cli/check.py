"""``tacticlens check``: a gate for continuous integration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli.beside import Files, LayersFile, LogArgument, NsysFile, OnnxFile, ProfileFile, TimesFile
from tacticlens.cli.formats import FormatOption, OutputOption, show
from tacticlens.cli.side_file import read_side_file
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.analysis.check_rules import Rules


def check(
    log: LogArgument,
    min_gemm_share: Annotated[
        float | None, typer.Option(metavar="X", help="Minimum share of the time in matrix products, 0 to 1.")
    ] = None,
    min_tensor_core_share: Annotated[
        float | None,
        typer.Option(metavar="X", help="Minimum share of the time proven to be on Tensor Cores."),
    ] = None,
    max_reformat_share: Annotated[
        float | None, typer.Option(metavar="X", help="Maximum share of the time in reformats and copies.")
    ] = None,
    forbid_family: Annotated[
        list[str] | None, typer.Option(metavar="F", help="Forbid layers of this family; may be repeated.")
    ] = None,
    max_unread: Annotated[
        int | None, typer.Option(metavar="N", help="Maximum number of unread lines.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="TOML file with the same names under [check]; options override it."
        ),
    ] = None,
    format_: FormatOption = "text",
    out: OutputOption = None,
    layers: LayersFile = None,
    profile: ProfileFile = None,
    times: TimesFile = None,
    nsys: NsysFile = None,
    onnx: OnnxFile = None,
) -> int:
    """Check a build against rules: exit 0 if it keeps them, 1 if not, 2 if the log does not decide."""
    from tacticlens.analysis.check import check as judge
    from tacticlens.analysis.check_rules import rules_of
    from tacticlens.cli.reading import read
    from tacticlens.views.check import CheckResult, detail, where

    wanted = rules_of(
        min_gemm_share=min_gemm_share,
        min_tensor_core_share=min_tensor_core_share,
        max_reformat_share=max_reformat_share,
        forbid_family=forbid_family or (),
        max_unread=max_unread,
    )
    if rules is not None:
        wanted = wanted.over(_from_file(rules))
    if wanted.empty:
        message = "no rule to check: give --min-gemm-share 0.9 or others, or --rules FILE ('tacticlens check --help')"
        raise UsageError(message)
    verdicts = judge(read(log, Files(layers, profile, times, nsys, onnx)).tables, wanted)
    show(CheckResult(verdicts), format_, out)
    if any(verdict.state == "broken" for verdict in verdicts):
        return 1
    undecided = next((verdict for verdict in verdicts if verdict.state == "undecided"), None)
    if undecided is None:
        return 0
    message = f"{log}: {undecided.rule} is not decided for {where(undecided.place)}: {detail(undecided)}"
    raise UsageError(message)


def _from_file(path: Path) -> Rules:
    from tacticlens.analysis.check_rules import rules_from_toml

    hint = "--rules needs a TOML file with a table [check]"
    data = read_side_file(path, "the rules", most=1 << 20, hint=hint)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        message = f"{path}: the rules cannot be read (no UTF-8 text); {hint}"
        raise UsageError(message) from None
    return rules_from_toml(text, str(path))
