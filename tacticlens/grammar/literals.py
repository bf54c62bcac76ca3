"""Texts that a terminal's pattern cannot do without: a search for them is cheaper than a match."""

from __future__ import annotations

_CLASSES = frozenset("dwsDWSbB")


def _group_end(pattern: str, at: int) -> int:
    """Return the index behind the group or class that opens at ``at``."""
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


def must_contain(pattern: str) -> str:
    r"""Return the longest fixed text that every match needs, looked ahead at or not; "" if there is none.

    >>> must_contain(r".+(?= \(\w+\) profiling completed in )")
    ') profiling completed in '
    """
    best, run, at = "", "", 0

    def end_of_run() -> None:
        nonlocal best, run
        best, run = max(best, run, key=len), ""

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
            best = max(best, must_contain(pattern[at + 3 : end - 1]), key=len)
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
        if pattern[at + 1 : at + 2] and pattern[at + 1] in "?*{":
            break
        run += char
        at += 1
    return "" if is_choice(pattern) else run


def is_choice(pattern: str) -> bool:
    """Tell whether the pattern is a choice at its top: then it has no fixed beginning."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            return True
        at = _group_end(pattern, at) if pattern[at] in "([" else at + (2 if pattern[at] == "\\" else 1)
    return False
