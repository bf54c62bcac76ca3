"""Fixed texts that every match of a pattern contains: searching for them is cheaper than matching."""

from __future__ import annotations

_CLASSES = frozenset("dwsDWSbB")


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
