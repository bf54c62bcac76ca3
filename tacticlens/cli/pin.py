"""``tacticlens pin``: keep the tactics of one build in the next, and check that they were kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tacticlens.cli import output
from tacticlens.cli.formats import FormatOption, show
from tacticlens.cli.patterns import layer_pattern
from tacticlens.cli.side_file import MOST_TEXT_BYTES, read_side_file
from tacticlens.errors import UsageError

if TYPE_CHECKING:
    from tacticlens.pin.model import Pins
    from tacticlens.views.result import Result


_HINT = "'tacticlens pin --help' shows which file goes where"


def pin(
    source: Annotated[
        str,
        typer.Argument(
            metavar="LOG",
            help="Build log, plain or .gz .xz .zst; - = standard input; with --apply a timing cache.",
        ),
    ],
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            "-l",
            metavar="RE",
            help="Only operations whose name or ONNX nodes match, else their layer.",
        ),
    ] = None,
    tactic: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="Pin this evaluated tactic, not the one that the build took."),
    ] = None,
    build: Annotated[int | None, typer.Option("--build", "-b", metavar="N", help="Only this build.")] = None,
    verify: Annotated[
        Path | None,
        typer.Option(metavar="PINS", help="Check which of these pins LOG kept; exit 1 if not all."),
    ] = None,
    apply: Annotated[
        Path | None,
        typer.Option(metavar="PINS", help="Write these pins into a copy of a timing cache; needs TensorRT."),
    ] = None,
    polygraphy: Annotated[
        bool,
        typer.Option("--polygraphy", help="Make a tactic replay file of Polygraphy, TensorRT 8.6 to 10."),
    ] = False,
    fleet: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET", help="Pin what most logs of a dataset took for a key, if LOG evaluated it."
        ),
    ] = None,
    format_: FormatOption = "text",
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File for pins, replay or cache; a cache goes to CACHE.pinned by default."
        ),
    ] = None,
) -> int:
    """Write down which tactic each key of an editable timing cache should have, apply it, verify it."""
    modes = {"--verify": verify is not None, "--apply": apply is not None, "--polygraphy": polygraphy}
    options = {"--layer": layer, "--tactic": tactic, "--build": build, "--fleet": fleet, "-o": out}
    _check(modes, {name for name, value in options.items() if value is not None})
    if apply is not None:
        return _apply(apply, source, format_, out)
    if verify is not None:
        return _verify(verify, source, build, format_)
    if polygraphy:
        return _replay(source, build, format_, out)
    return _plan(source, layer, tactic, build, fleet, format_, out)


_TAKES = {"--verify": {"--build"}, "--apply": {"-o"}, "--polygraphy": {"--build", "-o"}}
"""Which options go with a mode."""


def _check(modes: dict[str, bool], given: set[str]) -> None:
    chosen = [mode for mode, on in modes.items() if on]
    if len(chosen) > 1:
        message = f"{' and '.join(chosen)} do not go together; give one of them"
        raise UsageError(message)
    for mode in chosen:
        wrong = sorted(given - _TAKES[mode])
        if wrong:
            message = (
                f"{', '.join(wrong)} does not go with {mode}, which takes {', '.join(sorted(_TAKES[mode]))}"
            )
            raise UsageError(message)


def _plan(
    source: str,
    layer: str | None,
    tactic: str | None,
    build: int | None,
    fleet: str | None,
    format_: str,
    out: Path | None,
) -> int:
    from tacticlens.cli.reading import read
    from tacticlens.pin.planning import plan, spelled
    from tacticlens.views.pin import PlanResult

    pattern = layer_pattern(layer)
    wanted = spelled(tactic) if tactic is not None else None
    log = read(source)
    usual = None
    if fleet is not None:
        from tacticlens.fleet.dataset import Dataset
        from tacticlens.fleet.elsewhere import usual_tactics

        usual = usual_tactics(Dataset(fleet), log.tables)
    planned = plan(log, layer=pattern, tactic=wanted, build=build, usual=usual)
    _write(PlanResult(planned, target=str(out) if out is not None else None), format_, out)
    return 0


def _replay(source: str, build: int | None, format_: str, out: Path | None) -> int:
    from tacticlens.cli.reading import read
    from tacticlens.pin.tactic_replay import replay
    from tacticlens.views.pin import ReplayResult

    made = replay(read(source), build=build)
    _write(ReplayResult(made, target=str(out) if out is not None else None), format_, out)
    return 0


def _write(result: Result, format_: str, out: Path | None) -> None:
    """Write the document to its file, and show the result; JSON without a file is the document itself."""
    if out is not None:
        show(result, "json", out)
    if out is None or format_ != "json":
        show(result, format_)


def _verify(pins: Path, source: str, build: int | None, format_: str) -> int:
    from tacticlens.cli.reading import read
    from tacticlens.pin.verification import verify
    from tacticlens.views.pin import VerifyResult

    # both orders read naturally: --verify pins.json NEW.log, and --verify NEW.log pins.json
    if not _is_json(pins) and _is_json(Path(source)):
        pins, source = Path(source), str(pins)
    wanted = _read_pins(pins)
    found = verify(wanted, read(source), build=build)
    show(VerifyResult(found), format_)
    return 0 if found.ok else 1


def _apply(pins: Path, source: str, format_: str, out: Path | None) -> int:
    from tacticlens.pin.application import apply
    from tacticlens.record.timing_cache import TimingCache
    from tacticlens.views.pin import ApplyResult

    wanted = _read_pins(pins)
    cache = Path(source)
    data = read_side_file(cache, "the timing cache", hint=_HINT)
    target = out if out is not None else cache.with_name(f"{cache.name}.pinned")
    if out is None and target.exists():
        message = f"{target}: exists already; name the file to write with -o, which may be this one"
        raise UsageError(message)
    done = apply(wanted, TimingCache(data, source), source)
    if done.data is not None:
        output.replace(done.data, target, like=cache)
    show(ApplyResult(done, target=str(target) if done.data is not None else None), format_)
    return 0 if done.ok else 1


def _read_pins(path: Path) -> Pins:
    from tacticlens.pin.model import read_pins

    return read_pins(read_side_file(path, "the pins", most=MOST_TEXT_BYTES, hint=_HINT), str(path))


def _is_json(path: Path) -> bool:
    """Tell whether a file begins as a JSON object does; nothing that TensorRT prints does."""
    try:
        with path.open("rb") as stream:
            return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    except OSError:
        return False
