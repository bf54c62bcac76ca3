"""Functions of a text that remember their answers, as long as somebody looks at the log that has the texts."""

from __future__ import annotations

import gc
import importlib
import io
import pickle
import pkgutil
from typing import Any

import pytest

import tacticlens
from tacticlens.grammar.memo import Answers, begin, current, remembered
from tacticlens.kernels import decode
from tacticlens.log import Log, read_log

calls: list[str] = []
READ_LOGS = tuple(f"tacticlens.{room}" for room in ("events", "grammar", "kernels", "assemble", "tables"))


@remembered(3)
def length(text: str) -> int:
    calls.append(text)
    return len(text)


@pytest.fixture
def held() -> Answers:
    calls.clear()
    return begin()


@pytest.mark.usefixtures("held")
def test_a_text_is_asked_once() -> None:
    assert [length(text) for text in ("once", "once", "")] == [4, 4, 0]
    assert calls == ["once", ""]


@pytest.mark.usefixtures("held")
def test_answers_made_elsewhere_are_taken() -> None:
    texts = length.missing(["learned", "learned", "told"])
    length.learn(texts, [7, 4])

    assert texts == ["learned", "told"]
    assert (length("learned"), length("told"), length.missing(texts), calls) == (7, 4, [], [])


@pytest.mark.usefixtures("held")
def test_no_more_answers_are_kept_than_the_limit() -> None:
    for text in ("a", "bb", "ccc", "dddd", "eeeee"):
        assert length(text) == len(text)

    assert length.missing(["a", "eeeee"]) == ["a"]


def test_an_answer_to_the_text_of_another_log_that_is_still_held_is_taken(held: Answers) -> None:
    length("both")
    second = begin()

    assert length("both") == 4
    assert calls == ["both"]
    assert current() is second is not held


def test_answers_go_with_the_last_who_holds_them() -> None:
    calls.clear()
    answers = begin()
    length("gone")
    del answers

    assert length("gone") == 4
    assert calls == ["gone", "gone"]


def test_a_function_travels_to_another_process_by_name_and_leaves_its_answers_behind() -> None:
    decode("sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_stage4_warpsize2x2x1")

    assert pickle.loads(pickle.dumps(decode)) is decode
    assert len(pickle.dumps(decode)) < 100


def log_number(number: int) -> Log:
    """Read a log with texts of its own, into all tables."""
    lines = [
        f"[V] [TRT] *************** Autotuning format combination: Float({number}) -> Half({number}) ***************",
        f"[V] [TRT] --------------- Timing Runner: conv{number} (CaskConvolution[0x80000009])",
        f"[V] [TRT] conv{number} Set Tactic Name: sm80_xmma_fprop_tilesize{number}x64 Tactic: 0x{number:016x}",
        f"[V] [TRT] Tactic: 0x{number:016x} Time: 0.1",
        "[V] [TRT] Engine Layer Information:",
        f"Layer(CaskConvolution): conv{number}, Tactic: 0x{number:016x}, in (Float[{number}]) -> out (Half[{number}])",
    ]
    log = read_log(io.StringIO("\n".join(lines)), processes=0)
    for _, table in log.tables:
        table.rows()
    return log


def remembered_texts() -> int:
    """Count what caches of the package hold, those of whole programs too."""
    caches = 0
    for module in pkgutil.walk_packages(tacticlens.__path__, "tacticlens."):
        if module.name.startswith(READ_LOGS):
            for value in vars(importlib.import_module(module.name)).values():
                caches += value.cache_info().currsize if hasattr(value, "cache_info") else 0
    return caches + sum(len(kept) for answers in live() for kept in answers.of.values())


def live() -> list[Any]:
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is Answers]


@pytest.mark.slow
def test_a_program_that_reads_many_logs_does_not_grow() -> None:
    log = log_number(8)
    first = remembered_texts()
    before = len(live())
    for number in range(100, 130):
        log = log_number(number)

    assert log.tables.tactics["kernel"].to_list() == ["sm80_xmma_fprop_tilesize129x64"]
    assert remembered_texts() <= first
    assert len(live()) == before
    del log
    assert remembered_texts() < first
