"""State shared by the rooms of the assembler: the position in the log, and the tables they fill."""

from __future__ import annotations

import math

from tacticlens.assemble.columns import NAN, NULL, Columns, Texts
from tacticlens.schema.build_rows import OpChoice
from tacticlens.schema.registry import ROWS

SENTINEL = "0xd15ea5edd15ea5ed"
"""Tactic id that TensorRT prints where nothing could be timed."""
FLOAT_MAX = 3.4e38
"""TensorRT 7 prints the largest float where later versions print inf."""
FLOAT_MIN = 1e-45
"""Smallest positive float of 32 bits, the type of printed times."""


_ROWS = {**ROWS, "op_choices": OpChoice}


class KeptRows:
    """The tables whose rows come from single lines, by name.

    Attributes:
        texts: the distinct texts of the log.
    """

    builds: Columns
    layers: Columns
    combinations: Columns
    runners: Columns
    tactics: Columns
    op_tactics: Columns
    op_choices: Columns
    reformats: Columns
    runs: Columns
    options: Columns
    performance: Columns
    profile: Columns
    memory: Columns
    timing_cache: Columns
    messages: Columns

    def __init__(self) -> None:
        self.texts = Texts()
        for name in KeptRows.__annotations__:
            setattr(self, name, Columns(_ROWS[name], self.texts))


class State(KeptRows):
    """The tables, and the position in the log.

    Attributes:
        build, layer, combination: numbers of the open ones, -1 if there is none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.build = self.layer = self.combination = NULL


def tactic_id(text: str) -> str:
    """Return a 64-bit tactic id in the spelling of the tables: ``0x%016x``, two's complement if negative."""
    value = int(text, 16) if "x" in text else int(text)
    return f"0x{value & 0xFFFFFFFFFFFFFFFF:016x}"


def milliseconds(text: str | None) -> float:
    """Return a printed time in ms; NaN if nothing was timed (absent, inf, nan, the largest float, below 0)."""
    if text is None:
        return NAN
    value = float(text)
    return value if value == 0 or FLOAT_MIN <= value < FLOAT_MAX else NAN


def number(text: str | None) -> int:
    """Return a printed whole number, -1 if absent."""
    return -1 if text is None else int(text)


def is_time(value: float) -> bool:
    """Tell whether `milliseconds` found a time."""
    return not math.isnan(value)
