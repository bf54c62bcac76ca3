"""Read damaged logs and watch what must hold for any input.

python scripts/fuzz.py --seconds 60           # a new seed, which is printed
python scripts/fuzz.py --seed 7 --cases 500   # the same inputs every time

A case is a piece of a log (composed or recorded fixtures, and the corpus named by --corpus or TACTICLENS_CORPUS where
there is one) to which one to four kinds of damage are done. It must hold that

- reading ends well or with a SourceError of one line, and every table can be made;
- the ledger adds up to the lines of the input, counted here on their own;
- where the input is cut into blocks does not matter to the tables;
- the scanner and the LALR parser give the same for a sample of the messages.

The first input that breaks this is made smaller as long as it fails in the same way, and saved.
Exit codes: 0 nothing found, 1 a failing input was saved, 2 bad usage.
"""

from __future__ import annotations

import argparse
import codecs
import io
import os
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacticlens.errors import SourceError
from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.grammar import reference
from tacticlens.grammar.rules import line_rules
from tacticlens.grammar.scanner import line_scanner
from tacticlens.ingest.sniff import text_encoding
from tacticlens.log import Log, read_log

ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = 150
SAMPLED_MESSAGES = 12
LONGEST_FOR_LALR = 4000  # a message of a megabyte says nothing that a shorter one does not, and takes minutes

Random = random.Random
Mutation = Callable[[Random, bytes], bytes]


@dataclass(frozen=True)
class Failure:
    """What went wrong: `kind` stays the same while the input is made smaller, `text` is for the reader."""

    kind: str
    text: str


# -- damage ------------------------------------------------------------------------------------------------------


def lines_of(data: bytes) -> list[bytes]:
    """Split into lines that keep their ends; the last one gets an end too."""
    return [line + b"\n" for line in data.removesuffix(b"\n").split(b"\n")]


def cut(rng: Random, data: bytes) -> bytes:
    """Cut the begin or the end off, anywhere in a line."""
    at = rng.randrange(len(data) + 1)
    return data[at:] if rng.random() < 0.5 else data[:at]


def glue(rng: Random, data: bytes) -> bytes:
    """Lose some line ends."""
    return b"".join(line.rstrip(b"\n") if rng.random() < 0.1 else line for line in lines_of(data))


def swap(rng: Random, data: bytes) -> bytes:
    """Exchange lines."""
    lines = lines_of(data)
    for _ in range(rng.randrange(1, 8)):
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


def duplicate(rng: Random, data: bytes) -> bytes:
    """Repeat a run of lines somewhere else."""
    lines = lines_of(data)
    start = rng.randrange(len(lines))
    run = lines[start : start + rng.randrange(1, 12)]
    at = rng.randrange(len(lines) + 1)
    return b"".join(lines[:at] + run * rng.randrange(1, 3) + lines[at:])


def drop(rng: Random, data: bytes) -> bytes:
    """Lose lines."""
    return b"".join(line for line in lines_of(data) if rng.random() > 0.15)


def half_lines(rng: Random, data: bytes) -> bytes:
    """Cut some lines in the middle, as two writers of one file do."""
    lines = lines_of(data)
    return b"".join(
        line[: rng.randrange(len(line) + 1)] + rng.choice([b"", b"\n"]) if rng.random() < 0.1 else line
        for line in lines
    )


def flip_bits(rng: Random, data: bytes) -> bytes:
    """Turn single bits."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 20) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def sprinkle(*texts: bytes) -> Mutation:
    """Return a mutation that puts texts anywhere."""

    def put(rng: Random, data: bytes) -> bytes:
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(data) + 1)
            data = data[:at] + rng.choice(texts) + data[at:]
        return data

    return put


def numbers(rng: Random, data: bytes) -> bytes:
    """Put strange numbers in the place of some."""
    strange = [
        b"-1",
        b"0",
        b"inf",
        b"-nan",
        b"1e999",
        b"9" * 30,
        b"9" * 5000,
        b"0x" + b"f" * 40,
        b"1e-400",
        b"-0.0",
    ]
    return re.sub(
        rb"\b\d+\b", lambda found: rng.choice(strange) if rng.random() < 0.1 else found.group(), data
    )


def huge_line(rng: Random, data: bytes) -> bytes:
    """Make one line very long, or add one."""
    lines = lines_of(data)
    at = rng.randrange(len(lines))
    filler = rng.choice([b"x", b" ", b"0", b"(", b" + a", b"[TRT] ", b", Tactic: 0x1", "層".encode()])
    body = lines[at].rstrip(b"\r\n")
    lines[at] = body + filler * (rng.choice([300, 20_000, 200_000]) // len(filler)) + b"\n"
    return b"".join(lines)


def prefixes(rng: Random, data: bytes) -> bytes:
    """Put something before every line, or take the prefix away."""
    if rng.random() < 0.3:
        return re.sub(rb"(?m)^(?:\[[^\]\n]*\] ?)+", b"", data)
    before = rng.choice([
        b"[01/01/2025-12:00:00] [V] [TRT] ", b"> ", b"  ", b"2025-01-01T00:00:00.000Z ", b"[TensorRT] VERBOSE: ",
        b"build | ", b"[I] ", b"[E] [TRT] ", b"INFO:root:", bytes(rng.randrange(32, 127) for _ in range(12)) + b" ",
    ])  # fmt: skip
    return b"".join(before + line for line in lines_of(data))


def recode(rng: Random, data: bytes) -> bytes:
    """Write the log in another encoding, with or without a byte order mark."""
    text = data.decode("utf-8", "replace")
    return rng.choice([
        lambda: codecs.BOM_UTF8 + data,
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-16-le"),
        lambda: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda: text.encode("latin-1", "replace"),
        lambda: text.encode("utf-32"),
    ])()  # fmt: skip


MUTATIONS: tuple[Mutation, ...] = (
    cut, glue, swap, duplicate, drop, half_lines, flip_bits, numbers, huge_line, prefixes, recode,
    sprinkle(b"\0", b"\0\0\0\0"),
    sprinkle(b"\x1b[32m", b"\x1b[0m", b"\x1b[", b"\x1b]0;title\x07"),
    sprinkle(b"\n", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1e", b"\xe2\x80\xa8", b"\xc2\x85"),
    sprinkle(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    lambda _, data: data.replace(b"\n", b"\r\n"),
)  # fmt: skip


# -- cases -------------------------------------------------------------------------------------------------------


def base_logs(corpus: Path) -> list[bytes]:
    """Return the logs that cases are cut from: fixtures, then the corpus if it is there."""
    folders = [ROOT / "tests/fixtures/composed", ROOT / "tests/fixtures/recorded", corpus / "logs"]
    return [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.log"))]


def damaged(rng: Random, logs: list[bytes]) -> bytes:
    """Make one case."""
    lines = lines_of(rng.choice(logs))
    start = rng.randrange(len(lines))
    data = b"".join(lines[start : start + rng.randrange(1, MAX_LINES)])
    for mutate in rng.choices(MUTATIONS, k=rng.randrange(1, 5)):
        data = mutate(rng, data) if data else data
    return data


# -- what must hold ----------------------------------------------------------------------------------------------


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, so that blocks end in other places."""

    def read(self, size: int | None = -1) -> bytes:
        """Read at most some hundred bytes."""
        return super().read(min(size, 700) if size and size > 0 else 700)


def failure(data: bytes, rng: Random) -> Failure | None:
    """Return what an input breaks, or None."""
    try:
        try:
            log = read_log(io.BytesIO(data), processes=0)
            tables = dict(log.tables)
        except SourceError as error:
            return Failure("error text", f"not one line: {error}") if "\n" in str(error) else None
        return (
            wrong_ledger(data, log)
            or wrong_blocks(data, tables)
            or wrong_executions(data, random.Random(rng.random()))
        )
    except Exception as error:  # noqa: BLE001  any exception is what this script looks for
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Failure(f"{type(error).__name__} in {place.name}", traceback.format_exc())


def line_count(data: bytes) -> int:
    """Count the lines of an input without the program's own reader."""
    encoding = text_encoding(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    return text.count("\n") + (not text.endswith("\n") and text != "")


def wrong_ledger(data: bytes, log: Log) -> Failure | None:
    """Compare the ledger with the lines."""
    counted = line_count(data)
    booked = int(log.tables.ledger["lines"].sum())
    said = log.tables.log["lines"][0]
    if counted == booked == said:
        return None
    return Failure("ledger", f"{counted} lines, {booked} in the ledger, {said} in the table log")


def wrong_blocks(data: bytes, tables: dict[str, Any]) -> Failure | None:
    """Read the same input in small blocks and compare the tables."""
    for name, table in read_log(Trickle(data), processes=0).tables:
        if not table.equals(tables[name]):
            return Failure("blocks", f"table {name} depends on where blocks end:\n{tables[name]}\n{table}")
    return None


def wrong_executions(data: bytes, rng: Random) -> Failure | None:
    """Give a sample of the messages to both executions."""
    reader = ChunkReader()
    lines = decode(data).split("\n")
    for line in rng.sample(lines, min(len(lines), SAMPLED_MESSAGES)):
        message = reader.cut(line)[1].rstrip()
        if not message or len(message) > LONGEST_FOR_LALR:
            continue
        fast, exact = line_scanner().scan(message), reference.scan(message)
        if fast != exact:
            kind = f"executions ({rule_name(fast)} or {rule_name(exact)})"
            return Failure(
                kind, f"message {message!r}\nscanner {fast and fast[1]}\nLALR    {exact and exact[1]}"
            )
    return None


def rule_name(event: tuple[int, Any] | None) -> str:
    """Return the name of an event's rule."""
    return "no rule" if event is None else line_rules()[event[0]].kind


# -- making a failing input smaller ------------------------------------------------------------------------------


def smallest(data: bytes, found: Failure, until: float) -> tuple[bytes, Failure]:
    """Drop lines, then bytes, as long as the input fails in the same way and there is time."""
    data, found = fewer_pieces(lines_of(data), found, until) or (data, found)
    if len(data) > 20_000:
        return data, found
    return fewer_pieces([bytes([byte]) for byte in data], found, until) or (data, found)


def fewer_pieces(pieces: list[bytes], found: Failure, until: float) -> tuple[bytes, Failure] | None:
    """Drop runs of pieces, long ones first; None if not even one could go."""
    smaller = None
    size = max(1, len(pieces) // 2)
    while size and time.monotonic() < until:
        for start in range(0, len(pieces), size):
            fewer = pieces[:start] + pieces[start + size :]
            again = failure(b"".join(fewer), random.Random(0)) if fewer else None
            if again and again.kind == found.kind:
                pieces, smaller = fewer, (b"".join(fewer), again)
                break
            if time.monotonic() >= until:
                break
        else:
            size //= 2
    return smaller


# -- command line ------------------------------------------------------------------------------------------------


def cases(seed: int, logs: list[bytes]) -> Iterator[tuple[bytes, Random]]:
    """Yield inputs without end, the same ones for the same seed and logs."""
    for number in range(sys.maxsize):
        rng = random.Random(f"{seed}/{number}")
        yield damaged(rng, logs), rng


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = Path(os.environ.get("TACTICLENS_CORPUS") or ROOT.parent / "shared" / "corpus")
    made.add_argument("--seconds", type=float, default=30, help="how long to look (30)")
    made.add_argument("--cases", type=int, default=sys.maxsize, help="stop after so many inputs")
    made.add_argument("--seed", type=int, help="number that the inputs follow from; a new one if not given")
    made.add_argument("--corpus", type=Path, default=corpus, help="folder with logs/*.log")
    made.add_argument("--out", type=Path, default=Path(), help="folder for a failing input (.)")
    made.add_argument("--shrink-seconds", type=float, default=60, help="how long to make it smaller (60)")
    made.add_argument("--all", action="store_true", help="go on after a failure; each kind is saved once")
    options = made.parse_args(arguments)

    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    end, number, kinds = time.monotonic() + options.seconds, 0, set[str]()
    for data, rng in cases(seed, base_logs(options.corpus)):
        if number >= options.cases or time.monotonic() >= end or (kinds and not options.all):
            break
        found = failure(data, rng)
        number += 1
        if found and found.kind not in kinds:
            kinds.add(found.kind)
            smaller, found = smallest(data, found, time.monotonic() + options.shrink_seconds)
            saved = options.out / f"fuzz-{seed}-{number}.log"
            saved.write_bytes(smaller)
            print(f"case {number} breaks: {found.kind}; {len(smaller)} bytes saved as {saved}\n{found.text}")
    print(f"{number} inputs, {len(kinds) or 'no'} kinds of failures")
    return 1 if kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
