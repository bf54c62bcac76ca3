"""Many messages at once: one search of their joined text in place of a match of each.

Millions of the lines of a long log are of a dozen forms. The expressions are those of `scanner`; where a joined
text gives as many matches as it has lines, each line is a match from its begin to its end, and the values are
those that a match of the line alone gives. Everything else is read line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from tacticlens.grammar.pattern import Event, Pattern, Taker, Values

_PIECE = 256
"""Messages that are joined; a line of another form costs its piece the short way, so pieces get smaller then."""
_SMALLEST = 16
ENOUGH = 200
"""Messages with the same first characters from which on their expressions are made: that takes as long as reading some
hundreds of them one by one."""
_TRIES = 1024
"""Messages after which heads whose messages mostly fail are given up."""
_ALIKE = 4
"""Pieces of one variant only, after which the next ones are expected to be so, too."""

_NEGATED = re.compile(r"(?<!\\)\[\^")
_NOT_WITHIN_A_LINE = re.compile(r"\\[sDWAZ]|\\\\\[\^|\[\^\]")


def within_lines(expression: str) -> str | None:
    """Return the expression so that it matches no line end; None if that is not easily said."""
    if _NOT_WITHIN_A_LINE.search(re.sub(r"(?<!\\)\[\^[^\]]+\]", "", expression)):
        return None
    return _NEGATED.sub(r"[^\\n", expression)


class Way:
    """One variant of the messages that begin with a head.

    Args:
        expression: the whole line.
        taker: which groups are the values.
    """

    def __init__(self, expression: str, taker: Taker) -> None:
        self._find = re.compile(expression, re.MULTILINE)
        self._rule, groups = taker
        self._values = _values(self._find.groups, groups)

    def read(self, joined: str, count: int) -> list[Event] | None:
        """Return the event of each line; None if one of them is no such message."""
        found = self._find.findall(joined)
        if len(found) != count:
            return None
        rule = self._rule
        if self._values is None:
            return [(rule, ())] * count
        return [(rule, values) for values in self._values(found)]


def _values(kept: int, groups: tuple[int, ...]) -> Callable[[list[Any]], list[Values]] | None:
    """Return what turns the findings of an expression into values; None if no values are wanted."""
    if not groups:
        return None
    if kept == 0:
        return lambda found: [(None,) * len(groups)] * len(found)
    if kept == 1:
        if groups == (1,):
            return lambda found: list(zip(found, strict=True))
        return lambda found: [tuple(text if group == 1 else None for group in groups) for text in found]
    if groups == tuple(range(1, kept + 1)):
        return lambda found: found
    places = [
        min(group - 1, kept) for group in groups
    ]  # behind the last one stands the None of what is absent
    if len(places) == 1:
        return lambda found: [(texts[places[0]],) for texts in found]
    take: Callable[[tuple[str | None, ...]], Values] = itemgetter(*places)
    return lambda found: [take((*texts, None)) for texts in found]


class Head:
    """The messages that begin with one fixed text.

    Args:
        head: the text.
        pattern: what may stand behind it.
        longer: heads that begin with this one; their messages are not this one's.
    """

    def __init__(self, head: str, pattern: Pattern, longer: list[str]) -> None:
        self.head = head
        self._pattern = pattern
        guard = "".join(f"(?!{re.escape(text[len(head) :])})" for text in longer)
        self._begin = f"^{re.escape(head)}{guard}"
        self._ways: dict[int, Way | None] = {}
        self._all: re.Pattern[str] | None = None
        self._alike = _ALIKE

    def read(self, messages: Sequence[str]) -> list[Event] | None:
        """Return the event of each message; None if they have to be read one by one."""
        joined = "\n".join(messages)
        if self._alike >= _ALIKE:
            found = self._pattern.fullmatch(messages[0], len(self.head))
            way = self._way(found.lastindex) if found is not None and found.lastindex else None
            if way is None:
                return None
            events = way.read(joined, len(messages))
            if events is not None:
                return events
            self._alike = 0
        return self._read_mixed(joined, len(messages))

    def _way(self, end: int) -> Way | None:
        if end not in self._ways:
            expression, taker = self._pattern.alone(end)
            spelled = within_lines(expression)
            self._ways[end] = Way(f"{self._begin}{spelled}$", taker) if spelled is not None else None
        return self._ways[end]

    def _read_mixed(self, joined: str, count: int) -> list[Event] | None:
        if self._all is None:
            spelled = within_lines(self._pattern.expression)
            if spelled is None:
                return None
            self._all = re.compile(f"{self._begin}(?:{spelled})$", re.MULTILINE)
        matches = list(self._all.finditer(joined))
        if len(matches) != count:
            return None
        self._alike = self._alike + 1 if len({found.lastindex for found in matches}) == 1 else 0
        return [self._pattern.take(found) for found in matches]


class Batches:
    """The messages whose first characters are the same.

    Args:
        heads: what they may begin with, longest first, with what may stand behind it.
        scan: reads a message alone.
    """

    def __init__(self, heads: list[tuple[str, Pattern]], scan: Callable[[str], Event | None]) -> None:
        self._heads = [
            Head(head, pattern, [other for other, _ in heads if other != head and other.startswith(head)])
            for head, pattern in heads
        ]
        self._scan = scan
        self._tried = self._failed = 0

    def read(self, messages: Sequence[str]) -> list[Event | None]:
        """Return the event of each message; None where no rule matches."""
        self._tried += len(messages)
        hopeless = self._tried > _TRIES and self._failed * 2 > self._tried
        if len(messages) < _SMALLEST or self._tried < ENOUGH or hopeless:
            return [self._scan(message) for message in messages]
        if len(self._heads) == 1:
            return self._read_all(self._heads[0], messages)
        events: dict[str, Event | None] = {}
        left = list(dict.fromkeys(messages))
        for head in self._heads:
            mine = [message for message in left if message.startswith(head.head)]
            if mine:
                events.update(zip(mine, self._read_all(head, mine), strict=True))
                left = [message for message in left if message not in events]
        events.update((message, self._scan(message)) for message in left)
        return [events[message] for message in messages]

    def _read_all(self, head: Head, messages: Sequence[str]) -> list[Event | None]:
        events: list[Event | None] = []
        for at in range(0, len(messages), _PIECE):
            events += self._read(head, messages[at : at + _PIECE])
        return events

    def _read(self, head: Head, piece: Sequence[str]) -> list[Event | None]:
        """Read messages that are mostly of the same form: in ever smaller pieces where some are not."""
        if len(piece) >= _SMALLEST:
            found = head.read(piece)
            if found is not None:
                return [*found]
            part = len(piece) // 4
            return [
                event
                for at in range(0, len(piece), part)
                for event in self._read(head, piece[at : at + part])
            ]
        self._failed += len(piece)
        return [self._scan(message) for message in piece]
