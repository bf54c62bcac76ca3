"""Memoized functions of one text, whose results live as long as the log they belong to."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")

_NEW: Any = object()


class Answers:
    """The results for the texts of one log, freed with the last object that holds a reference.

    Attributes:
        of: function -> text -> result.
    """

    def __init__(self) -> None:
        self.of: dict[Remembered[Any], dict[str, Any]] = defaultdict(dict)


_held: list[weakref.ref[Answers]] = []
"""Newest first."""


def begin() -> Answers:
    """Return a new store that functions use from now on, for as long as the caller keeps it."""
    answers = Answers()
    _held[:] = [weakref.ref(answers), *(one for one in _held if one() is not None)]
    return answers


def current() -> Answers:
    """Return the store in use; a new one if nobody keeps any."""
    return _newest() or begin()


def _newest() -> Answers | None:
    return next((answers for one in _held if (answers := one()) is not None), None)


class Remembered(Generic[Answer]):
    """A pure function of a text, memoized while somebody keeps `Answers`.

    Args:
        function: the function.
        limit: number of results after which all are dropped; usual logs stay below.
    """

    def __init__(self, function: Callable[[str], Answer], limit: int) -> None:
        update_wrapper(self, function)
        self._function = function
        self._limit = limit

    def __call__(self, text: str) -> Answer:
        """Return the result for a text."""
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
        """Pickle by name, without results."""
        return self._function.__qualname__

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return the distinct texts without a result."""
        return [text for text in dict.fromkeys(texts) if self._known(text) is _NEW]

    def learn(self, texts: Iterable[str], answers: Iterable[Answer]) -> None:
        """Store results of the function that were computed elsewhere; there may be fewer of them than texts."""
        holder = _newest()
        if holder is not None:
            known = holder.of[self]
            if len(known) >= self._limit:
                known.clear()
            known.update(zip(texts, answers, strict=False))


def remembered(limit: int) -> Callable[[Callable[[str], Answer]], Remembered[Answer]]:
    """Memoize a function of a text."""
    return lambda function: Remembered(function, limit)
