"""One grammar, two executions: the compiled scanner and the LALR parser read every real line alike.

``TACTICLENS_FULL=1`` compares every distinct message of the logs instead of a few of each shape.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.events.reading import PARALLEL_FROM_BYTES
from tacticlens.grammar import reference
from tacticlens.grammar.scanner import line_scanner
from tacticlens.log import Log, read_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.corpus

FULL = os.environ.get("TACTICLENS_FULL") == "1"
OF_EACH_SHAPE = 2
MOST = 40_000
DIGITS = re.compile(r"\d+")
SMALL_LOGS = (
    "trtexec-8.5.1-rtx3080-sample2.log",
    "trtexec-8.0.3-gtx1070-mnist-fp16.log",
    "python-7.x-unknown-openpose-ppn.log",
    "python-10.14.1-rtx6000ada-netserial.log",
    "cookbook-trtexec-dumplayerinfo-10.16.1-h100.log",
    "trt51_caffe_googlenet_cpp.log",
    "excerpt-ortep-trt10-22164.log",
)


def messages(corpus_dir: Path) -> Iterator[str]:
    """Yield the messages of all logs, without their prefixes."""
    cut = ChunkReader().cut
    for path in sorted((corpus_dir / "logs").glob("*.log")):
        for line in decode(path.read_bytes()).split("\n"):
            if message := cut(line)[1].rstrip():
                yield message


@pytest.fixture(scope="module")
def distinct(corpus_dir: Path) -> list[str]:
    """Return distinct messages, a few of each shape; shapes differ in more than digits."""
    every = dict.fromkeys(messages(corpus_dir))
    if FULL:
        return list(every)
    seen: Counter[str] = Counter()
    chosen = []
    for message in every:
        shape = DIGITS.sub("0", message)
        seen[shape] += 1
        if seen[shape] <= OF_EACH_SHAPE:
            chosen.append(message)
    return chosen[:MOST]


def differences(one: Log, other: Log) -> list[str]:
    """Name the tables in which two readings differ; the name of the source does not count."""
    skipped = {"log": ["source"]}
    return [
        name
        for name, frame in one.tables
        if not frame.drop(skipped.get(name, [])).equals(other.tables[name].drop(skipped.get(name, [])))
    ]


def test_both_executions_read_every_shape_of_message_alike(distinct: list[str]) -> None:
    scan = line_scanner().scan
    unlike = [message for message in distinct if scan(message) != reference.scan(message)]

    assert len(distinct) > 15_000
    assert unlike == []


def test_most_messages_of_the_logs_have_a_rule(distinct: list[str]) -> None:
    scan = line_scanner().scan
    kinds = Counter(found[0] for found in map(scan, distinct) if found is not None)

    assert kinds.total() > 0.8 * len(distinct)
    assert len(kinds) > 100


@pytest.mark.parametrize("name", SMALL_LOGS)
def test_a_log_read_with_the_lalr_parser_gives_the_same_tables(corpus_dir: Path, name: str) -> None:
    path = corpus_dir / "logs" / name

    assert differences(read_log(path, scan=reference.scan, processes=0), read_log(path, processes=0)) == []


def test_helper_processes_give_the_tables_of_one_process(corpus_dir: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.log"
    paths = sorted((corpus_dir / "logs").glob("*.log"), key=lambda path: -path.stat().st_size)
    with long.open("wb") as file:
        for path in paths:
            file.write(path.read_bytes())
            if file.tell() > PARALLEL_FROM_BYTES + (1 << 20):
                break
    assert long.stat().st_size > PARALLEL_FROM_BYTES
    alone, helped = read_log(long, processes=0), read_log(long, processes=2)

    assert differences(alone, helped) == []
    assert alone.tables.tactics.height > 20_000
