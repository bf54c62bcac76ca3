"""Following a log that is being written."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tacticlens.assemble.progress import Following
from tacticlens.cli.app import main
from tacticlens.log import read_log
from tacticlens.views.live import progress_line

COMPOSED = Path(__file__).parents[1] / "fixtures" / "composed"


@pytest.mark.parametrize("name", ["trt5", "trt7", "trt80", "trt861", "trt10", "trt10-editable"])
@pytest.mark.parametrize("step", [97, 4096])
def test_a_log_read_in_pieces_counts_what_the_whole_log_counts(name: str, step: int) -> None:
    data = (COMPOSED / f"{name}.log").read_bytes()
    following, seen = Following(), []
    for at in range(0, len(data), step):
        following.feed(data[at : at + step])
        seen.append(following.now())
    tables = read_log(COMPOSED / f"{name}.log").tables

    last = seen[-1]
    assert last.tactics == tables.tactics.height + tables.op_tactics.height
    assert last.layers == tables.layers.height
    assert last.lines == tables.log["lines"][0]
    assert all(a.tactics <= b.tactics and a.layers <= b.layers for a, b in pairwise(seen))


@pytest.mark.parametrize("before", [b"", b"starting\n"])
def test_a_prefix_of_its_own_is_learned_as_soon_as_lines_show_it(before: bytes) -> None:
    lines = (COMPOSED / "trt80.log").read_bytes().splitlines()
    own = b"builder(42) DEBUG >> "
    text = b"".join(own + line.split(b"[TRT] ")[-1] + b"\n" for line in lines)
    following = Following()
    for piece in (before, text):
        following.feed(piece)

    assert following.now().tactics == read_log(COMPOSED / "trt80.log").tables.tactics.height > 0


def test_lines_that_no_rule_reads_and_the_end_are_told_while_a_log_is_followed() -> None:
    following = Following()
    following.feed(b"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --verbose\n")
    following.feed(b"[07/22/2022-16:22:29] [V] [TRT] What no rule knows\n" * 3)
    assert (following.now().unread, following.now().outcome) == (3, "incomplete")

    following.feed(b"&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec --verbose\n")
    assert (following.now().unread, following.now().outcome) == (3, "passed")


def test_the_line_names_the_layer_under_way_and_fits_the_terminal() -> None:
    data = (COMPOSED / "trt861.log").read_bytes()
    following = Following()
    following.feed(data[: data.index(b"Timing Runner") + 200])
    now = following.now()

    assert now.layer is not None
    for width in (60, 80, 120):
        line = progress_line(now, 12.3, width=width)
        assert len(line) <= width
        assert line.startswith("12.3 s · 1 layer costed · ")


def test_follow_shows_a_log_that_grows_and_ends_with_it(tmp_path: Path) -> None:
    ending = b"&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec --verbose\n"
    log, text = tmp_path / "build.log", (COMPOSED / "trt861.log").read_bytes() + ending
    half = text.index(b"\n", len(text) // 2) - 5
    log.write_bytes(text[:half])
    process = subprocess.Popen(
        [sys.executable, "-m", "tacticlens", "follow", str(log)], stderr=subprocess.PIPE
    )
    time.sleep(1)
    assert process.poll() is None
    with log.open("ab") as stream:
        stream.write(text[half:])
    _, errors = process.communicate(timeout=60)

    tables = read_log(log).tables
    assert process.returncode == 0
    assert f"{tables.tactics.height + tables.op_tactics.height} tactics tried · passed" in errors.decode()


def test_follow_stops_when_nothing_is_written_any_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "build.log"
    log.write_bytes((COMPOSED / "trt861.log").read_bytes()[:5000])

    assert main(["follow", str(log), "--idle", "0.2"]) == 0
    assert "costed" in capsys.readouterr().err


def test_follow_refuses_a_missing_log_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["follow", str(tmp_path / "none.log")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_between_layers_the_line_says_what_the_builder_does() -> None:
    data = (COMPOSED / "trt861.log").read_bytes()
    following, said = Following(), []
    for line in data.splitlines(keepends=True):
        following.feed(line)
        said.append(progress_line(following.now(), 1.0, width=120))

    assert said[0].endswith(" · optimizing the network")
    assert any(line.endswith(" · generating the engine") for line in said)
    assert all(len(line) <= 120 for line in said)
