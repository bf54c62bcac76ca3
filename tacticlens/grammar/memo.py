"""Functions of one text that remember their answers, and can be given answers made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

_NEW = object()


class Remembered(Generic[Answer]):
    """A function of a text whose answers are kept.

    Args:
        function: the function; pure.
        limit: so many answers are kept; then all are forgotten, which happens in no usual log.
    """

    def __init__(self, function: Callable[[str], Answer], limit: int) -> None:
        update_wrapper(self, function)
        self._function = function
        self._limit = limit
        self._answers: dict[str, Answer] = {}

    def __call__(self, text: str) -> Answer:
        """Return the answer for a text."""
        found = self._answers.get(text, _NEW)
        if found is not _NEW:
            return found  # type: ignore[return-value]  # it is no sentinel, so it is an answer
        if len(self._answers) >= self._limit:
            self._answers.clear()
        answer = self._answers[text] = self._function(text)
        return answer

    def __reduce__(self) -> str:
        """Travel to another process by name: the answers stay here."""
        return self._function.__qualname__

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that have no answer yet, each once."""
        return [text for text in dict.fromkeys(texts) if text not in self._answers]

    def learn(self, texts: Iterable[str], answers: Iterable[Answer]) -> None:
        """Take answers that the same function gave in another process; those that are missing are made here."""
        self._answers.update(zip(texts, answers, strict=False))


def remembered(limit: int) -> Callable[[Callable[[str], Answer]], Remembered[Answer]]:
    """Make a function of a text remember its answers."""
    return lambda function: Remembered(function, limit)
