"""The driver gives what Lark gives, for texts that fit a grammar and for texts that do not."""

from __future__ import annotations

from typing import Any

import lark
import pytest
from lark.exceptions import LarkError

from tacticlens.grammar.driver import Driver, NoFitError, Token, Tree
from tacticlens.grammar.parsers import parser, table

TEXTS = [
    ("tensor_format", None, "Half(784,1:8,28,1), Int32() -> Float((* 64 E0),E0) where E0=(CEIL_DIV (# 0 (SHAPE x)) 4)"),
    ("tensor_format", None, " -> Float(1,2)"),
    ("tensor_format", None, "Half(784,1:8,28"),
    ("engine_layer", "tensors", "x (Float[-1,1,28,28]) -> relu (Float[-1,32,28,28]), y (1) (Int32[-1,1])"),
    ("engine_layer", "tensors", "x (Float[-1,1"),
    ("engine_layer", "detail", "Inputs: [ { Name: x, Dimensions: [1], Format/Datatype: Float }], StreamId: 0"),
    ("layer_name", None, "PWN(PWN(/a/Sigmoid), /a/Mul) + Reshape_5"),
    ("layer_name", None, "{ForeignNode[first...last]}"),
    ("kernel_name", None, "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x64x32_stage4_warpsize2x2x1_tensor16x8x16"),
    ("kernel_name", None, "__myl_AddMulRes_0x4db0"),
]  # fmt: skip


def plain(value: Any) -> Any:
    """Return a tree as lists, its tokens with type, text and place."""
    if isinstance(value, (Tree, lark.Tree)):
        return str(value.data), [plain(child) for child in value.children]
    if isinstance(value, (Token, lark.Token)):
        return value.type, str(value), value.start_pos, value.end_pos
    return value


def outcome(parse: Any, text: str, start: str | None) -> Any:
    """Return the tree, or that the text does not fit."""
    try:
        return plain(parse(text, start))
    except (LarkError, NoFitError):
        return "does not fit"


@pytest.mark.slow
@pytest.mark.parametrize(("grammar", "start", "text"), TEXTS)
def test_every_beginning_of_a_text_gives_what_lark_gives(grammar: str, start: str | None, text: str) -> None:
    reference = parser(grammar)
    driver = Driver(table(grammar))
    for end in range(len(text) + 1):
        assert outcome(driver.parse, text[:end], start) == outcome(reference.parse, text[:end], start)


@pytest.mark.parametrize(("grammar", "start", "text"), TEXTS)
def test_a_strange_character_anywhere_gives_what_lark_gives(
    grammar: str, start: str | None, text: str
) -> None:
    reference = parser(grammar)
    driver = Driver(table(grammar))
    for at in range(len(text)):
        damaged = f"{text[:at]}\x00{text[at + 1 :]}"
        assert outcome(driver.parse, damaged, start) == outcome(reference.parse, damaged, start)
