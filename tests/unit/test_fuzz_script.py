"""The fuzz script: a short run with a fixed seed, and proof that it would notice what is broken."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_CORPUS = ROOT / "tests" / "no-such-folder"  # the run must not depend on what a machine has


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_script", ROOT / "scripts" / "fuzz.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


fuzz = load_script()
LOGS = fuzz.base_logs(NO_CORPUS)


def run(*arguments: str, out: Path) -> int:
    code: int = fuzz.main([*arguments, "--corpus", str(NO_CORPUS), "--out", str(out)])
    return code


@pytest.mark.slow
def test_a_short_run_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run("--seed", "1", "--cases", "40", "--shrink-seconds", "5", out=tmp_path)

    assert code == 0, capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, again, other = (fuzz.cases(seed, LOGS) for seed in (5, 5, 6))
    inputs = [[next(run)[0] for _ in range(5)] for run in (first, again, other)]

    assert inputs[0] == inputs[1]
    assert inputs[0] != inputs[2]


@pytest.mark.parametrize("number", range(len(fuzz.MUTATIONS)))
def test_every_kind_of_damage_takes_any_input(number: int) -> None:
    for data in (b"a", b"\n", b"[V] [TRT] a\n[V] [TRT] b\n", LOGS[0][:2000], bytes(range(256))):
        assert isinstance(fuzz.MUTATIONS[number](random.Random(number), data), bytes)


def test_a_failing_input_is_made_smaller_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_at_trt(data: bytes, rng: random.Random) -> Any:
        return fuzz.Failure("planted", "TRT") if b"TRT" in data else None

    monkeypatch.setattr(fuzz, "failure", breaks_at_trt)
    code = run("--seed", "1", "--cases", "50", out=tmp_path)
    (saved,) = tmp_path.iterdir()

    assert code == 1
    assert saved.read_bytes().strip() == b"TRT"
    assert f"saved as {saved}" in capsys.readouterr().out


def test_an_exception_is_a_failure_and_names_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise IndexError

    monkeypatch.setattr(fuzz, "read_log", read)
    assert fuzz.failure(b"a line\n", random.Random(0)).kind == "IndexError in read"


def test_an_input_that_is_no_log_is_no_failure() -> None:
    assert fuzz.failure(b"", random.Random(0)) is None
    assert fuzz.failure(b"\x7fELF" + bytes(100), random.Random(0)) is None


@pytest.mark.parametrize(
    ("data", "lines"), [(b"a\nb\n", 2), (b"a\nb", 2), (b"\n\n", 2), ("a\nb\n".encode("utf-16"), 2), (b"", 0)]
)
def test_lines_are_counted_without_the_reader(data: bytes, lines: int) -> None:
    assert fuzz.line_count(data) == lines


def test_executions_that_disagree_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz.reference, "scan", lambda _: (0, ("something else",)))
    found = fuzz.wrong_executions(b"[V] [TRT] Using cublas as a tactic source\n", random.Random(0))

    assert found.kind.startswith("executions")


def test_a_deadline_ends_the_making_smaller() -> None:
    found = fuzz.Failure("planted", "")
    assert fuzz.smallest(b"a\nb\n", found, time.monotonic() - 1) == (b"a\nb\n", found)
