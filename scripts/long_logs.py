"""Long logs for measurements, made of the logs of a corpus or of the composed fixtures."""

from __future__ import annotations

import random
import re
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MB = 1_000_000
PIECE = 64 << 10
TIME = re.compile(rb"(?<=[ :])\d+\.\d{3,}(?=[\s,)]|$)")
"""A printed time: a decimal fraction that is a word of its own."""
NAME = re.compile(rb"(?<![\w/.])(?:/?[A-Za-z_][\w.]*(?:/[\w.]+)+|[A-Z][A-Za-z]+_\d+)(?![\w/])")
"""A name that an exporter gives: a path, or an operation with a number."""


def source_logs(corpus: Path) -> tuple[str, list[Path]]:
    """Return what the long logs are made of, in words and as files."""
    logs = [path for path in sorted((corpus / "logs").glob("*.log")) if is_plain(path)]
    if logs:
        return f"{len(logs)} logs of the corpus", logs
    fixtures = ROOT / "tests" / "fixtures" / "composed"
    logs = [path for path in sorted(fixtures.glob("*.log")) if is_plain(path)]
    return f"{len(logs)} composed fixtures (no corpus at {corpus})", logs


def is_plain(path: Path) -> bool:
    """Say whether a log can stand in the middle of another: UTF-8 without mark, or at least no UTF-16."""
    return b"\0" not in path.read_bytes()[:4096]


def write_log(target: Path, logs: list[Path], size: int, *, varied: bool = False) -> None:
    """Write the logs one after the other, the last one cut at a line end.

    Args:
        varied: no two copies of a log have the same times, layers and tensors; kernels are TensorRT's and stay.
    """
    left = size
    chance = random.Random(0)
    with target.open("wb") as out:
        for number, path in enumerate(cycle(logs)):
            data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
            data = vary(data, number // len(logs), chance) if varied else data
            data += b"" if data.endswith(b"\n") else b"\n"
            if len(data) >= left:
                out.write(data[: data.find(b"\n", left - 1) + 1] or data)
                return
            left -= out.write(data)


def vary(data: bytes, copy: int, chance: random.Random) -> bytes:
    """Return a log with times and names of its own."""
    mark = b"_" + bytes(ord("a") + int(digit) for digit in str(copy))
    data = TIME.sub(lambda time: b"%.6g" % (float(time.group()) * chance.uniform(0.8, 1.25)), data)
    return NAME.sub(lambda name: name.group() + mark, data)


def write_sample(target: Path, long_log: Path, size: int) -> None:
    """Write pieces of whole lines that are spread evenly over a long log."""
    total = long_log.stat().st_size
    pieces = max(1, size // PIECE)
    with long_log.open("rb") as log, target.open("wb") as out:
        for number in range(pieces):
            log.seek(total // pieces * number)
            if number:
                log.readline()  # the rest of a line that began earlier
            out.write(log.read(PIECE) + log.readline())
