"""What is left when a command is stopped in the middle: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tacticlens.cli.output import write, write_folder
from tacticlens.errors import UsageError

LOG = Path(__file__).parents[1] / "fixtures" / "composed" / "trt10.log"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="helpers are forked on Linux only")


@pytest.fixture
def reading(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A command with helper processes that waits for more of its log."""
    command = [
        sys.executable,
        "-m",
        "tacticlens",
        "parse",
        "-",
        "--format",
        "json",
        "-o",
        str(tmp_path / "out.json"),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    text = LOG.read_bytes()
    process.stdin.write(text * (60_000_000 // len(text)))
    process.stdin.flush()
    return process


def helpers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: there are no helpers")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_helpers_end_with_the_command_however_it_ends(
    reading: subprocess.Popen[bytes], number: signal.Signals, code: int, tmp_path: Path
) -> None:
    helpers = helpers_of(reading)
    assert len(helpers) >= 2
    reading.send_signal(number)
    # psutil's own wait would reap the command; SIGINT and SIGTERM wait until the block under way was read
    _, errors = reading.communicate(timeout=60)
    gone, left = psutil.wait_procs(helpers, timeout=30)

    assert (reading.returncode, left) == (code, [])
    assert len(gone) == len(helpers)
    assert b"Traceback" not in errors
    assert errors.count(b"\n") == (0 if number == signal.SIGKILL else 1)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_could_not_be_written_whole_is_not_there(tmp_path: Path) -> None:
    def pieces() -> list[str]:
        raise KeyboardInterrupt

    target = tmp_path / "out.json"
    target.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        write((piece for _ in "x" for piece in pieces()), target)

    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_on_a_full_disk_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write(["x"], Path("/dev/full"))

    write(["x"], tmp_path / "new" / "out.txt")
    assert (tmp_path / "new" / "out.txt").stat().st_mode & 0o777 == 0o666 & ~_umask()


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_gets_all_of_its_files_or_none(there: bool, tmp_path: Path) -> None:  # noqa: FBT001
    target = tmp_path / "tables"
    if there:
        target.mkdir()
        (target / "own.txt").write_text("kept")

    def files(*, broken: bool) -> Iterator[tuple[str, list[str]]]:
        yield "a.csv", ["a"]
        if broken:
            raise KeyboardInterrupt
        yield "b.csv", ["b"]

    with pytest.raises(KeyboardInterrupt):
        write_folder(files(broken=True), target)
    assert sorted(path.name for path in tmp_path.rglob("*")) == (["own.txt", "tables"] if there else [])

    write_folder(files(broken=False), target)
    names = sorted(path.name for path in target.iterdir())
    assert names == (["a.csv", "b.csv", "own.txt"] if there else ["a.csv", "b.csv"])
    assert list(tmp_path.iterdir()) == [target]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_keeps_pointing_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write(["after"], tmp_path / "link.txt")

    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"
