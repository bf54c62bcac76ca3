"""The texts of a long log are parsed by helpers while they read it: each once, and what they answer is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from tacticlens.assemble.engine import PrintedLayer, PrintedList
from tacticlens.assemble.state import KeptRows
from tacticlens.events.helpers import Helpers
from tacticlens.grammar import memo
from tacticlens.grammar.engine_layer import parse_detail, parse_tensors
from tacticlens.grammar.layer_name import onnx_nodes
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.kernels import decode
from tacticlens.tables.prepare import TextPrefetcher

DETAIL = "Inputs: [], TacticName: sm80_xmma_gemm_f16f16_f16f32_f32_tn_n, StreamId: 0"


class Asked:
    """Notes what helpers are asked, and answers with the results marked as theirs."""

    def __init__(self) -> None:
        self.texts: list[tuple[Any, str]] = []

    def answer(
        self, function: Any, texts: Sequence[str]
    ) -> Iterator[tuple[Sequence[str], Callable[[], list[Any]]]]:
        self.texts += [(function, text) for text in texts]
        yield (
            texts,
            lambda: [
                parse_detail.__wrapped__(text) if function is parse_detail else (text,) for text in texts
            ],
        )


def test_each_text_is_handed_out_once_every_sixteen_blocks_and_its_answer_is_used() -> None:
    rows, engines, asked = KeptRows(), list[PrintedList](), Asked()
    prefetch = TextPrefetcher(rows, engines)
    answers = memo.begin()

    def blocks(count: int, *, last: bool = False) -> list[tuple[Any, str]]:
        before = len(asked.texts)
        for number in range(count):
            prefetch(cast("Helpers", asked), last=last and number == count - 1)
        return asked.texts[before:]

    rows.tactics.add(kernel="k1")
    rows.tactics.add()
    rows.tactics.add(kernel="k1")
    rows.op_tactics.add(kernel="k2")
    rows.combinations.add(formats="Half(1)")
    rows.layers.add(name="conv")
    assert blocks(15) == []
    assert blocks(1) == [(decode, "k1"), (decode, "k2"), (parse_formats, "Half(1)"), (onnx_nodes, "conv")]

    rows.tactics.add(kernel="k2")
    rows.tactics.add(kernel="k3")
    layers = [
        PrintedLayer("pool [profile 1]", None, None, "x -> y", None, 1),
        PrintedLayer("conv", None, None, None, DETAIL, 2),
    ]
    engines.append(PrintedList(1, True, (), 1, layers))
    assert blocks(15) == []
    assert blocks(1) == [
        (decode, "k3"), (parse_tensors, "x -> y"), (parse_detail, DETAIL), (onnx_nodes, "pool"),
    ]  # fmt: skip
    rows.op_tactics.add(kernel="k4")
    assert blocks(2, last=True) == [(decode, "k4"), (decode, "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n")]
    assert len(asked.texts) == len(set(asked.texts))
    for function, text in asked.texts:
        if function is not parse_detail:
            assert function(text) == (text,)
    del answers
