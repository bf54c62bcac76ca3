"""Text for Markdown in which nothing that a log named is alive.

On a page of GitHub a mention reaches a person, an address becomes a link and forty hexadecimal digits a commit. That
happens after escapes were read, so escaping does not help; it does not happen in code spans. What stands outside of
them is therefore on a list: plain words, numbers, and the signs around them. All else goes into a code span, whose
fence is longer than any run of backticks in it.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

from tacticlens.words import plain

_OPEN, _CLOSE = "[\\[(“\"']*", "[\\])”\"']*[.,:;?]?"
_WORD = r"[A-Za-z]{1,24}"
_PLAIN = re.compile(
    rf"""{_OPEN}(?:
        {_WORD}(?:[’'-]{_WORD}){{0,3}}               # a word, isn't, three-part-word
      | [-+−±≤≥~–]?\d{{1,3}}(?:,\d{{3}})*(?:\.\d{{1,6}}){{0,3}}[%x×]?   # 1,234.5  10.3.0  +12%
      | [-+]?\d{{1,3}}(?:\.\d{{1,6}})?\.\.[-+]?\d{{1,3}}(?:\.\d{{1,6}})? | µs   # -2.3..+2.4, 16 µs
      | (?:FP|BF|TF|INT)\d{{1,2}} | TL\d{{3}}         # types, codes of findings
      | [–→…×·−±≠≤≥%]                                    # signs that stand alone
    ){_CLOSE}""",
    re.VERBOSE,
)
_BINDING = frozenset({"+", "||", "*", "->", "="})
_BRACKET = re.compile(r"[\[\]]")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,}")
_ITEM = re.compile(r"\d+[.)]")


def inline(text: str, *, in_table: bool = False) -> str:
    """Return a text as Markdown, with all that is no plain word in code spans.

    Args:
        text: one line.
        in_table: it is a cell of a table, where a bar ends even a code span.
    """
    words = plain(text).split()
    safe = [_is_plain(word) for word in words]
    if words and _ITEM.fullmatch(words[0]):
        safe[0] = False
    for at, word in enumerate(words):  # conv + relu is one name
        if word in _BINDING:
            safe[max(at - 1, 0) : at + 2] = [False] * len(words[max(at - 1, 0) : at + 2])
    runs = groupby(zip(words, safe, strict=True), key=itemgetter(1))
    parts = [(is_safe, [word for word, _ in run]) for is_safe, run in runs]
    line = " ".join(_escaped(" ".join(part)) if is_safe else _spans(part) for is_safe, part in parts)
    return line.replace("|", r"\|") if in_table else line


def table_row(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(inline(cell, in_table=True) for cell in cells)} |"


def _is_plain(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None and _COMMIT.search(word.replace(",", "")) is None


def _spans(words: list[str]) -> str:
    """Return words in code spans: a new one behind a comma that stands in no bracket."""
    spans: list[list[str]] = [[]]
    for word in words:
        spans[-1].append(word)
        text = " ".join(spans[-1])
        if word.endswith((",", ";")) and _open(text) == 0:
            spans.append([])
    return " ".join(_code(" ".join(span)) for span in spans if span)


def _open(text: str) -> int:
    """Return how many more brackets are opened than closed."""
    return sum(map(text.count, "([")) - sum(map(text.count, ")]"))


def _code(text: str) -> str:
    """Return a text in one code span, but for brackets and a comma that are those of the sentence around it."""
    inner = text.rstrip(".,:;?") or text
    before, after = "", text[len(inner) :]
    if len(inner) > 1 and inner[0] in "([" and _open(inner) > 0:
        before, inner = inner[0], inner[1:]
    elif len(inner) > 1 and inner[-1] in ")]" and _open(inner) < 0:
        inner, after = inner[:-1], inner[-1] + after
    fence = "`" * (1 + max(map(len, re.findall("`+", inner)), default=0))
    room = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{_escaped(before)}{fence}{room}{inner}{room}{fence}{_escaped(after)}"


def _escaped(text: str) -> str:
    return _BRACKET.sub(r"\\\g<0>", text)
