"""Parse the texts that the rows of a long log have in common, before its tables are made.

A log of millions of lines has some thousands of kernels, formats and engine layers. Parsing them takes
longer than making the rows, and the processes that read the log are still there to share it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tacticlens.assemble.columns import Columns
from tacticlens.assemble.engine import EngineRoom
from tacticlens.assemble.state import State
from tacticlens.events.helpers import Helpers
from tacticlens.grammar.engine_layer import parse_detail, parse_tensors
from tacticlens.grammar.memo import Remembered
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.kernels import decode
from tacticlens.tables.frames import numbers


def prepare(state: State, engine: EngineRoom, helpers: Helpers) -> None:
    """Have the texts of the long columns parsed, and remember the answers."""
    texts = state.texts.all()
    printed = [layer for listed in engine.lists for layer in listed.layers]
    details = [layer.detail for layer in printed if layer.detail is not None]
    _share(helpers, [
        (parse_detail, details),
        (decode, _distinct(state.tactics, "kernel", texts) + _distinct(state.op_tactics, "kernel", texts)),
        (parse_formats, _distinct(state.combinations, "formats", texts)),
        (parse_tensors, [layer.tensors for layer in printed if layer.tensors is not None]),
    ])  # fmt: skip
    fields = [parse_detail(detail) for detail in details]
    _share(helpers, [(decode, [found.kernel for found in fields if found is not None and found.kernel])])


def _share(helpers: Helpers, work: list[tuple[Remembered[Any], list[str]]]) -> None:
    """Have functions of texts called by the helpers, all at the same time, and remember the answers."""
    under_way = [
        (function, portion, answers)
        for function, texts in work
        for portion, answers in helpers.answer(function, function.missing(texts))
    ]
    for function, portion, answers in under_way:
        function.learn(portion, answers())


def _distinct(filled: Columns, column: str, texts: list[str]) -> list[str]:
    return [texts[number] for number in np.unique(numbers(filled, column)).tolist() if number >= 0]
