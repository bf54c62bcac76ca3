"""Helper processes: they change how long a log takes, and nothing in its tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacticlens.events import helpers, reading
from tacticlens.events.chunk import ChunkReader
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.kernels import decode
from tacticlens.log import read_log

if TYPE_CHECKING:
    from tacticlens.tables.table_set import TableSet

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "composed"
KERNELS = [f"sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x{k}_stage4" for k in range(300)]
FORMATS = [f"Half({k},1:8,28,1) -> Float({k},1)" for k in range(300)]


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of several blocks."""
    path = tmp_path_factory.mktemp("long") / "build.log"
    once = b"".join((FIXTURES / f"{name}.log").read_bytes() for name in ("trt10", "trt861", "trt7"))
    path.write_bytes(once * (10_000_000 // len(once)))
    return path


@pytest.fixture(scope="module")
def alone(long_log: Path) -> TableSet:
    """Its tables, read in one process."""
    return read_log(long_log, processes=0).tables


@pytest.fixture(autouse=True)
def _every_log_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PARALLEL_FROM_BYTES", 1)


def unlike(first: TableSet, second: TableSet) -> list[str]:
    return [name for (name, one), (_, other) in zip(first, second, strict=True) if not one.equals(other)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "forks", [pytest.param(True, marks=pytest.mark.skipif(not helpers.FORKS, reason="no fork here")), False]
)
def test_helpers_give_the_tables_of_one_process(
    long_log: Path, alone: TableSet, monkeypatch: pytest.MonkeyPatch, *, forks: bool
) -> None:
    monkeypatch.setattr(helpers, "FORKS", forks)

    assert alone.tactics.height > 1000
    assert unlike(alone, read_log(long_log, processes=2).tables) == []


@pytest.mark.slow
@pytest.mark.skipif(
    not helpers.FORKS, reason="a helper that starts afresh does not know the replaced function"
)
def test_a_helper_that_is_killed_costs_time_and_no_line(
    long_log: Path, alone: TableSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers.marshal, "dumps", lambda _: os._exit(9))

    assert unlike(alone, read_log(long_log, processes=2).tables) == []


def test_texts_are_shared_out_and_the_answers_are_those_of_this_process() -> None:
    with helpers.helpers(ChunkReader(), processes=2) as there:
        for function, texts in ((decode, KERNELS), (parse_formats, FORMATS)):
            found = [(portion, answers()) for portion, answers in there.answer(function, texts)]

            assert [text for portion, _ in found for text in portion] == texts
            assert [one for _, answers in found for one in answers] == [function(text) for text in texts]


def test_one_core_another_execution_and_a_helper_of_another_program_start_no_helpers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = reading.helpers_for(2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)

    assert asked == 2
    assert reading.helpers_for(None) == 0
    assert reading.helpers_for(2, scan=lambda _: None) == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert reading.helpers_for(None) == reading.MOST_HELPERS
