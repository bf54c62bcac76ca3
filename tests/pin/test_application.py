"""Pins into a timing cache: what TensorRT does with them is played by a fake of the documented interface."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import pytest
from fake_tensorrt import FakeTensorRT, cache_file
from keyed_logs import FAST, KEY_A, KEY_B, OTHER, SLOW, Keyed

from tacticlens.cli.app import main
from tacticlens.errors import UsageError
from tacticlens.pin import Pins, apply, plan
from tacticlens.pin.notes import Note, OtherOrigin
from tacticlens.record.timing_cache import TimingCache

WANTED = {KEY_A: (SLOW, 0.75), KEY_B: (FAST, 0.5)}


@pytest.fixture
def trt(monkeypatch: pytest.MonkeyPatch) -> FakeTensorRT:
    fake = FakeTensorRT()
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    return fake


@pytest.fixture
def pins() -> Pins:
    lines = Keyed().network().table("fc", KEY_A, (FAST, 0.5), (SLOW, 0.75), selected=SLOW)
    return plan(lines.table("mm", KEY_B, (FAST, 0.5), selected=FAST).read()).pins


def outcomes(pins: Pins, data: bytes) -> list[str]:
    return [result.outcome for result in apply(pins, TimingCache(data, "a.cache")).results]


def test_every_pin_is_written_with_its_tactic_and_measured_time(trt: FakeTensorRT, pins: Pins) -> None:
    done = apply(pins, TimingCache(cache_file({KEY_A: (FAST, 0.4), KEY_B: (OTHER, 0.9)}), "a.cache"))

    assert done.ok
    assert [result.outcome for result in done.results] == ["applied", "applied"]
    assert [(result.before, result.before_ms) for result in done.results] == [(FAST, 0.4), (OTHER, 0.9)]
    assert done.data == cache_file(WANTED)


def test_an_entry_that_is_right_already_is_not_touched(trt: FakeTensorRT, pins: Pins) -> None:
    data = cache_file({KEY_A: (SLOW, 0.1), KEY_B: (FAST, 0.2)})

    assert outcomes(pins, data) == ["already_so", "already_so"]
    assert trt.opened is not None
    assert trt.opened.updates == []


def test_a_key_that_the_cache_does_not_have_is_told(trt: FakeTensorRT, pins: Pins) -> None:
    done = apply(pins, TimingCache(cache_file({KEY_A: (FAST, 0.4)}), "a.cache"))

    assert [result.outcome for result in done.results] == ["applied", "no_such_key"]
    assert not done.ok
    assert done.data == cache_file({KEY_A: (SLOW, 0.75)})


def test_a_tactic_that_the_library_refuses_is_told_and_the_rest_is_applied(
    trt: FakeTensorRT, pins: Pins
) -> None:
    trt.refused = {int(SLOW, 16)}

    assert outcomes(pins, cache_file({KEY_A: (FAST, 0.4), KEY_B: (OTHER, 0.9)})) == ["refused", "applied"]


def test_what_the_library_accepts_and_does_not_keep_is_refused(trt: FakeTensorRT, pins: Pins) -> None:
    trt.ignored = {int(SLOW, 16)}

    assert outcomes(pins, cache_file({KEY_A: (FAST, 0.4), KEY_B: (FAST, 0.9)})) == ["refused", "already_so"]


def test_a_pin_without_a_time_keeps_that_of_the_cache(trt: FakeTensorRT, pins: Pins) -> None:
    untimed = pins.model_copy(update={"pins": [pins.pins[0].model_copy(update={"time_ms": None})]})
    done = apply(untimed, TimingCache(cache_file({KEY_A: (FAST, 0.4)}), "a.cache"))

    assert done.data == cache_file({KEY_A: (SLOW, 0.4)})


def test_a_time_that_is_no_number_never_reaches_the_library_where_it_would_delete_the_entry(
    trt: FakeTensorRT,
) -> None:
    cache = TimingCache(cache_file({KEY_A: (FAST, 0.4)}), "a.cache")

    assert [cache.update(KEY_A, 1, time) for time in (float("nan"), float("inf"), -1.0)] == [False] * 3
    assert cache.query(KEY_A) == (int(FAST, 16), 0.4)


@pytest.mark.parametrize("data", [b"", b"no cache at all", cache_file({})])
def test_a_cache_without_entries_is_refused(trt: FakeTensorRT, pins: Pins, data: bytes) -> None:
    with pytest.raises(UsageError, match=r"a\.cache: TensorRT 10\.16\.1\.11 finds no entry to edit"):
        apply(pins, TimingCache(data, "a.cache"), "a.cache")


def test_a_cache_that_the_library_does_not_open_is_refused(trt: FakeTensorRT) -> None:
    with pytest.raises(UsageError, match="does not read it"):
        TimingCache(b"other version", "a.cache")


def test_a_machine_without_a_gpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", FakeTensorRT(gpu=False))
    with pytest.raises(UsageError, match=r"factory function returned nullptr.*is there a GPU here"):
        TimingCache(b"ptrt{}", "a.cache")


def test_a_version_that_cannot_edit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    old = FakeTensorRT("10.7.0")
    del old.TimingCacheKey
    monkeypatch.setitem(sys.modules, "tensorrt", old)
    with pytest.raises(UsageError, match=r"TensorRT 10\.7\.0 cannot edit timing caches, 10\.8 and later can"):
        TimingCache(b"ptrt{}", "a.cache")


def test_pins_of_another_version_are_noted(trt: FakeTensorRT, pins: Pins) -> None:
    data = cache_file({KEY_A: (FAST, 0.4)})

    def notes(version: str) -> tuple[Note, ...]:
        moved = pins.model_copy(update={"tensorrt_version": version})
        return apply(moved, TimingCache(data, "a.cache")).notes

    assert notes("10.16.1") == ()
    assert notes("10.8.0") == (OtherOrigin("library", pins="10.8.0", here="10.16.1.11"),)


@pytest.fixture
def files(tmp_path: Path, pins: Pins) -> tuple[Path, Path]:
    """A file of pins and a timing cache."""
    asked, cache = tmp_path / "pins.json", tmp_path / "model.cache"
    asked.write_text(pins.model_dump_json())
    cache.write_bytes(cache_file({KEY_A: (FAST, 0.4), KEY_B: (OTHER, 0.9)}))
    return asked, cache


def test_the_command_writes_a_new_file_beside_the_cache(
    trt: FakeTensorRT, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    before = cache.read_bytes()

    assert main(["pin", "--apply", str(asked), str(cache)]) == 0
    assert cache.read_bytes() == before
    assert Path(f"{cache}.pinned").read_bytes() == cache_file(WANTED)
    assert sorted(path.name for path in cache.parent.iterdir()) == [
        "model.cache",
        "model.cache.pinned",
        "pins.json",
    ]
    assert f"Written to {cache}.pinned." in " ".join(capsys.readouterr().out.split())


def test_the_command_does_not_write_over_an_earlier_result_unasked(
    trt: FakeTensorRT, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    kept = Path(f"{cache}.pinned")
    kept.write_bytes(b"mine")

    assert main(["pin", "--apply", str(asked), str(cache)]) == 2
    assert kept.read_bytes() == b"mine"
    assert "exists already" in capsys.readouterr().err
    assert main(["pin", "--apply", str(asked), str(cache), "-o", str(kept)]) == 0
    assert kept.read_bytes() == cache_file(WANTED)


def test_the_command_edits_in_place_where_that_is_said(trt: FakeTensorRT, files: tuple[Path, Path]) -> None:
    asked, cache = files
    cache.chmod(0o640)

    assert main(["pin", "--apply", str(asked), str(cache), "-o", str(cache)]) == 0
    assert cache.read_bytes() == cache_file(WANTED)
    assert cache.stat().st_mode & 0o777 == 0o640


def test_the_command_fails_where_a_pin_is_not_in_the_cache_and_writes_what_is(
    trt: FakeTensorRT, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    cache.write_bytes(cache_file({KEY_B: (OTHER, 0.9)}))

    assert main(["pin", "--apply", str(asked), str(cache), "-f", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"applied": 1, "already_so": 0, "no_such_key": 1, "refused": 0}
    assert said["written"] == f"{cache}.pinned"


def test_the_command_writes_nothing_where_no_pin_is_in_the_cache(
    trt: FakeTensorRT, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    cache.write_bytes(cache_file({"0x" + "c3" * 16: (OTHER, 0.9)}))

    assert main(["pin", "--apply", str(asked), str(cache)]) == 1
    assert "Nothing was written." in capsys.readouterr().out
    assert not Path(f"{cache}.pinned").exists()


def test_a_cache_that_cannot_be_written_leaves_nothing_behind(
    trt: FakeTensorRT, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    folder = cache.parent / "folder"
    folder.mkdir()

    assert main(["pin", "--apply", str(asked), str(cache), "-o", str(folder)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert sorted(path.name for path in cache.parent.iterdir()) == ["folder", "model.cache", "pins.json"]


def test_without_tensorrt_the_command_says_how_to_get_it(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, cache = files
    monkeypatch.setitem(sys.modules, "tensorrt", None)

    assert main(["pin", "--apply", str(asked), str(cache)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'tacticlens[tensorrt]'" in line


def test_a_tensorrt_that_does_not_load_is_told_with_its_reason(
    files: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = tmp_path / "broken"
    package.mkdir()
    (package / "tensorrt.py").write_text(
        "raise ImportError('libnvinfer.so.10: cannot open shared object file')"
    )
    monkeypatch.syspath_prepend(package)
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)

    assert main(["pin", "--apply", *map(str, files)]) == 2
    assert "does not load (libnvinfer.so.10: cannot open" in capsys.readouterr().err


def test_the_adapter_speaks_to_a_real_library_of_the_same_interface() -> None:
    """TensorRT-RTX has the classes of TensorRT and needs no GPU for this; its caches stay empty."""
    pytest.importorskip("tensorrt_rtx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        cache = TimingCache(b"", "new", module="tensorrt_rtx")
        assert cache.keys() == frozenset()
        assert cache.query(KEY_A) is None
        assert not cache.update(KEY_A, int(FAST, 16), 0.5)
        data = cache.serialize()
        assert TimingCache(data, "again", module="tensorrt_rtx").serialize() == data
