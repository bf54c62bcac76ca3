"""Functions of one text that remember their answers while a log is read and looked at."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")

_NEW: Any = object()


class Answers:
    """The answers to the texts of one log. Whoever reads the log holds them, and they go with the last holder.

    Attributes:
        of: function -> text -> answer.
    """

    def __init__(self) -> None:
        self.of: dict[Remembered[Any], dict[str, Any]] = defaultdict(dict)


_held: list[weakref.ref[Answers]] = []
"""Newest first."""


def begin() -> Answers:
    """Return where functions keep their answers from now on, for as long as the caller holds it."""
    answers = Answers()
    _held[:] = [weakref.ref(answers), *(one for one in _held if one() is not None)]
    return answers


def current() -> Answers:
    """Return where functions keep their answers now; begins anew if nobody holds any."""
    return _newest() or begin()


def _newest() -> Answers | None:
    return next((answers for one in _held if (answers := one()) is not None), None)


class Remembered(Generic[Answer]):
    """A function of a text whose answers are kept, if somebody holds `Answers`.

    Args:
        function: the function; pure.
        limit: so many answers are kept; then all are forgotten, which happens in no usual log.
    """

    def __init__(self, function: Callable[[str], Answer], limit: int) -> None:
        update_wrapper(self, function)
        self._function = function
        self._limit = limit

    def __call__(self, text: str) -> Answer:
        """Return the answer for a text."""
        found: Answer = self._known(text)
        if found is _NEW:
            found = self._function(text)
            self.learn([text], [found])
        return found

    def _known(self, text: str) -> Any:
        for one in _held:
            answers = one()
            if answers is not None and (found := answers.of[self].get(text, _NEW)) is not _NEW:
                return found
        return _NEW

    def __reduce__(self) -> str:
        """Travel to another process by name: the answers stay here."""
        return self._function.__qualname__

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that have no answer yet, each once."""
        return [text for text in dict.fromkeys(texts) if self._known(text) is _NEW]

    def learn(self, texts: Iterable[str], answers: Iterable[Answer]) -> None:
        """Take answers that the same function gave, here or in another process, to some of the texts."""
        holder = _newest()
        if holder is not None:
            known = holder.of[self]
            if len(known) >= self._limit:
                known.clear()
            known.update(zip(texts, answers, strict=False))


def remembered(limit: int) -> Callable[[Callable[[str], Answer]], Remembered[Answer]]:
    """Make a function of a text remember its answers."""
    return lambda function: Remembered(function, limit)
