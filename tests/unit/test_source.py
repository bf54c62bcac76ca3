"""What may be handed in as a log: packed, cut, missing, or something else entirely."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from tacticlens.errors import SourceError
from tacticlens.log import read_log

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = Path(__file__).resolve().parents[1] / "fixtures" / "composed" / "trt861.log"
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstandard": lambda data: zstandard.ZstdCompressor().compress(data),
}
NOT_LOGS = {
    "an ONNX model": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x9a\x01\n\x04x\x00\x01" + bytes(range(256)) * 40,
    "a TensorRT engine or timing cache": b"ptrt\xee\x00\x00\x00\x00\x00\x00\x00" + bytes(range(256)) * 40,
    "a binary file": bytes(random.Random(7).randbytes(20_000)),
    "a zip archive": b"PK\x03\x04" + bytes(1000),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(1000),
}


def long_log() -> bytes:
    """Return a log that does not pack so well that half of it is nothing."""
    numbers = random.Random(3)
    head = LOG.read_bytes()
    lines = "".join(
        f"[V] Tactic: 0x{numbers.getrandbits(64):016x} Time: {numbers.random():.6f}\n" for _ in range(20_000)
    )
    return head + lines.encode()


def refused(source: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_log(source, processes=0)
    return str(caught.value)


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_log_gives_the_tables_of_the_plain_one(kind: str, tmp_path: Path) -> None:
    packed = tmp_path / "build.log.packed"  # told by its bytes, not by its name
    packed.write_bytes(PACKED[kind](LOG.read_bytes()))
    plain, unpacked = read_log(LOG, processes=0).tables, read_log(packed, processes=0).tables

    assert unpacked.tactics.equals(plain.tactics)
    assert unpacked.log["sha256"].item() == plain.log["sha256"].item()
    assert unpacked.log["bytes"].item() == LOG.stat().st_size
    assert unpacked.log["troubles"].to_list() == [[]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACKED)
def test_half_of_a_packed_log_is_read_and_said_to_be_truncated(kind: str, tmp_path: Path) -> None:
    data = PACKED[kind](long_log())
    packed = tmp_path / "half.packed"
    packed.write_bytes(data[: len(data) // 2])
    tables = read_log(packed, processes=0).tables
    troubles = tables.log["troubles"].to_list()[0]

    assert tables.tactics.height > 1000
    assert tables.ledger["lines"].sum() == tables.log["lines"].item()
    assert len(troubles) == 1
    assert kind in troubles[0]
    assert "truncated" in troubles[0]


@pytest.mark.slow
def test_a_packed_log_with_damage_in_it_is_read_up_to_the_damage(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(long_log()))
    middle = len(data) // 2
    data[middle : middle + 64] = b"\xff" * 64
    packed = tmp_path / "damaged.gz"
    packed.write_bytes(bytes(data))
    tables = read_log(packed, processes=0).tables

    assert tables.tactics.height > 1000
    assert "damaged" in tables.log["troubles"].to_list()[0][0]


def test_packed_logs_one_behind_the_other_are_one_log(tmp_path: Path) -> None:
    packed = tmp_path / "two.gz"
    packed.write_bytes(gzip.compress(LOG.read_bytes()) * 2)

    assert read_log(packed, processes=0).tables.log["lines"].item() == 2 * LOG.read_bytes().count(b"\n")


def test_an_empty_file_is_refused_with_a_reason(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.touch()
    message = refused(empty)

    assert str(empty) in message
    assert "empty" in message
    assert "2>&1" in message


def test_a_packed_file_of_nothing_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.gz"
    empty.write_bytes(gzip.compress(b""))

    assert "empty" in refused(empty)


def test_a_directory_is_refused_with_a_remedy(tmp_path: Path) -> None:
    message = refused(tmp_path)

    assert str(tmp_path) in message
    assert "directory" in message
    assert "name the log file" in message


def test_a_missing_file_is_refused_with_the_command_that_writes_one(tmp_path: Path) -> None:
    message = refused(tmp_path / "none.log")

    assert "none.log: no such file" in message
    assert "trtexec" in message
    assert "--verbose" in message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.log"
    secret.write_text("x")
    secret.chmod(0)

    assert "permission" in refused(secret)


@pytest.mark.parametrize("kind", NOT_LOGS)
def test_what_is_no_log_is_named_and_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(NOT_LOGS[kind])
    message = refused(path)

    assert message.startswith(f"{path}: ")
    assert kind in message
    assert "--verbose" in message
    assert "\n" not in message


def test_a_packed_model_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx.gz"
    path.write_bytes(gzip.compress(NOT_LOGS["an ONNX model"]))

    assert "an ONNX model" in refused(path)


def test_a_packing_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "build.log.bz2"
    path.write_bytes(bz2.compress(long_log()))

    assert str(path) in refused(path)


def test_some_control_characters_do_not_make_a_log_binary(tmp_path: Path) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(LOG.read_bytes() + b"[V] ONNX Layer: a\x1e\x1f b\x00\n\x1b[2K\x08\n")

    assert read_log(path, processes=0).tables.tactics.equals(read_log(LOG, processes=0).tables.tactics)


@pytest.mark.slow
def test_one_line_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"[V] " + b"x" * (10 << 20) + b"\n" + LOG.read_bytes())
    tables = read_log(path, processes=0).tables

    assert tables.log["lines"].item() == LOG.read_bytes().count(b"\n") + 1
    assert tables.tactics.height == read_log(LOG, processes=0).tables.tactics.height


def test_streams_of_bytes_and_of_text_are_welcome() -> None:
    data = LOG.read_bytes()
    one = read_log(io.BytesIO(data), processes=0).tables
    two = read_log(io.StringIO(data.decode(), newline=""), processes=0).tables

    assert one.tactics.equals(two.tactics)
    assert one.log["sha256"].item() == two.log["sha256"].item()


def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "cut.log"
    path.write_bytes(LOG.read_bytes().rstrip(b"\n"))

    assert read_log(path, processes=0).tables.ledger["lines"].sum() == LOG.read_bytes().count(b"\n")


def test_text_that_is_no_log_gives_foreign_lines_and_no_row(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Wer reitet so spät\ndurch Nacht und Wind?\n" * 50, encoding="utf-8")
    tables = read_log(path, processes=0).tables

    assert tables.ledger.rows() == [("foreign", "text", 100)]
    assert tables.tactics.is_empty()
    assert tables.builds.is_empty()
