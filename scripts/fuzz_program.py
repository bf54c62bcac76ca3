"""Run whole commands on hostile files and watch what must hold for any of them.

python scripts/fuzz_program.py --seed 1 --cases 200     # random damage, the same inputs every time
python scripts/fuzz_program.py --guided CORPUS -- -max_total_time=3600 -timeout=30 -rss_limit_mb=3000
                                                        # guided by coverage; needs the extra `fuzz` (atheris)
python scripts/fuzz_program.py --replay FILE..          # what do these inputs break?

The first byte of an input says which command runs and which of its files is the rest: a log, a second log, rules,
pins, a file of a profiler, a query, a kernel name. It must hold that

- the command ends with exit code 0, 1 or 2 and without a traceback; with 2 it says one line;
- no text contains a character that a terminal obeys or hides;
- JSON is JSON, CSV has as many cells in each row, and nothing in Markdown is alive outside a code span;
- nothing is written beside the file that was asked for, and nothing is opened that was not named.

Guided by coverage, libFuzzer keeps what reaches new code in CORPUS; `-merge=1 NEW OLD` makes a corpus smaller and
`-minimize_crash=1 FILE` an input. Without atheris, random damage of scripts/fuzz.py is done to the same seeds.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib
import importlib.util
import io
import json
import os
import pkgutil
import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
COMPOSED = ROOT / "tests" / "fixtures" / "composed"
OTHER = str(COMPOSED / "trt861.log")
LONGEST = 60_000
"""Bytes of an input; what grows with the input is measured by scripts/bench_hostile.py."""


def pieces() -> list[bytes]:
    """Return composed logs, and pieces of them that are short enough."""
    whole = [path.read_bytes() for path in sorted(COMPOSED.glob("*.log"))]
    return [log[:LONGEST] for log in whole] + [log[len(log) // 2 :][: LONGEST // 4] for log in whole]


@dataclass(frozen=True)
class Target:
    """One way to call the program.

    Attributes:
        arguments: of the command; {} is the hostile file, {text} its content as text.
        form: what is printed: text, markdown, json, ndjson, csv or files.
        name: of the hostile file.
        seeds: what the file may hold, well formed.
    """

    arguments: tuple[str, ...]
    form: str
    name: str = "build.log"
    seeds: Callable[[], list[bytes]] = pieces


def texts(*given: str) -> Callable[[], list[bytes]]:
    """Return a function that returns these texts."""
    return lambda: [text.encode() for text in given]


PROFILE = '[{"count": 10}, {"name": "stem/conv 3x3 + stem/relu", "timeMs": 1.5, "averageMs": 0.15, "percentage": 40.0}]'
LAYERS = (
    '{"Layers": [{"Name": "a", "LayerType": "gemm", "TacticName": "sm80_x", "Inputs": []}], "Bindings": []}'
)
TRACE = (
    '{"traceEvents": [{"ph": "X", "cat": "kernel", "name": "k", "ts": 1, "dur": 2, "args": {"stream": 7}}]}'
)
NSYS = "Time (%),Total Time (ns),Instances,Name\n50.0,1000,10,sm80_xmma_gemm\n"
PINS = (
    '{"schema_version": 1, "source": "", "tensorrt_version": null, "gpu": null, '
    '"pins": [{"key": "0x1", "tactic": "0x2", "layer": "a"}]}'
)
RULES = '[check]\nmin_gemm_share = 0.5\nforbid_family = ["gemm"]\nmax_unread = 3\n'
SQL = "SELECT runner, count(*) AS n FROM tactics WHERE time_ms > 0.1 GROUP BY runner ORDER BY n DESC LIMIT 3"
KERNEL = "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x32_stage4_warpsize2x2x1_tensor16x8x16"
LOG = str(COMPOSED / "trt10.log")

TARGETS: tuple[Target, ...] = (
    Target(("parse", "--strict", "{}"), "text"),
    Target(("parse", "{}", "--format", "json"), "json"),
    Target(("parse", "{}", "--format", "ndjson"), "ndjson"),
    Target(("parse", "{}", "--format", "csv", "-o", "out"), "files"),
    Target(("parse", "{}", "--table", "engine_layers"), "text"),
    Target(("parse", "{}", "--table", "engine_layers", "--format", "csv"), "csv"),
    Target(("parse", "{}", "--format", "parquet", "-o", "out"), "files"),
    Target(("tactics", "{}"), "text"),
    Target(("tactics", "{}", "--sort", "margin", "--format", "csv"), "csv"),
    Target(("explain", "{}", "conv"), "text"),
    Target(("explain", "{}", "conv", "--format", "json"), "json"),
    Target(("findings", "{}"), "text"),
    Target(("findings", "{}", "--format", "markdown"), "markdown"),
    Target(("findings", "{}", "--format", "json"), "json"),
    Target(("check", "{}", "--max-unread", "3"), "text"),
    Target(("diff", OTHER, "{}"), "text"),
    Target(("diff", "{}", OTHER, "--format", "markdown"), "markdown"),
    Target(("diff", "{}", OTHER, "{}", "--format", "markdown"), "markdown"),
    Target(("diff", OTHER, "{}", "--format", "json"), "json"),
    Target(("diff", OTHER, OTHER, "--baseline", "{}"), "text"),
    Target(("pin", "{}", "--format", "json"), "json"),
    Target(("query", "{}", "SELECT * FROM messages"), "text"),
    Target(("follow", "{}", "--idle", "0"), "text"),
    Target(("check", LOG, "--rules", "{}"), "text", "rules.toml", texts(RULES)),
    Target(("pin", LOG, "--verify", "{}"), "text", "pins.json", texts(PINS)),
    Target(("findings", LOG, "--profile", "{}"), "text", "profile.json", texts(PROFILE)),
    Target(("parse", LOG, "--layers", "{}"), "text", "layers.json", texts(LAYERS)),
    Target(("parse", LOG, "--times", "{}"), "text", "times.json", texts('[{"computeMs": 1.0}]')),
    Target(("parse", LOG, "--nsys", "{}"), "text", "nsys", texts(TRACE, NSYS)),
    Target(("query", LOG, "{text}", "--format", "json"), "json", "query.sql", texts(SQL)),
    Target(("explain", LOG, "{text}"), "text", "layer", texts("stem/conv")),
    Target(("tactics", LOG, "--layer", "{text}"), "text", "layer", texts("stem/(conv|x).*")),
    Target(("kernel", "--", "{text}"), "text", "kernel", texts(KERNEL)),
)


@dataclass(frozen=True)
class Failure:
    """What went wrong: `kind` stays the same while an input is made smaller, `text` is for the reader."""

    kind: str
    text: str


# -- what must hold ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: object
    out: str
    errors: str
    files: tuple[Path, ...]


def call(target: Target, data: bytes, folder: Path) -> Ended:
    """Run a command on a hostile file, in this process."""
    from tacticlens.cli.app import main

    path = folder / target.name
    path.write_bytes(data)
    text = data.decode("utf-8", "replace").replace("\0", "")[:5_000]
    arguments = [
        text if one == "{text}" else str(path) if one == "{}" else str(folder / one) if one == "out" else one
        for one in target.arguments
    ]
    out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main(arguments)
        out.flush()
        errors.flush()
    path.unlink()
    files = tuple(sorted(one for one in folder.rglob("*") if one.is_file()))
    printed = (stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, errors))  # type: ignore[attr-defined]
    return Ended(code, *printed, files)


def failure(data: bytes) -> Failure | None:
    """Return what an input breaks, or None."""
    if not data:
        return None
    target = TARGETS[data[0] % len(TARGETS)]
    with tempfile.TemporaryDirectory(prefix="tacticlens-fuzz-") as name:
        try:
            ended = call(target, data[1:], Path(name))
            return broken(target, ended)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{target.arguments[0]}: {type(error).__name__} in {place.name}"
            return Failure(where, traceback.format_exc())


def broken(target: Target, ended: Ended) -> Failure | None:
    """Hold the end of a command against what must hold."""
    said = f"{target.arguments}\nexit code {ended.code}\n{ended.out[-2000:]}\n{ended.errors[-2000:]}"
    wrong = list(_wrong(target, ended))
    return Failure(f"{target.arguments[0]} {target.form}: {wrong[0]}", said) if wrong else None


def _wrong(target: Target, ended: Ended) -> Iterator[str]:
    if ended.code not in {0, 1, 2}:
        yield f"exit code {ended.code}"
    if "Traceback" in ended.errors:
        yield "traceback"
    # `check` lists what it could judge all the same
    if ended.code == 2 and (ended.errors.count("\n") != 1 or (ended.out and target.arguments[0] != "check")):
        yield "not one line with exit code 2"
    if any(hidden(character) for character in ended.errors):
        yield "raw character in errors"
    if target.form in {"text", "markdown"} and any(hidden(character) for character in ended.out):
        yield "raw character in output"
    if target.form != "files" and ended.files:
        yield f"files were left: {ended.files}"
    if ended.code != 2 and ended.out:
        yield from _malformed(target.form, ended.out)


def _malformed(form: str, out: str) -> Iterator[str]:
    try:
        if form == "json":
            json.loads(out)
        elif form == "ndjson":
            for line in out.split("\n"):
                if line:
                    json.loads(line)
    except ValueError as error:
        yield f"no JSON ({error})"
    if form == "csv" and len({len(row) for row in csv.reader(io.StringIO(out, newline=""))}) > 1:
        yield "rows of different length"
    if form == "markdown" and alive(out):
        yield f"alive in Markdown: {alive(out)}"


def hidden(character: str) -> bool:
    """Tell whether a terminal obeys or hides a character."""
    return character != "\n" and not character.isprintable()


_ALIVE = re.compile(r"@\w|://|www\.|:[a-z_]+:|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|[<>`*_]", re.IGNORECASE)


def alive(markdown: str) -> str:
    """Return the first thing that GitHub would make live outside code spans, or ""."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    for token in (one for block in tokens for one in (block, *(block.children or []))):
        if token.type in {
            "link_open",
            "image",
            "html_inline",
            "html_block",
            "fence",
            "code_block",
            "em_open",
        }:
            return f"{token.type} {token.content}"
        found = _ALIVE.search(token.content) if token.type == "text" else None
        if found:
            return found.group()
    return ""


# -- inputs ------------------------------------------------------------------------------------------------------


def seeds() -> list[bytes]:
    """Return well-formed inputs of every target."""
    return [bytes([number]) + seed for number, target in enumerate(TARGETS) for seed in target.seeds()]


def damage() -> Any:
    """Return scripts/fuzz.py, which knows how logs are damaged."""
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / "scripts" / "fuzz.py")
    if spec is None or spec.loader is None:
        raise SystemExit("fuzz_program.py: scripts/fuzz.py is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def damaged(rng: random.Random, data: bytes, mutations: tuple[Any, ...]) -> bytes:
    """Damage an input behind its first byte; now and then another command gets it."""
    head, rest = data[:1], data[1:]
    for mutate in rng.choices(mutations, k=rng.randrange(1, 4)):
        rest = mutate(rng, rest) if rest else rest
    if rng.random() < 0.05:
        head = bytes([rng.randrange(len(TARGETS))])
    return head + rest[:LONGEST]


def cases(seed: int) -> Iterator[bytes]:
    """Yield damaged inputs without end, the same ones for the same seed."""
    mutations, given = damage().MUTATIONS, seeds()
    by_target = [[one for one in given if one[0] == number] for number in range(len(TARGETS))]
    for number in range(sys.maxsize):
        rng = random.Random(f"{seed}/{number}")
        data = rng.choice(by_target[number % len(TARGETS)])
        if len(data) > 2_000:  # a piece of a log is damaged more for the same time
            lines = data[1:].splitlines(keepends=True)
            start = rng.randrange(len(lines))
            data = data[:1] + b"".join(lines[start : start + rng.randrange(1, 300)])
        yield damaged(rng, data, mutations)


def smallest(data: bytes, found: Failure, until: float) -> bytes:
    """Drop lines, then bytes, as long as the input breaks in the same way and there is time."""
    for parts in (data[1:].splitlines(keepends=True), None):
        pieces = parts if parts is not None else [bytes([byte]) for byte in data[1:]]
        size = max(1, len(pieces) // 2)
        while size and time.monotonic() < until:
            for start in range(0, len(pieces), size):
                fewer = pieces[:start] + pieces[start + size :]
                again = failure(data[:1] + b"".join(fewer))
                if again and again.kind == found.kind:
                    pieces = fewer
                    break
                if time.monotonic() >= until:
                    break
            else:
                size //= 2
        data = data[:1] + b"".join(pieces)
    return data


# -- command line ------------------------------------------------------------------------------------------------


def guided(corpus: Path, arguments: list[str]) -> None:
    """Look for inputs that reach new code, and never return."""
    import atheris

    import tacticlens

    with atheris.instrument_imports(include=["tacticlens"], enable_loader_override=False):
        for module in pkgutil.walk_packages(tacticlens.__path__, "tacticlens."):
            if module.name != "tacticlens.__main__":
                importlib.import_module(module.name)
    mutations = damage().MUTATIONS
    known: set[str] = set()

    def one(data: bytes) -> None:
        found = failure(data)
        if found is not None and found.kind not in known:
            known.add(found.kind)
            saved = corpus.parent / f"broken-{len(known)}-{os.getpid()}"
            saved.write_bytes(data)
            print(f"BROKEN {found.kind}: saved as {saved}\n{found.text}", flush=True)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return damaged(rng, data or b"\0", mutations)[:most]

    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for number, seed in enumerate(seeds()):
            (corpus / f"seed-{number:04}").write_bytes(seed)
    flags = [f"-max_len={LONGEST + 1}", *arguments]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def replay(files: list[Path]) -> int:
    """Say what each input breaks."""
    kinds = 0
    for path in files:
        found = failure(path.read_bytes())
        kinds += found is not None
        print(f"{path}: {found.kind if found else 'holds'}\n{found.text if found else ''}")
    return 1 if kinds else 0


def at_random(options: argparse.Namespace) -> int:
    """Try damaged inputs until the time or their number is over."""
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    end, number, kinds = time.monotonic() + options.seconds, 0, set[str]()
    for data in cases(seed):
        if number >= options.cases or time.monotonic() >= end:
            break
        found = failure(data)
        number += 1
        if found and found.kind not in kinds:
            kinds.add(found.kind)
            saved = options.out / f"broken-{seed}-{number}"
            saved.write_bytes(smallest(data, found, time.monotonic() + options.shrink_seconds))
            print(f"case {number} breaks: {found.kind}; saved as {saved}\n{found.text}", flush=True)
    print(f"{number} inputs, {len(kinds) or 'no'} kinds of failures")
    return 1 if kinds else 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    given = sys.argv[1:] if arguments is None else arguments
    own, rest = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seconds", type=float, default=sys.maxsize, help="how long to look")
    made.add_argument("--cases", type=int, default=1000, help="how many inputs (1000)")
    made.add_argument("--seed", type=int, help="number that the inputs follow from; a new one if not given")
    made.add_argument("--out", type=Path, default=Path(), help="folder for failing inputs (.)")
    made.add_argument("--shrink-seconds", type=float, default=60, help="how long to make one smaller (60)")
    made.add_argument(
        "--guided", type=Path, metavar="CORPUS", help="guided by coverage; the rest is libFuzzer's"
    )
    made.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="run these inputs")
    options = made.parse_args(own)
    if options.replay:
        return replay(options.replay)
    if options.guided:
        guided(options.guided, rest)
    return at_random(options)


if __name__ == "__main__":
    raise SystemExit(main())
