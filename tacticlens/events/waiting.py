"""Messages of a block that wait to be read together: those of the frequent forms, by their first characters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Literal

from tacticlens.grammar.batch import Batches
from tacticlens.grammar.pattern import Event
from tacticlens.grammar.prefix import PrefixInfo
from tacticlens.grammar.scanner import Scanner

Take = Callable[[tuple[int, str]], None]
"""Has a line, by its number in the block, wait with its message."""

_ALIKE = 0.8
"""Where more messages than this share are the only ones of their kind in a block, equal ones are not looked for .."""
_UNLIKE = 8
""".. in so many blocks that follow."""
_KEYS = 20_000
PERHAPS_A_PREFIX = ("[", "(")
"""A message that begins so may be the rest of a prefix."""


class Waiting:
    """Lines whose forms neither are trouble nor go on in the next line: nothing has to know them at once.

    Args:
        scanner: reads the messages.
        plain: which forms, by the index of their rules, may wait.
    """

    def __init__(self, scanner: Scanner, plain: list[bool]) -> None:
        self._scanner = scanner
        self._plain = plain
        self._keys: dict[str, _Key] = {}
        self._take: dict[str, Take | Literal[False]] = {}
        self.known = self._take.get
        """What takes messages with these first characters: False for nothing, None if that was never asked."""

    def take(self, key: str) -> Take | Literal[False]:
        """Return what takes messages with these first characters, or False if they may not wait."""
        if len(self._take) >= _KEYS:
            return False
        heads = [] if key.startswith(PERHAPS_A_PREFIX) else self._scanner.heads(key)
        if heads and all(self._plain[rule] for _, pattern in heads for rule in pattern.rules()):
            self._keys[key] = _Key(Batches(heads, self._scanner.scan))
            self._take[key] = self._keys[key].lines.append
        else:
            self._take[key] = False
        return self._take[key]

    def read(self) -> list[tuple[tuple[int, ...], tuple[str, ...], list[Event | None]]]:
        """Read what has waited, and let go of it.

        Returns:
            portions of line numbers, their messages, and the event of each; None where no rule matches.
        """
        portions = []
        for waiting in self._keys.values():
            if waiting.lines:
                numbers, messages = zip(*waiting.lines, strict=True)
                waiting.lines.clear()
                portions.append((numbers, messages, waiting.read(messages)))
        return portions


class _Key:
    """The lines whose messages have the same first characters."""

    def __init__(self, batches: Batches) -> None:
        self.lines: list[tuple[int, str]] = []
        self._batches = batches
        self._unlike = 0

    def read(self, messages: tuple[str, ...]) -> list[Event | None]:
        """Return the event of each message; equal messages mostly share one."""
        if self._unlike:
            self._unlike -= 1
            return self._batches.read(messages)
        distinct = list(dict.fromkeys(messages))
        events = self._batches.read(distinct)
        if len(distinct) == len(messages):
            return events
        found = dict(zip(distinct, events, strict=True))
        if len(distinct) > _ALIKE * len(messages):
            self._unlike = _UNLIKE
        return [found[message] for message in messages]


class Infos:
    """What the prefix of each line says, remembered where it changes."""

    def __init__(self) -> None:
        self._from: list[int] = []
        self._infos: list[PrefixInfo] = []

    def add(self, number: int, info: PrefixInfo) -> None:
        """Say that the prefix changes with a line."""
        self._from.append(number)
        self._infos.append(info)

    def of(self, number: int) -> PrefixInfo:
        """Return what the prefix of a line says."""
        return self._infos[bisect_right(self._from, number) - 1]
