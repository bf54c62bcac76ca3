"""Input that unpacks to far more than it is, and lines without end."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tacticlens.errors import SourceError
from tacticlens.events.chunk import ChunkReader
from tacticlens.ingest import compression, lines
from tacticlens.ingest.lines import WholeLines
from tacticlens.ingest.source import SourceFacts, read_blocks
from tacticlens.log import read_log

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor().compress,
}  # fmt: skip
HEAD = b"[11/24/2026-10:00:00] [V] [TRT] Tactic: 0x0000000000000001 Time: 0.5\n"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", PACK)
def test_a_file_that_unpacks_to_far_more_than_a_log_is_refused_in_one_sentence(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "_LEAST_SUSPECT", 4 << 20)
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(PACK[suffix](b"\n" * (32 << 20)))

    with pytest.raises(
        SourceError, match=r"bomb\.\w+: the \w+ data unpacks to more than 400 times"
    ) as raised:
        for _ in read_blocks(path, SourceFacts("")):
            pass
    assert "\n" not in str(raised.value)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", PACK)
def test_a_block_of_a_bomb_takes_little_memory(suffix: str) -> None:
    blocks = compression.decompressed(iter([PACK[suffix](b"x" * (64 << 20))]), [])

    assert max(len(block) for block in blocks) <= 20 << 20


@pytest.mark.parametrize("suffix", PACK)
def test_a_log_that_shrinks_well_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.{suffix}"
    path.write_bytes(PACK[suffix](HEAD * 20_000))

    assert b"".join(read_blocks(path, SourceFacts(""))) == HEAD * 20_000


@pytest.fixture
def short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)


@pytest.mark.usefixtures("short_limit")
@pytest.mark.parametrize("step", [1, 7, 999, 1000])
@pytest.mark.parametrize("ending", [b"\n", b""])
def test_a_line_that_is_too_long_is_left_out_wherever_blocks_end(step: int, ending: bytes) -> None:
    text = HEAD + b"y" * 3000 + b"\n" + HEAD + b"z" * 2000 + ending
    whole = WholeLines()
    blocks = [text[at : at + step] for at in range(0, len(text), step)]
    got = b"".join(part for block in blocks for part in whole.add(block)) + b"".join(whole.end())

    expected = [HEAD.rstrip(), b"(line of 3,00", HEAD.rstrip(), b"(line of 2,00"]
    assert [begin in line for begin, line in zip(expected, got.splitlines(), strict=True)] == [True] * 4
    assert [trouble.split(" has")[0] for trouble in whole.troubles] == ["line 2", "line 4"]


@pytest.mark.usefixtures("short_limit")
def test_the_ledger_counts_a_line_that_is_too_long_as_unread_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tacticlens.ingest.source.BLOCK_BYTES", 100)
    path = tmp_path / "long.log"
    path.write_bytes(HEAD * 3 + b"y" * 3000 + b"\n" + HEAD)
    log = read_log(path)

    ledger = {outcome: count for outcome, kind, count in log.tables.ledger.iter_rows() if count}
    assert ledger["unread"] == 1
    assert sum(row[2] for row in log.tables.ledger.iter_rows()) == 5
    assert log.tables.log["troubles"][0].to_list() == ["line 4 has 3,001 bytes and was left out"]


def test_a_block_of_blank_lines_is_counted_as_one_line_after_the_other_is() -> None:
    for text in ("\n" * 10, "\n \n\t\n\r\n", "\n\n "):
        together, alone = ChunkReader().read(text.encode()), ChunkReader().read(b"x\n" + text.encode())
        assert (together.lines, together.blank) == (alone.lines - 1, alone.blank)
