"""Patterns that users type."""

from __future__ import annotations

import re

from tacticlens.errors import UsageError


def layer_pattern(text: str | None) -> re.Pattern[str] | None:
    """Return the pattern of ``--layer``, None if it was not given.

    Raises:
        UsageError: the text is no regular expression.
    """
    if text is None:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        remedy = "put a backslash before ( ) [ ] { } . + * ? of a name"
        message = f"--layer {text!r} is not a regular expression: {error}; {remedy}"
        raise UsageError(message) from None
