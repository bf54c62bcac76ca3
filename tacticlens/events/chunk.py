"""One block of a log -> events. The hot loop; runs in the reading process or in a helper process.

A block is read without knowledge of the others: line numbers are relative to it, and lines at its start
that may continue a message of the previous block are handed back.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from typing import Any

from tacticlens.events.learned_prefix import level_of
from tacticlens.grammar.memo import current
from tacticlens.grammar.pattern import Event
from tacticlens.grammar.prefix import PrefixInfo, cut_onnxruntime, prefix_info, prefix_pattern, severity_of
from tacticlens.grammar.scanner import Scan, Scanner, line_scanner

MESSAGE = -1
"""Stands in place of a rule's index in a message event: values are (severity, kind, text)."""
CONTINUATION = -2
"""The same for a line without prefix that may continue the previous message: values are (text,)."""

_TROUBLE = frozenset({"warning", "error", "internal_error"})
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_CONTINUED = frozenset({"engine_layer", "detailed_layer", "detailed_layers_title", "bindings_title", "tactic_exception",
                        "tactic_exception_of", "no_implementation", "error_code", "error_code_of",
                        "layer_information_title"})  # fmt: skip
"""Forms whose message may continue in lines without a prefix; warnings and errors always may."""
_GLUE = re.compile(r"\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] (?=\[)")
_ERRORS = {
    "tactic_exception": "error", "tactic_exception_of": "error", "no_implementation": "error",
    "error_code": "error", "error_code_of": "error",
    "parser_stopped": "error", "parser_stopped_at": "error", "assertion_failed": "error",
    "memory_skip": "warning", "device_request": "warning", "memory_refused": "warning", "tactic_gpu_error": "warning",
}  # fmt: skip
"""Forms that are warnings or errors, and the severity where no prefix gives one."""
_FALLBACKS = {"non_conforming": "verbose", "workspace_short": "info", "strategy_failed": "verbose"}
"""Forms that report a deviation from what was requested; they become messages at any severity."""
_SAMPLES = 200
_PERHAPS_A_PREFIX = ("[", "(")  # such a message may be the rest of a longer prefix
_MAY_GO_ON = ("[TensorRT] ", "  ")  # the prefix of another line may continue after these
_TAILED = " onnxruntime: ["  # lines of this logger also have a suffix to cut off
_NEW: Event = (-3, ())
_EVENT, _MESSAGE, _GOES_ON = 1, 2, 4
"""Flags of a form: becomes an event, is also a message, may continue in lines without prefix."""


_NO_PREFIX = PrefixInfo(None, "other")


@dataclass
class ChunkEvents:
    """The content of one block.

    Attributes:
        lines: number of lines.
        numbers: number in the block, from 1, of the line of each event.
        events: of the forms that tables are made from, of messages and of continuations, in order. Equal
            lines share one event.
        counts: lines of each rule, by its index.
        leading: (line, text) of lines without prefix before the first line of the block that a rule reads.
        blank: empty lines, with or without prefix.
        foreign: lines that are not TensorRT's, apart from the leading ones.
        unread: (line, origin, text) of lines with a prefix that no rule reads; a sample.
        unread_counts: number of all those lines by origin.
        glued: lines that contain the start of another line; that one was read, what precedes it was not.
        open: whether the next block may continue the last message; None = the block has no message.
        samples_of_foreign: a few of these lines, to tell what the file is.
    """

    lines: int = 0
    numbers: MutableSequence[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
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
        """Return plain values to send to another process."""
        return (
            self.lines, array("i", self.numbers).tobytes(), self.events, self.counts, self.leading, self.blank,
            self.foreign, self.unread, dict(self.unread_counts), self.glued, self.open, self.samples_of_foreign,
        )  # fmt: skip

    @classmethod
    def unpack(cls, packed: tuple[Any, ...]) -> ChunkEvents:
        """Return the events that `pack` packed."""
        events = cls(*packed)
        events.numbers = array("i", packed[1])
        events.unread_counts = Counter(events.unread_counts)
        return events

    def add(self, number: int, event: Event) -> None:
        """Append the event of a line."""
        self.numbers.append(number)
        self.events.append(event)


def decode(block: bytes) -> str:
    """Decode one block: bytes that are not UTF-8 become U+FFFD, terminal colours are removed."""
    text = str(block, "utf-8", "replace")
    return _ANSI.sub("", text) if "\x1b" in text else text


class ChunkReader:
    """Reads blocks with one execution of the line rules.

    Args:
        scan: the execution; the compiled scanner by default.
        learned_prefix: prefix pattern of a logger that the grammar does not know, learned from the log's start.
        kinds: forms whose lines become events; the others are only counted. None = all.
        scanner: the compiled rules with their kinds, if they exist already.
    """

    def __init__(
        self,
        scan: Scan | None = None,
        learned_prefix: str | None = None,
        kinds: frozenset[str] | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        scanner = scanner or line_scanner(kinds)
        kinds = scanner.kinds
        self.scanner, self.learned_prefix = scanner, learned_prefix
        self._scan = scan or scanner.scan
        self._kinds = [rule.kind for rule in scanner.rules]
        severities = {**_ERRORS, **_FALLBACKS}
        self._severities = [severities.get(rule.kind) for rule in scanner.rules]
        self._flags = [
            _EVENT * (kinds is None or kind in kinds)
            + _MESSAGE * (kind in severities)
            + _GOES_ON * (kind in _CONTINUED)
            for kind in self._kinds
        ]
        self._prefix = prefix_pattern().match
        self._answers = current()  # keeps the memo of this process alive
        self._learned = re.compile(learned_prefix).match if learned_prefix else None

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
        if ort:
            return ort
        return "", line

    def _reusable(self, prefix: str) -> bool:
        """Tell whether lines that begin with this prefix can be cut at its length: no longer prefix begins like it."""
        return (
            self._learned is None
            and prefix[-1] == " "
            and not prefix.endswith(_MAY_GO_ON)
            and _TAILED not in prefix
        )

    def _info(self, prefix: str) -> PrefixInfo:
        if self._learned and self._learned(prefix):
            level = level_of(prefix)
            return PrefixInfo(severity_of(level) if level else None, "library")
        return prefix_info(prefix)

    def read(self, block: bytes) -> ChunkEvents:
        """Read one block of whole lines."""
        text = decode(block)
        lines = text.split("\n") if not text.isspace() else []
        if not lines:
            blank = text.count("\n") + (not text.endswith("\n"))
            return ChunkEvents(blank, counts=[0] * len(self._flags), blank=blank)
        if lines[-1] == "":
            lines.pop()
        out, scan = ChunkEvents(len(lines), counts=[0] * len(self._flags)), self._scan
        seen: dict[str, Event | None] = {}  # a third of the messages of a log repeat within a block
        known = seen.get
        bare: dict[str, str] = {}  # line without a prefix -> the same without trailing blanks
        prefix, length, info = "\0", 0, _NO_PREFIX
        for number, line in enumerate(lines, 1):
            if line.startswith(prefix) and not line.startswith(_PERHAPS_A_PREFIX, length):
                message = line[length:].rstrip()
            elif line in bare:
                self._without_prefix(out, number, bare[line], seen)
                continue
            else:
                found, message = self.cut(line)
                message = message.rstrip()
                if not found:
                    bare[line] = message
                    self._without_prefix(out, number, message, seen)
                    continue
                info = self._info(found)
                prefix, length = (found, len(found)) if self._reusable(found) else ("\0", 0)
            event = known(message, _NEW)
            if event is _NEW:
                event = seen[message] = scan(message)
            if event is None:
                self._unmatched(out, number, message, info)
            else:
                self._matched(out, number, message, event, info)
        out.unread = out.unread[:_SAMPLES]
        return out

    def _matched(self, out: ChunkEvents, number: int, message: str, event: Event, info: PrefixInfo) -> None:
        rule = event[0]
        out.counts[rule] += 1
        flag, trouble = self._flags[rule], info.severity in _TROUBLE
        if flag & _EVENT:
            out.add(number, event)
        if trouble or flag & _MESSAGE:
            out.add(number, (MESSAGE, (info.severity or self._severities[rule], self._kinds[rule], message)))
        out.open = trouble or flag >= _GOES_ON

    def _without_prefix(
        self, out: ChunkEvents, number: int, message: str, seen: dict[str, Event | None]
    ) -> None:
        if not message:
            out.blank += 1
            return
        event = seen.get(message, _NEW)
        if event is _NEW:
            event = seen[message] = self._scan(message)
        if event is not None:
            self._matched(out, number, message, event, _NO_PREFIX)
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
        """Read the last of several lines that threads wrote into one; the others are lost."""
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
            out.add(number, event)
        out.glued += 1
        out.open = self._flags[rule] >= _GOES_ON
        out.unread.append((number, "glued", message[:300]))
        return True
