"""The errors that tacticlens raises on purpose. Each says what, where and what to do next.

The rooms that compute raise codes with values: a refusal is a function in one of the files beside this one, its name is
the code, its arguments are the values, and what it returns is the sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

_Values = ParamSpec("_Values")


class TacticLensError(Exception):
    """Something that the user can act on; the command line prints it as one line and exits with 2.

    Attributes:
        code: what went wrong, for programs; None where only the sentence says it.
    """

    code: str | None = None


class SourceError(TacticLensError):
    """The input cannot be read, or is no text log."""


class UsageError(TacticLensError):
    """The request does not fit: unknown table, build, layer, format ..."""


def refusal(sentence: Callable[_Values, str]) -> Callable[_Values, UsageError]:
    """Make a function that words a refusal into one that returns it as an error, with its name as code."""

    @wraps(sentence)
    def error(*args: _Values.args, **kwargs: _Values.kwargs) -> UsageError:
        made = UsageError(sentence(*args, **kwargs))
        made.code = sentence.__name__
        return made

    return error
