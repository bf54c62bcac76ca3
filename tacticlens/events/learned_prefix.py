"""Prefixes of unknown loggers, learned from the beginning of the log.

Applications write TensorRT's messages through loggers of their own. Text that several lines have before
a message that only TensorRT writes is such a logger's prefix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from tacticlens.grammar.prefix import prefix_pattern
from tacticlens.grammar.rules import line_rules

_LINES = 20_000
_CHARACTERS = 1 << 20  # less than the first block, so that files and pipes learn the same
_ENOUGH = 3
_SHORTEST, _LONGEST, _SEARCHED = 4, 120, 300
_MARKER = 18
# part of a message, or of a logger that the grammar knows
_NOT_PREFIXES = ("(foreignNode)", " onnxruntime: [")
_LEVEL = re.compile(
    r"\b(?:INTERNAL_ERROR|VERBOSE|DEBUG|TRACE|INFO|WARNING|WARN|ERROR|FATAL|CRITICAL)\b", re.IGNORECASE
)
_LEVELS = r"(?:INTERNAL_ERROR|VERBOSE|DEBUG|TRACE|INFO|WARNING|WARN|ERROR|FATAL|CRITICAL)"


def _markers() -> dict[str, list[str]]:
    """Return heads of messages that are long enough to be TensorRT's only, by their first characters."""
    markers: dict[str, list[str]] = {}
    for rule in line_rules():
        for variant in rule.variants if rule.start == "message" else ():
            head = variant[0].literal
            if head is not None and len(head) >= _MARKER and not head.startswith(" "):
                markers.setdefault(head[:_MARKER], []).append(head)
    return markers


def _before_marker(line: str, markers: Mapping[str, Sequence[str]]) -> str:
    """Return what stands before the first marker; "" if there is none, or too much before it."""
    line = line[:_SEARCHED]
    for at in range(1, min(len(line) - _MARKER, _LONGEST) + 1):
        heads = markers.get(line[at : at + _MARKER])
        if heads is not None and any(line.startswith(head, at) for head in heads):
            return line[:at]
    return ""


def _shape(prefix: str) -> str:
    """Return the pattern of a prefix: numbers, levels and runs of blanks vary, the rest is fixed."""
    parts = []
    for piece in re.split(rf"({_LEVEL.pattern}|\d+| {{2,}})", prefix, flags=re.IGNORECASE):
        if not piece:
            continue
        if piece.isdigit():
            parts.append(r"\d+")
        elif _LEVEL.fullmatch(piece):
            parts.append(f"(?i:{_LEVELS})")
        else:
            parts.append(" +" if piece.isspace() else re.escape(piece))
    return "".join(parts)


def learn_prefix(text: str) -> str | None:
    """Return a pattern of the prefixes that stand before TensorRT's messages, or None.

    Args:
        text: the beginning of the log.
    """
    known = prefix_pattern().match
    lines = [line for line in text[:_CHARACTERS].split("\n", _LINES)[:_LINES] if known(line) is None]
    if len(lines) < _ENOUGH:
        return None
    markers = _markers()
    shapes: Counter[str] = Counter()
    for line in lines:
        prefix = _before_marker(line, markers)
        if (
            not any(word in prefix for word in _NOT_PREFIXES)
            and len(prefix) >= _SHORTEST
            and prefix[-1] in " :]>)"
        ):
            shapes[_shape(prefix)] += 1
    learned = [shape for shape, count in shapes.most_common(4) if count >= _ENOUGH]
    return "|".join(f"(?:{shape})" for shape in learned) or None


def level_of(prefix: str) -> str | None:
    """Return the level word in a learned prefix, in lower case, or None."""
    found = _LEVEL.search(prefix)
    return found.group().lower() if found else None
