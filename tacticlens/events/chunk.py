"""One block of a log -> events. The hot loop; runs in the reading process or in a helper process.

Nothing here depends on other blocks: a block reports what it found with line numbers relative to
itself, and lines at its start that may continue a message of the block before are handed back.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tacticlens.events.shapes import ALONE, COUNTED, EVENT, NO_PREFIX, ROW, Columns, Shapes, picked
from tacticlens.grammar.literals import mask_bytes
from tacticlens.grammar.pattern import Event, Values
from tacticlens.grammar.prefix import PrefixInfo
from tacticlens.grammar.scanner import Scan, Scanner, line_scanner

MESSAGE = -1
"""Index of a message event in place of a rule's: values are (severity, kind, text)."""
CONTINUATION = -2
"""Index of a line without prefix that may continue the message before: values are (text,)."""

_TROUBLE = frozenset({"warning", "error", "internal_error"})
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_CONTINUED = frozenset({"engine_layer", "detailed_layer", "detailed_layers_title", "bindings_title", "tactic_exception",
                        "tactic_exception_of", "error_code", "error_code_of", "layer_information_title"})  # fmt: skip
"""Forms whose message may go on in lines without a prefix; warnings and errors may always."""
_GLUE = re.compile(r"\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] (?=\[)")
_ERRORS = {
    "tactic_exception": "error", "tactic_exception_of": "error", "error_code": "error", "error_code_of": "error",
    "memory_skip": "warning", "device_request": "warning", "memory_refused": "warning", "tactic_gpu_error": "warning",
}  # fmt: skip
"""Forms that are trouble also where no prefix says so."""
_FALLBACKS = {"non_conforming": "verbose", "workspace_short": "info", "strategy_failed": "verbose"}
"""Forms that say that something else was done than asked for, at whatever severity."""
_SAMPLES = 200
_EVENT, _MESSAGE, _GOES_ON = 1, 2, 4
"""Flags of a form: becomes an event, is a message too, may go on in lines without prefix."""


@dataclass(frozen=True)
class Forms:
    """What becomes of the lines of each form.

    Attributes:
        kinds: forms whose lines are wanted; the others are only counted. None = all.
        rows: forms whose lines become rows of one table per block, not events: which value is in which column, None =
            none.
    """

    kinds: frozenset[str] | None = None
    rows: Mapping[str, Columns] = field(default_factory=dict)


@dataclass
class ChunkEvents:
    """What one block holds.

    Attributes:
        lines: number of lines.
        numbers: number in the block, from 1, of the line of each event.
        events: events of forms that tables are made from, of messages and of continuations, in order.
        row_numbers, rows: number in the block and columns of each line of the forms that become rows.
        counts: lines of each rule, by its index (modelled or not).
        leading: (line, text) of lines without prefix before the first head of the block.
        blank: empty lines, with or without prefix.
        foreign: lines that are not TensorRT's, after the first head.
        unread: (line, origin, text) of lines with a prefix that no rule reads, at most a sample.
        unread_counts: number of those by origin.
        glued: lines in which a second line begins; their end was read, their begin was not.
        open: the last head may be continued by the next block.
        samples_of_foreign: a few lines, to say what the file is.
    """

    lines: int = 0
    numbers: array[int] = field(default_factory=lambda: array("i"))
    events: list[Event] = field(default_factory=list)
    row_numbers: array[int] = field(default_factory=lambda: array("i"))
    rows: list[Values] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    leading: list[tuple[int, str]] = field(default_factory=list)
    blank: int = 0
    foreign: int = 0
    unread: list[tuple[int, str, str]] = field(default_factory=list)
    unread_counts: Counter[str] = field(default_factory=Counter)
    glued: int = 0
    open: bool | None = None
    samples_of_foreign: list[str] = field(default_factory=list)

    def pack(self) -> tuple[Any, ...]:
        """Return the same as plain values, to travel between processes."""
        return (
            self.lines, self.numbers.tobytes(), self.events, self.row_numbers.tobytes(),
            self.rows, self.counts, self.leading, self.blank, self.foreign, self.unread,
            dict(self.unread_counts), self.glued, self.open, self.samples_of_foreign,
        )  # fmt: skip

    @classmethod
    def unpack(cls, packed: tuple[Any, ...]) -> ChunkEvents:
        """Return the events that `pack` packed."""
        events = cls(*packed)
        events.numbers, events.row_numbers = array("i", packed[1]), array("i", packed[3])
        events.unread_counts = Counter(events.unread_counts)
        return events

    def add(self, number: int, event: Event) -> None:
        """Take the event of a line."""
        self.numbers.append(number)
        self.events.append(event)


Item = TypeVar("Item")


def _in_order(
    numbers: array[int], items: list[Item], others: npt.NDArray[np.intp], other_items: list[Item]
) -> tuple[array[int], list[Item]]:
    """Return numbers of lines and what they gave, joined with those of other lines, which are counted from 0."""
    both = np.concatenate([np.frombuffer(numbers, dtype=np.int32), others.astype(np.int32) + 1])
    if items:
        order = np.argsort(both, kind="stable")
        both, together = both[order], items + other_items
        other_items = [together[at] for at in order.tolist()]
    return array("i", both.tobytes()), other_items


def decode(block: bytes | memoryview) -> str:
    """Decode one block without terminal colours; bytes that are no UTF-8 become U+FFFD."""
    text = str(block, "utf-8", "replace")
    return _ANSI.sub("", text) if "\x1b" in text else text


class ChunkReader:
    """Reads blocks with one execution of the line rules.

    Args:
        scan: the execution; the compiled scanner by default.
        learned_prefix: pattern of a logger that the grammar does not know, learned from the log's start.
        forms: what becomes of the lines of each form; None = an event with all values.
        scanner: the compiled rules, where they are there already.
    """

    def __init__(
        self,
        scan: Scan | None = None,
        learned_prefix: str | None = None,
        forms: Forms | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        self.forms = forms or Forms()
        self.scanner, self.learned_prefix = scanner or line_scanner(self.forms.kinds), learned_prefix
        self._scan = scan or self.scanner.scan
        self._kinds = [rule.kind for rule in self.scanner.rules]
        kinds = self.forms.kinds
        severities = {**_ERRORS, **_FALLBACKS}
        self._severities = [severities.get(kind) for kind in self._kinds]
        self._flags = [
            _EVENT * (kinds is None or kind in kinds)
            + _MESSAGE * (kind in severities)
            + _GOES_ON * (kind in _CONTINUED)
            for kind in self._kinds
        ]
        self._columns = [self.forms.rows.get(kind) for kind in self._kinds]
        self._shapes = Shapes(self.scanner, scan, learned_prefix, self._step, self._columns)

    def _step(self, rule: int, info: PrefixInfo) -> int:
        """Return what is done with the lines of a rule: what may go on in the next line is looked at by itself."""
        if rule < 0 or self._flags[rule] > _EVENT or info.severity in _TROUBLE:
            return ALONE
        if not self._flags[rule]:
            return COUNTED
        return ROW if self._columns[rule] is not None else EVENT

    def cut(self, line: str) -> tuple[str, str]:
        """Cut a line into prefix ("" if none) and message."""
        return self._shapes.cut(line)

    def read(self, block: bytes) -> ChunkEvents:
        """Read one block of whole lines."""
        text = str(block, "utf-8", "replace")
        if not text or text.isspace():
            blank = text.count("\n") + (not text.endswith("\n"))
            return ChunkEvents(blank, counts=[0] * len(self._flags), blank=blank)
        if "\x1b" in text:
            text = _ANSI.sub("", text)
            block = text.encode()
        lines, masks = text.split("\n"), str(mask_bytes(block), "utf-8", "replace").split("\n")
        if lines[-1] == "":
            lines.pop()
            masks.pop()
        return self._collect(lines, self._shapes.of(lines, masks))

    def _collect(self, lines: list[str], numbers: list[int]) -> ChunkEvents:
        """Do with each line what its shape asks for; lines that are only counted are counted at once."""
        out, shapes = ChunkEvents(len(lines)), self._shapes
        of_lines = np.array(numbers, dtype=np.int32)
        rules, steps = shapes.rules_of(of_lines), shapes.steps_of(of_lines)
        out.counts = np.bincount(rules + 1, minlength=len(self._flags) + 1)[1:].tolist()
        takes = shapes.takes.__getitem__
        before = -1
        for at in np.flatnonzero(steps == ALONE).tolist():
            if at > before + 1:
                out.open = False  # by the line above
            shape, line = shapes.all[numbers[at]], lines[at]
            self._alone(out, at + 1, line[shape.begin : shape.end], (shape.rule, takes(numbers[at])(line)), shape.info)
            before = at
        if before < len(lines) - 1:
            out.open = False
        which = np.flatnonzero(steps == EVENT)
        taken = zip(
            rules[which].tolist(), map(takes, of_lines[which].tolist()), map(lines.__getitem__, which.tolist()),
            strict=True,
        )  # fmt: skip
        events = [(rule, take(line)) for rule, take, line in taken]
        out.numbers, out.events = _in_order(out.numbers, out.events, which, events)
        which = np.flatnonzero(steps == ROW)
        taken = zip(map(takes, of_lines[which].tolist()), map(lines.__getitem__, which.tolist()), strict=True)
        rows = [take(line) for take, line in taken]
        out.row_numbers, out.rows = _in_order(out.row_numbers, out.rows, which, rows)
        out.unread = out.unread[:_SAMPLES]
        return out

    def _add(self, out: ChunkEvents, number: int, event: Event) -> None:
        rule, values = event
        columns = self._columns[rule]
        if columns is None:
            out.add(number, event)
        else:
            out.row_numbers.append(number)
            out.rows.append(picked(values, columns))

    def _alone(
        self, out: ChunkEvents, number: int, message: str, event: Event, info: PrefixInfo
    ) -> None:
        """Take a line that depends on the ones around it, or that they depend on."""
        rule = event[0]
        if rule < 0:
            (self._without_prefix if info is NO_PREFIX else self._unmatched)(out, number, message, info)
            return
        flag, trouble = self._flags[rule], info.severity in _TROUBLE
        if flag & _EVENT:
            self._add(out, number, event)
        if trouble or flag & _MESSAGE:
            out.add(number, (MESSAGE, (info.severity or self._severities[rule], self._kinds[rule], message)))
        out.open = trouble or flag >= _GOES_ON

    def _without_prefix(self, out: ChunkEvents, number: int, message: str, _: PrefixInfo) -> None:
        """Take a line without prefix that no rule reads."""
        if not message:
            out.blank += 1
        elif self._glued(out, number, message):
            pass
        elif out.open is None:
            out.leading.append((number, message))
        elif out.open:
            out.add(number, (CONTINUATION, (message,)))
        else:
            out.foreign += 1
            if len(out.samples_of_foreign) < 5:
                out.samples_of_foreign.append(message[:200])

    def _unmatched(self, out: ChunkEvents, number: int, message: str, info: PrefixInfo) -> None:
        if not message:
            out.blank += 1
            return
        if self._glued(out, number, message):
            return
        trouble = info.severity in _TROUBLE and info.origin != "other"
        out.open = trouble
        if trouble:
            out.add(number, (MESSAGE, (info.severity, None, message)))
        if info.origin == "other":
            out.foreign += 1
            return
        out.unread_counts[info.origin] += 1
        out.unread.append((number, info.origin, message[:300]))

    def _glued(self, out: ChunkEvents, number: int, message: str) -> bool:
        """Read the last of several lines that were written into one; the others are lost."""
        start = -1
        for found in _GLUE.finditer(message, 1):
            start = found.start()
            break
        if start < 0:
            return False
        prefix, rest = self.cut(message[start:])
        event = self._scan(rest.rstrip()) if prefix else None
        if event is None:
            return False
        rule = event[0]
        if self._flags[rule] & _EVENT:
            self._add(out, number, event)
        out.glued += 1
        out.open = self._flags[rule] >= _GOES_ON
        out.unread.append((number, "glued", message[:300]))
        return True
