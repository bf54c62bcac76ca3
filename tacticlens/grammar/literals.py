"""Fixed texts that every match of a pattern contains: searching for them is cheaper than matching."""

from __future__ import annotations

import re

_CLASSES = frozenset("dwsDWSbB")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})?[?+]?")
_COUNT = re.compile(r"\{(\d+)\}")


def _group_end(pattern: str, at: int) -> int:
    """Return the index after the group or class that opens at ``at``."""
    if pattern[at] == "[":
        close = pattern.find("]", at + 2 if pattern[at + 1] != "^" else at + 3)
        while pattern[close - 1] == "\\" and pattern[close - 2] != "\\":
            close = pattern.find("]", close + 1)
        return close + 1
    depth, here = 0, at
    while here < len(pattern):
        char = pattern[here]
        if char == "\\":
            here += 1
        elif char == "[":
            here = _group_end(pattern, here) - 1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return here + 1
        here += 1
    return len(pattern)


def _telling(text: str) -> tuple[int, int]:
    """Rank a text by how selective it is: any line contains blanks."""
    return len(text.replace(" ", "")), len(text)


def must_contain(pattern: str) -> str:
    r"""Return the longest fixed text in every match or its lookahead; "" if there is none.

    >>> must_contain(r".+(?= \(\w+\) profiling completed in )")
    ') profiling completed in '
    """
    best, run, at = "", "", 0

    def end_of_run() -> None:
        nonlocal best, run
        best, run = max(best, run, key=_telling), ""

    while at < len(pattern):
        char = pattern[at]
        if char == "|":
            return ""
        if char == "\\" and pattern[at + 1] not in _CLASSES:
            run += pattern[at + 1]
            at += 2
        elif char == "\\":
            end_of_run()
            at += 2
        elif pattern.startswith("(?=", at):
            end = _group_end(pattern, at)
            end_of_run()
            best = max(best, must_contain(pattern[at + 3 : end - 1]), key=_telling)
            at = end
        elif char in "([":
            end_of_run()
            at = _group_end(pattern, at)
        elif char in "?*{":
            run = run[:-1]
            end_of_run()
            at = pattern.find("}", at) + 1 if char == "{" else at + 1
        elif char in "+.^$":
            end_of_run()
            at += 1
        else:
            run += char
            at += 1
    end_of_run()
    return best


def begins_with(pattern: str) -> str:
    r"""Return the fixed text that every match begins with; "" if there is none.

    >>> begins_with(r"\[(?:0x[0-9a-f]+|0)\]")
    '['
    """
    run, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1] not in _CLASSES:
            char, at = pattern[at + 1], at + 1
        elif char in "\\.^$|?*+{([":
            break
        count = _COUNT.match(pattern, at + 1)
        if count:
            run += char * int(count.group(1))
            break
        if pattern[at + 1 : at + 2] and pattern[at + 1] in "?*{":
            break
        run += char
        at += 1
    return "" if is_choice(pattern) else run


def beginnings(pattern: str) -> frozenset[str] | None:
    r"""Return patterns of single characters, one of which every match begins with; None if they are not obvious.

    >>> sorted(beginnings(r" *(?:\d+|a\w)(?=,)"))
    [' ', '\\d', 'a']
    """
    if is_choice(pattern):
        found = [beginnings(choice) for choice in _choices(pattern)]
        plain = [choice for choice in found if choice is not None]
        return frozenset().union(*plain) if len(plain) == len(found) else None
    first: set[str] = set()
    at = 0
    while at < len(pattern):
        end = _element_end(pattern, at)
        element = pattern[at:end]
        if not element.startswith(("(?=", "(?!")):
            inside = beginnings(element[3:-1]) if element.startswith("(?:") else frozenset({element})
            if inside is None or element.startswith("(") is not element.startswith("(?:"):
                return None
            first |= inside
            if not pattern.startswith(("*", "?", "{0", "{,"), end):
                return frozenset(first)
        at = end + len(_QUANTIFIER.match(pattern, end).group())  # type: ignore[union-attr]  # it may be empty
    return None


def _element_end(pattern: str, at: int) -> int:
    if pattern[at] in "([":
        return _group_end(pattern, at)
    return at + (2 if pattern[at] == "\\" else 1)


def _choices(pattern: str) -> list[str]:
    """Return the top-level alternatives of a pattern."""
    choices, begin, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "|":
            choices.append(pattern[begin:at])
            begin = at + 1
        at = _element_end(pattern, at)
    return [*choices, pattern[begin:]]


def is_choice(pattern: str) -> bool:
    """Tell whether the pattern has top-level alternatives: then it has no fixed beginning."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            return True
        at = _element_end(pattern, at)
    return False
