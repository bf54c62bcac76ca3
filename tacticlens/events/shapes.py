"""Lines of one shape: cut and scanned once.

The shape of a line is its text with every digit as 0 (`mask_bytes`). Millions of lines of a long log have some
thousands of shapes, and what a line is and where its values stand depends on the shape alone, but for the few texts
with digits that the grammar asks for: lines that may hold one of those are scanned one by one.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tacticlens.events.learned_prefix import level_of
from tacticlens.grammar.pattern import Values
from tacticlens.grammar.prefix import PrefixInfo, cut_onnxruntime, prefix_info, prefix_pattern, severity_of
from tacticlens.grammar.scanner import ABSENT, NO_RULE, Scan, Scanner, Span, values_at

COUNTED, EVENT, ROW, ALONE = range(4)
"""What is done with a line: it is counted, becomes an event, a row of the block's table, or is looked at by itself."""

_MAY_GO_ON = ("[TensorRT] ", "  ")  # longer prefixes begin so
_PERHAPS_A_PREFIX = ("[", "(")  # a message that begins so may be the rest of a prefix
_MOST_MASKS = 1 << 16
_MOST_SHAPES = 1 << 15
_TAILED = " onnxruntime: ["  # lines of this sink have a tail to cut off, too
NO_PREFIX = PrefixInfo(None, "other")
"""What is told of a line without prefix: this very object."""


Take = Callable[[str], Values]
"""Line -> values."""


class Shape(NamedTuple):
    """What all lines of one shape are.

    Attributes:
        rule: index of the rule; `NO_RULE` if none fits.
        begin, end: where the message stands in the line.
        info: what the prefix says.
    """

    rule: int
    begin: int
    end: int
    info: PrefixInfo


Columns = tuple["int | None", ...]
"""Which value of a line is in which column of a row; None = none."""

Step = Callable[[int, PrefixInfo], int]
"""(rule, what the prefix says) -> step"""


class Shapes:
    """The shapes that the lines of a log have had so far.

    Args:
        scanner: the compiled rules.
        scan: another execution of the rules, which tells values only; every line is scanned by itself then.
        learned_prefix: pattern of a logger that the grammar does not know.
        step: what is done with the lines of a rule.
        columns: of each rule whose lines become rows; None for the others.

    Attributes:
        all: the shapes by number.
        takes: what takes the values out of a line of each shape.
    """

    def __init__(
        self,
        scanner: Scanner,
        scan: Scan | None,
        learned_prefix: str | None,
        step: Step,
        columns: Sequence[Columns | None],
    ) -> None:
        self._scanner, self._scan, self._step, self._columns = scanner, scan, step, columns
        self._prefix = prefix_pattern().match
        self._learned = re.compile(learned_prefix).match if learned_prefix else None
        self._numbers: dict[str, int] = {}
        self._shapes: dict[tuple[Any, ...], int] = {}
        self._known = self._numbers.get
        self._rules, self._steps = array("i"), array("b")
        self._prefix_mask, self._prefix_info = "\0", NO_PREFIX  # of an earlier line; no longer prefix begins like it
        self.all: list[Shape] = []
        self.takes: list[Take] = []

    def rules_of(self, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the rule of each shape, by its number."""
        return np.frombuffer(self._rules, dtype=np.int32)[numbers]

    def steps_of(self, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
        """Return the step of each shape, by its number."""
        return np.frombuffer(self._steps, dtype=np.int8)[numbers]

    def of(self, lines: list[str], masks: list[str]) -> list[int]:
        """Return the number of the shape of each line; numbers hold until the next call.

        Args:
            lines: the lines of a block.
            masks: their masks.
        """
        self._forget_many()
        known = self._known
        found = list(map(known, masks))
        at = -1
        while True:
            try:
                at = found.index(None, at + 1)
            except ValueError:
                return found
            number = known(masks[at])
            found[at] = self._learn(lines[at], masks[at]) if number is None else number

    def _forget_many(self) -> None:
        """Begin anew where a log has more shapes than a log of TensorRT has."""
        if len(self._numbers) > _MOST_MASKS or len(self.all) > _MOST_SHAPES:
            for kept in (self._numbers, self._shapes, self.all, self.takes):
                kept.clear()
            self._rules, self._steps = array("i"), array("b")

    def cut(self, line: str) -> tuple[str, str]:
        """Cut a line into prefix ("" if none) and message."""
        if self._learned:
            found = self._learned(line)
            if found:
                return found.group(), line[found.end() :]
        found = self._prefix(line)
        if found:
            return found.group(), line[found.end() :]
        ort = cut_onnxruntime(line) if _TAILED in line[:20] else None
        return ort or ("", line)

    def _info(self, prefix: str) -> PrefixInfo:
        if not prefix:
            return NO_PREFIX
        if self._learned and self._learned(prefix):
            level = level_of(prefix)
            return PrefixInfo(severity_of(level) if level else None, "library")
        return prefix_info(prefix)

    def _learn(self, line: str, mask: str) -> int:
        """Return the number of the shape of a line; its mask is known from now on, where that is safe."""
        begin = len(self._prefix_mask)
        if mask.startswith(self._prefix_mask) and not mask.startswith(_PERHAPS_A_PREFIX, begin):
            message, info = line[begin:].rstrip(), self._prefix_info
        else:
            prefix, message = self.cut(line)
            begin, message = len(prefix), message.rstrip()
            info = self._info(mask[:begin])
            if prefix.endswith(" ") and not prefix.endswith(_MAY_GO_ON) and _TAILED not in prefix and not self._learned:
                self._prefix_mask, self._prefix_info = mask[:begin], info
        length = len(message)
        if self._scan is not None:
            rule, values = self._scan(message) or (NO_RULE, ())
            return self._add(Shape(rule, begin, begin + length, info), lambda _: values)
        rule, spans, digits = self._scanner.locate(message)
        key = (rule, spans, begin, length, info.severity, info.origin)
        number = self._shapes.get(key)
        if number is None:
            number = self._shapes[key] = self._add(Shape(rule, begin, begin + length, info), None, spans)
        masked = mask[begin : begin + length]
        if not masked.startswith(self._scanner.digit_heads) and not (digits and any(text in masked for text in digits)):
            self._numbers[mask] = number
        return number

    def _add(self, shape: Shape, take: Take | None, spans: Sequence[Span] = ()) -> int:
        step = self._step(shape.rule, shape.info)
        columns = self._columns[shape.rule] if step == ROW else None
        if take is None:
            if columns is not None:
                spans = [ABSENT if column is None else spans[column] for column in columns]
            take = _taker([span if span == ABSENT else (shape.begin + span[0], shape.begin + span[1]) for span in spans])
        elif columns is not None:
            take = partial(picked, take(""), columns)
        self.all.append(shape)
        self.takes.append(take)
        self._rules.append(shape.rule)
        self._steps.append(step)
        return len(self.all) - 1


def picked(values: Values, columns: Columns, _: str = "") -> Values:
    """Return the values that are the columns of a row."""
    return tuple(None if column is None else values[column] for column in columns)


def _taker(spans: Sequence[Span]) -> Take:
    """Return what takes the values at some places out of a line."""
    absent = next((at for at, span in enumerate(spans) if span == ABSENT), len(spans))
    if any(span != ABSENT for span in spans[absent:]):
        return lambda line: values_at(line, spans)
    slices, nothing = [slice(*span) for span in spans[:absent]], (None,) * (len(spans) - absent)
    if not slices:
        return lambda _: nothing
    take: Any = itemgetter(*slices)
    if len(slices) == 1:
        return lambda line: (take(line), *nothing)
    return (lambda line: take(line) + nothing) if nothing else take
