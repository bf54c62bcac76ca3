"""The choice of format combinations: small engines whose lines decide, do not decide, or contradict each other."""

from __future__ import annotations

import random

import pytest

from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.tables.choice.model import Fixed, Node, RequestedLayout, format_key
from tacticlens.tables.choice.printed import fits_layout, is_linear, layout_of_words, requested_layout
from tacticlens.tables.choice.propagate import solve

ROWS = "Float(784,196,14,1)"
CHANNELS_LAST = "Float(784,1,56,4)"
VECTORS = "Half(196,1:8,14,1)"


def tensor(
    name: str, dims: str = "1,4,14,14", dtype: str = "Float", words: str | None = None
) -> EngineTensor:
    return EngineTensor(name, dtype, tuple(dims.split(",")), words)


def node(inputs: str, outputs: str, *formats: str, line: int = 1, dims: str = "1,4,14,14") -> Node:
    sides = [tuple(tensor(name, dims) for name in side.split()) for side in (inputs, outputs)]
    return Node(1, 1, sides[0], sides[1], [parse_formats(text) for text in formats], line)


def both(first: str, second: str) -> tuple[str, str]:
    return f"{first} -> {first}", f"{second} -> {second}"


def left(nodes: list[Node]) -> list[list[int]]:
    return [one.left for one in nodes]


def test_a_chain_of_layers_follows_the_one_that_has_no_choice() -> None:
    chain = [
        node("x", "a", f"{ROWS} -> {CHANNELS_LAST}"),
        node("a", "b", *both(ROWS, CHANNELS_LAST)),
        node("b", "c", *both(ROWS, CHANNELS_LAST), line=7),
    ]
    solve(chain, {}, {})

    assert left(chain) == [[0], [1], [1]]
    assert chain[2].out[0] == ("neighbour", "b", 1)


def test_without_evidence_all_combinations_are_left() -> None:
    alone = [node("x", "a", *both(ROWS, CHANNELS_LAST)), node("a", "b", *both(ROWS, CHANNELS_LAST))]
    solve(alone, {}, {})

    assert left(alone) == [[0, 1], [0, 1]]


def test_a_reformat_gives_the_format_at_both_of_its_ends() -> None:
    engine = [
        node("x", "a", *both(ROWS, CHANNELS_LAST)),
        node("r", "b", *both(ROWS, CHANNELS_LAST)),
    ]
    formats = {name: parse_formats(f"{text} -> {text}") for name, text in (("a", ROWS), ("r", CHANNELS_LAST))}
    fixed = {(1, 1, name): Fixed(format_key(parsed[0][0]), 9) for name, parsed in formats.items() if parsed}
    solve(engine, fixed, {})

    assert left(engine) == [[0], [1]]
    assert engine[0].out[1] == ("reformat", "a", 9)


def test_the_part_of_a_concatenation_has_the_strides_of_the_whole() -> None:
    part = node("x", "whole", f"{ROWS} -> {ROWS}", f"{ROWS} -> Float(1568,196,14,1)")
    whole = Node(1, 1, (tensor("whole", "1,8,14,14"),), (tensor("y"),), [None], 5)
    solve([part, whole], {}, {})

    assert part.left == [1]
    assert part.out[0] == ("strided", "whole", 5)


def test_the_format_asked_of_a_network_input_excludes_others() -> None:
    first = node("x", "a", *both(ROWS, CHANNELS_LAST))
    solve([first], {}, {(1, 1, "x"): RequestedLayout("fp32:chw", 3)})

    assert first.left == [0]
    assert first.out[1] == ("network", "x", 3)


def test_the_engine_prints_types_and_vector_widths_or_says_nothing_of_widths() -> None:
    plain = Node(
        1,
        1,
        (tensor("x", dtype="Half"),),
        (tensor("y", dtype="Half"),),
        list(map(parse_formats, both(VECTORS, "Half(784,196,14,1)"))),
        1,
    )
    solve([plain], {}, {})
    assert plain.left == [0, 1]

    wide = Node(
        1,
        1,
        (tensor("x", "1,4:8,14,14", "Half"),),
        (tensor("y", "1,4:8,14,14", "Half"),),
        list(map(parse_formats, (*both(VECTORS, "Half(784,196,14,1)"), f"{ROWS} -> {ROWS}"))),
        4,
    )
    solve([wide], {}, {})
    assert wide.left == [0]
    assert wide.out[2] == ("printed", "x", 4)


def test_a_contradiction_decides_nothing_around_it_and_leaves_the_rest() -> None:
    engine = [
        node("x", "a", f"{ROWS} -> {ROWS}"),
        node("a", "b", *both(ROWS, CHANNELS_LAST)),
        node("b", "c", f"{CHANNELS_LAST} -> {CHANNELS_LAST}"),
        node("c", "d", *both(ROWS, CHANNELS_LAST)),
    ]
    solve(engine, {}, {})

    assert left(engine) == [[0], [0, 1], [0], [1]]


def test_strides_that_are_expressions_are_alike_and_unlike_numbers() -> None:
    engine = [
        node("x", "a", f"{ROWS} -> Float(E0,196,14,1) where E0=(* 4 196)"),
        node("a", "b", "Float((* 784 E1),196,14,1) -> Float(784,196,14,1)", *both(ROWS, CHANNELS_LAST)),
    ]
    solve(engine, {}, {})

    assert engine[1].left == [0]


def test_layers_in_any_order_have_the_same_choice() -> None:
    def engine() -> list[Node]:
        return [
            node("x", "a", f"{ROWS} -> {CHANNELS_LAST}", line=1),
            *(
                node(f"t{n}" if n else "a", f"t{n + 1}", *both(ROWS, CHANNELS_LAST), line=n + 2)
                for n in range(20)
            ),
        ]

    straight, shuffled = engine(), engine()
    mixed = list(shuffled)
    random.Random(1).shuffle(mixed)
    solve(straight, {}, {})
    solve(mixed, {}, {})

    assert left(straight) == left(shuffled) == [[0], *([[1]] * 20)]


@pytest.mark.parametrize(
    ("text", "width", "linear"),
    [
        ("fp16:chw", 1, True), ("int8:chw32", 32, None), ("fp16:hwc8", 8, None), ("fp32:hwc", 1, False),
        ("fp32:CHW", 1, True), ("fp16:chw+hwc", None, None), ("dla_linear", None, None),
    ],
)  # fmt: skip
def test_names_of_formats_on_the_command_line_are_layouts(
    text: str, width: int | None, linear: object
) -> None:
    assert requested_layout(text) == (width, linear)


@pytest.mark.parametrize(
    ("words", "format_", "fits"),
    [
        ("Row major linear FP32", ROWS, True), ("Row major linear FP32", CHANNELS_LAST, False),
        ("Channel major FP32 format", CHANNELS_LAST, True), ("Channel major FP32 format", ROWS, False),
        ("Channel major FP16 format where channel % 8 == 0", VECTORS, True),
        ("Thirty-two wide channel vectorized row major Int8 format", VECTORS, False),
        ("A format of a later version", VECTORS, True),
    ],
)  # fmt: skip
def test_words_of_the_detailed_engine_fit_formats(words: str, format_: str, fits: object) -> None:
    parsed = parse_formats(f"{format_} -> {format_}")

    assert parsed is not None
    assert fits_layout(layout_of_words(words), parsed[0][0]) is fits


def test_whether_strides_are_linear_is_open_where_dimensions_of_one_hide_it() -> None:
    assert is_linear(("784", "196", "14", "1")) is True
    assert is_linear(("784", "1", "56", "4")) is False
    assert is_linear(("1", "1")) is None
    assert is_linear(("1", "14", "196", "784")) is None
