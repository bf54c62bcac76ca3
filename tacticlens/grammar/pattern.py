"""Variants of message forms -> one regular expression that tells which variant matched.

Variants share their common beginning, so the expression branches where the grammar does. It commits as
the lexer of the reference does: at a branch it takes the first terminal that matches, in the order of the
lexer, and never gives back what a terminal matched. An empty group at each end tells which variant matched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tacticlens.grammar.rules import Symbol

Values = tuple[str | None, ...]
"""Field values of an event, in the order of `Rule.fields`; None where an optional part is absent."""

Event = tuple[int, Values]
"""(index of the rule, values)"""

_UNTIL = re.compile(r"\.\+(\??)\(\?=((?:[\w :,;]|\\.)+)\)")
_MAY_GIVE_BACK = re.compile(r"(?<!\\)\.|\(\?=")
_ATOMIC = sys.version_info >= (3, 11)


class MatchReader(NamedTuple):
    """How to read a match: the index of the rule, and the group of each value."""

    rule: int
    groups: tuple[int, ...]


class _Path(NamedTuple):
    """The symbols on the way to a node, and the group that captures each; 0 = not captured."""

    names: tuple[str, ...]
    kept: tuple[int, ...]

    def and_then(self, name: str, group: int) -> _Path:
        return _Path((*self.names, name), (*self.kept, group))


class _End(NamedTuple):
    """The end of a variant: its rule, the fields to return in order, and its symbols."""

    rule: int
    fields: tuple[str, ...] | None
    path: _Path

    def groups(self, absent: int) -> tuple[int, ...]:
        """Return the group of each value; ``absent`` for an optional part that the variant does not have."""
        if self.fields is None:
            return ()
        kept = [(name, group) for name, group in zip(*self.path, strict=True) if group]
        if [name for name, _ in kept] == list(self.fields):
            return tuple(group for _, group in kept)
        groups = dict(kept)
        return tuple(groups.get(name, absent) for name in self.fields)


@dataclass
class _Node:
    """A node of the tree of variants: the symbols that may follow, and the rules that may end here."""

    children: dict[str, tuple[Symbol, _Node]] = field(default_factory=dict)
    ends: list[tuple[int, tuple[str, ...] | None]] = field(default_factory=list)

    def insert(self, symbols: tuple[Symbol, ...], index: int, fields: tuple[str, ...] | None) -> None:
        node = self
        for symbol in symbols:
            _, node = node.children.setdefault(symbol.name, (symbol, _Node()))
        node.ends.append((index, fields))


class Pattern:
    """The variants after one head, as one pattern; compiled when first needed.

    Args:
        rank: the order in which the lexer tries terminals.
    """

    def __init__(self, rank: dict[str, int]) -> None:
        self._rank = rank
        self._root = _Node()
        self._group = 0
        self.fullmatch: Callable[..., re.Match[str] | None] = self._compile_and_match
        """Match a message from an offset to its end; the first call compiles the pattern."""
        self.readers: dict[int | None, MatchReader] = {}
        """How to read a match, by its last group."""
        self._ends: dict[int, _End] = {}

    def add(self, symbols: tuple[Symbol, ...], index: int, fields: tuple[str, ...] | None) -> None:
        """Add a variant of the rule with this index.

        Args:
            symbols: the variant after the head.
            index: number of the rule.
            fields: names of the values to return, in order; None = none.
        """
        self._root.insert(symbols, index, fields)

    def _compile_and_match(self, message: str, at: int = 0) -> re.Match[str] | None:
        """Compile the pattern and the table that reads its matches, then match."""
        expression = f"{self._spell(self._root, _Path((), ()))}|(?!)()"
        absent = self._group + 1  # the group of `(?!)()`, always None: for parts that a variant lacks
        self.readers = {end: MatchReader(one.rule, one.groups(absent)) for end, one in self._ends.items()}
        self.fullmatch = re.compile(expression).fullmatch
        return self.fullmatch(message, at)

    def _wanted(self, node: _Node) -> bool:
        return any(fields is not None for _, fields in node.ends) or any(
            self._wanted(child) for _, child in node.children.values()
        )

    def _spell(self, node: _Node, path: _Path) -> str:
        branches: list[str] = []
        before: list[Symbol] = []
        for name, (symbol, child) in sorted(node.children.items(), key=lambda item: self._rank[item[0]]):
            guard = _guard(before, symbol)
            before.append(symbol)
            text, kept = self._spell_one(symbol, last=not child.children, keep=self._wanted(child))
            branches.append(guard + text + self._spell(child, path.and_then(name, kept)))
        for index, fields in node.ends[:1]:
            self._group += 1
            self._ends[self._group] = _End(index, fields, path)
            branches.append("()")
        return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"

    def _spell_one(self, symbol: Symbol, *, last: bool, keep: bool) -> tuple[str, int]:
        """Return the expression of a symbol, and the group that captures it, 0 if none does."""
        if symbol.field and keep:
            self._group += 1
            return self._keep(symbol.pattern, self._group, last=last), self._group
        return self._skip(symbol, last=last), 0

    def _keep(self, pattern: str, group: int, *, last: bool) -> str:
        """Return the expression of a terminal whose text is a value."""
        if last or not _MAY_GIVE_BACK.search(pattern):
            return f"({pattern})"
        return f"((?>{pattern}))" if _ATOMIC else f"(?=({pattern}))\\{group}"

    def _skip(self, symbol: Symbol, *, last: bool) -> str:
        """Return the expression of a terminal whose text is not captured."""
        if symbol.literal is not None:
            return symbol.pattern
        if last or not _MAY_GIVE_BACK.search(symbol.pattern):
            return f"(?:{symbol.pattern})"
        if _ATOMIC:
            return f"(?>{symbol.pattern})"
        self._group += 1  # Python 3.10 has no atomic groups: a lookahead with a back reference is one
        return f"(?=({symbol.pattern}))\\{self._group}"

    def take(self, found: re.Match[str]) -> Event:
        """Return the index of the rule that matched, and its values."""
        rule, groups = self.readers[found.lastindex]
        if len(groups) > 1:
            return rule, found.group(*groups)
        return rule, (found.group(groups[0]),) if groups else ()


def _guard(before: list[Symbol], symbol: Symbol) -> str:
    """Return lookaheads which ensure that the lexer takes none of the earlier symbols."""
    return "".join(f"(?!{other.pattern})" for other in before if _hides(other, symbol))


def _hides(first: Symbol, second: Symbol) -> bool:
    """Tell whether the lexer may prefer the first symbol where the second matches too."""
    if first.literal is not None and second.literal is not None:
        return first.literal.startswith(second.literal)
    return True


def text_until(symbols: tuple[Symbol, ...]) -> tuple[str, bool] | None:
    """Tell whether a variant begins with a name that is simply all text before a fixed text.

    Returns:
        (the fixed text, whether its last occurrence ends the name), or None if the name's pattern is stricter.
    """
    if len(symbols) < 2 or symbols[1].literal is None:
        return None
    found = _UNTIL.fullmatch(symbols[0].pattern)
    if found is None:
        return None
    literal = re.sub(r"\\(.)", r"\1", found.group(2))
    return (literal, not found.group(1)) if literal == symbols[1].literal else None
