"""Functions of a text that remember their answers."""

from __future__ import annotations

import pickle

from tacticlens.grammar.memo import remembered
from tacticlens.kernels import decode

calls: list[str] = []


@remembered(3)
def length(text: str) -> int:
    calls.append(text)
    return len(text)


def test_a_text_is_asked_once() -> None:
    calls.clear()

    assert [length(text) for text in ("once", "once", "")] == [4, 4, 0]
    assert calls == ["once", ""]


def test_answers_made_elsewhere_are_taken() -> None:
    calls.clear()
    texts = length.missing(["learned", "learned", "told"])
    length.learn(texts, [7, 4])

    assert texts == ["learned", "told"]
    assert (length("learned"), length("told"), length.missing(texts), calls) == (7, 4, [], [])


def test_no_more_answers_are_kept_than_the_limit() -> None:
    for text in ("a", "bb", "ccc", "dddd", "eeeee"):
        assert length(text) == len(text)

    assert length.missing(["a", "eeeee"]) == ["a"]


def test_a_function_travels_to_another_process_by_name_and_leaves_its_answers_behind() -> None:
    decode("sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_stage4_warpsize2x2x1")

    assert pickle.loads(pickle.dumps(decode)) is decode
    assert len(pickle.dumps(decode)) < 100
