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
from tacticlens.events.helpers import shared_out
from tacticlens.grammar.engine_layer import parse_detail, parse_tensors
from tacticlens.grammar.memo import Remembered
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.kernels import decode
from tacticlens.tables.frames import numbers


def load_parsers() -> None:
    """Make the parsers of these texts, so that helpers that are copies of this process have them, too."""
    decode("sm80_xmma_gemm")
    parse_formats("Float(1) -> Float(1)")
    parse_tensors("x[Float(1)] -> y[Float(1)]")


def prepare(state: State, engine: EngineRoom, processes: int) -> None:
    """Have the texts of the long columns parsed by helper processes, and remember the answers."""
    texts = state.texts.all()
    printed = [layer for listed in engine.lists for layer in listed.layers]
    details = [layer.detail for layer in printed if layer.detail is not None]
    work: list[tuple[Remembered[Any], list[str]]] = [
        (parse_detail, details),
        (decode, _distinct(state.tactics, "kernel", texts) + _distinct(state.op_tactics, "kernel", texts)),
        (parse_formats, _distinct(state.combinations, "formats", texts)),
        (parse_tensors, [layer.tensors for layer in printed if layer.tensors is not None]),
    ]
    missing = [(function, function.missing(asked)) for function, asked in work]
    for function, portion, answers in shared_out(missing, processes):
        function.learn(portion, answers)


def _distinct(filled: Columns, column: str, texts: list[str]) -> list[str]:
    return [texts[number] for number in np.unique(numbers(filled, column)).tolist() if number >= 0]
