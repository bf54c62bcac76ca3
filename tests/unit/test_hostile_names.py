"""Names and paths that are made to hurt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tacticlens.cli.app import main
from tacticlens.grammar.layer_name import onnx_nodes, split_profile
from tacticlens.log import read_log

LOG = Path(__file__).parents[1] / "fixtures" / "composed" / "trt10.log"


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1_000, 50_000])
def test_a_layer_name_may_nest_as_deep_as_it_likes(depth: int) -> None:
    assert onnx_nodes("PWN(" * depth + "a, b" + ")" * depth) == ("a", "b")
    assert onnx_nodes("PWN(" * depth) == ("PWN(" * depth,)


def test_a_log_with_a_deeply_nested_name_is_read_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "deep.log"
    path.write_text(LOG.read_text().replace("stem/conv", "PWN(" * 1_000 + "a" + ")" * 1_000))

    assert main(["parse", str(path)]) == 0
    assert main(["findings", str(path)]) == 0
    assert "Traceback" not in capsys.readouterr().err


def test_suffixes_of_profiles_are_cut_however_many_there_are() -> None:
    assert split_profile("a [profile 1]" * 50_000) == ("a" * 50_000, 1)
    assert split_profile("a [profile 1] [profile x]") == ("a [profile x]", 1)
    assert split_profile("a [profile 1234567890]") == ("a [profile 1234567890]", None)


@pytest.mark.parametrize("command", ["parse", "findings", "tactics"])
def test_a_path_that_is_not_utf_8_is_a_path(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.log"
    Path(os.fsdecode(path)).write_bytes(LOG.read_bytes())

    assert main([command, os.fsdecode(path)]) == 0
    shown = capsys.readouterr()
    (shown.out + shown.err).encode()


def test_the_name_of_such_a_path_is_shown_with_its_bytes(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.log"))
    path.write_bytes(LOG.read_bytes())

    assert read_log(path).tables.log["source"][0].endswith("/\\udcff.log")
