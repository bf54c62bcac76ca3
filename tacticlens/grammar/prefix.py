"""Log prefixes: where the message begins, its severity and its origin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from tacticlens.grammar.driver import Driver, Token
from tacticlens.grammar.memo import remembered
from tacticlens.grammar.parsers import driver

Severity = Literal["internal_error", "error", "warning", "info", "verbose"]
Origin = Literal["library", "tool", "letter", "other"]

_LETTERS: dict[str, Severity] = {
    "F": "internal_error",
    "E": "error",
    "!": "error",
    "W": "warning",
    "I": "info",
}
_WORDS: dict[str, Severity] = {
    "internal": "internal_error", "fatal": "internal_error", "critical": "internal_error",
    "error": "error", "warn": "warning", "info": "info",
}  # fmt: skip
_LIBRARY_TAGS = frozenset(
    {"TRT", "TRT_COLON", "TENSORRT", "TENSORRT_LEVEL", "TORCH", "ORT", "ORT_INNER", "GLOG"}
)
_LEVEL_TAGS = frozenset({"LETTER", "LEVEL", "LEVEL_COLON", "SEVERITY", "TENSORRT_LEVEL", "TORCH", "ORT", "ORT_INNER",
                         "GLOG", "PYTHON_LOGGING"})  # fmt: skip
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class PrefixInfo:
    """Severity and origin of a line, from its prefix.

    Attributes:
        severity: of the message; None if the prefix has none.
        origin: ``library`` (it has a TensorRT tag), ``tool`` (date and letter, as in trtexec's own
            lines), ``letter`` (only a severity letter, as many programs print), ``other``.
    """

    severity: Severity | None
    origin: Origin


@lru_cache(maxsize=1)
def prefix_parser() -> Driver:
    """Return the parser of prefixes; start symbols ``line``, ``line_of_onnxruntime``, ``tags``."""
    return driver("log_prefix")


@cache
def _terminal(name: str) -> re.Pattern[str]:
    return re.compile(prefix_parser().patterns[name])


def prefix_pattern() -> re.Pattern[str]:
    """Return the grammar's PREFIX terminal as a pattern, to be matched at the start of a line."""
    return _terminal("PREFIX")


def cut_onnxruntime(line: str) -> tuple[str, str] | None:
    """Cut a line of onnxruntime's logger into prefix and message; such a line has a suffix, too."""
    head = _terminal("ORT_PREFIX").match(line)
    if head and _terminal("ORT_TAIL").match(line, head.end()):
        return head.group(), ""
    body = _terminal("ORT_MESSAGE").match(line, head.end()) if head else None
    return (head.group(), body.group()) if head and body else None


@remembered(4096)
def _info(shape: str) -> PrefixInfo:
    tags = prefix_parser().parse(shape, start="tags").children
    kinds = {tag.type for tag in tags}
    severity = next((_severity(tag) for tag in tags if tag.type in _LEVEL_TAGS), None)
    origin: Origin = "other"
    if kinds & _LIBRARY_TAGS:
        origin = "library"
    elif "LETTER" in kinds or "SEVERITY" in kinds:
        origin = "tool" if "DATE" in kinds else "letter"
    return PrefixInfo(severity, origin)


def _severity(tag: Token) -> Severity:
    if tag.type == "LETTER":
        return _LETTERS.get(tag[1], "verbose")
    if tag.type == "GLOG":
        return _LETTERS.get(tag[0], "verbose")
    return severity_of(tag)


def severity_of(level: str) -> Severity:
    """Return the severity that a level word stands for; debug, trace and unknown words are verbose."""
    return next((severity for word, severity in _WORDS.items() if word in level.lower()), "verbose")


@remembered(4096)
def prefix_info(prefix: str) -> PrefixInfo:
    """Read the tags of a prefix; one parse per shape of prefix (digits do not matter)."""
    try:
        return _info(_DIGIT.sub("0", prefix))
    except Exception:  # noqa: BLE001  the grammar cannot split its tags
        return PrefixInfo(None, "other")
