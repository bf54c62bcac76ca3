"""The line grammars: the comment above each rule is a message that the rule parses."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

pytestmark = pytest.mark.xdist_group("line grammar")  # one worker reads all of it once

GRAMMARS = Path(__file__).parents[2] / "grammars"
FILES = ("log_line.lark", "memory_line.lark", "known_line.lark", "trtexec_line.lark")
RULE = re.compile(r"^(?:// (?P<example>.*)\n)?(?P<rule>[a-z]\w*): ", re.MULTILINE)


@lru_cache(maxsize=1)
def parser() -> Lark:
    texts = [(GRAMMARS / name).read_text(encoding="utf-8") for name in ("terminals.lark", *FILES)]
    return Lark("\n".join(texts), parser="lalr", lexer="contextual", start=["message", "named"])


def read_record(message: str) -> tuple[str, dict[str, str]] | None:
    """The rule and the fields of a message; fixed beginnings are tried first, as in a log."""
    for start in ("message", "named"):
        try:
            tree = parser().parse(message, start=start)
        except UnexpectedInput:
            continue
        assert isinstance(tree, Tree)
        return str(tree.data), {token.type: str(token) for token in tree.children if isinstance(token, Token)}
    return None


def commented_rules() -> list[tuple[str, str | None]]:
    text = "\n".join((GRAMMARS / name).read_text(encoding="utf-8") for name in FILES)
    return [(found["rule"], found["example"]) for found in RULE.finditer(text)]


@pytest.mark.parametrize(("rule", "example"), commented_rules())
def test_comment_of_rule_parses_to_the_rule(rule: str, example: str | None) -> None:
    assert example is not None, "a rule needs a message above it"
    record = read_record(example.rstrip())
    assert record is not None
    assert record[0] == rule


@pytest.mark.parametrize(
    ("message", "rule", "fields"),
    [
        (
            "&&&& RUNNING TensorRT.trtexec [TensorRT v101601] [b11] # trtexec --onnx=a b.onnx",
            "status",
            {"STATUS": "RUNNING", "PROGRAM": "TensorRT.trtexec", "VERSION": "101601", "BUILD_NUMBER": "11",
             "COMMAND": "trtexec --onnx=a b.onnx"},
        ),
        (
            "Dump refittable layers:Disabled",
            "option",
            {"OPTION_KEY": "Dump refittable layers", "OPTION_VALUE": "Disabled"},
        ),
        (
            "Input inference shape : x=4x1",
            "option",
            {"OPTION_KEY": "Input inference shape", "OPTION_VALUE": "x=4x1"},
        ),
        ("Inputs:", "option", {"OPTION_KEY": "Inputs"}),
        (
            "       4.50       0.0227       0.0225       1.3   a 1.0 + b, c",
            "profile_row_name_last",
            {"TOTAL_MS": "4.50", "AVERAGE_MS": "0.0227", "MEDIAN_MS": "0.0225", "PERCENT": "1.3",
             "LAYER_NAME": "a 1.0 + b, c"},
        ),
        (
            "   a 1.0 + b       59.71           0.0278             0.0276      1.9",
            "profile_row_name_first",
            {"LAYER_NAME": "a 1.0 + b", "TOTAL_MS": "59.71", "AVERAGE_MS": "0.0278", "MEDIAN_MS": "0.0276",
             "PERCENT": "1.9"},
        ),
        (
            "Average on 10 runs - GPU latency: 0.5 ms - Host latency: 0.6 ms (enqueue 0.4 ms)",
            "average_of_runs",
            {"RUNS": "10", "LATENCIES": "0.5 ms - Host latency: 0.6 ms (enqueue 0.4 ms)"},
        ),
    ],
)  # fmt: skip
def test_fields_of_trtexec_lines(message: str, rule: str, fields: dict[str, str]) -> None:
    found = read_record(message)
    assert found is not None
    assert found[0] == rule
    assert {name: text for name, text in found[1].items() if not name.startswith("_")} == fields


@pytest.mark.parametrize(
    "message",
    [
        "Traceback (most recent call last):",
        "   -0.75       -0.7083334  -0.6666666  -0.625      -0.5833334  -0.5416666",
        "  0.12  1.12  2.25  3.50",
        "layer: something",
        "> calling getOutputDataType()",
        "===> using FP32 kernel",
        "2024-06-22 20:51:38.566468: T identity.cpp:294] IdentityPluginDynamicCreator",
        "------------------------------------------------",
        "Loading ONNX file from path model.onnx...",
        "model.py:106: DeprecationWarning: Use set_input_shape instead.",
    ],
)
def test_foreign_text_stays_unread(message: str) -> None:
    assert read_record(message) is None
