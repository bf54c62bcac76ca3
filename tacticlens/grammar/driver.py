"""Runs the parse tables that `parsers` makes with Lark: the same tokens and trees, in one loop and without Lark.

Lark tracks lines and columns, hashes a rule per reduction and steps through three generators per token.
That takes most of the time for a short text, and importing Lark takes most of a short command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

END = "$END"
"""The terminal after the end of the text."""

Make = Callable[[list[Any]], Any]
"""Makes the value of a rule from those of its parts."""


class NoFitError(ValueError):
    """A text does not fit the grammar."""


class Token(str):
    """A piece of a text.

    Attributes:
        type: name of the terminal.
        start_pos, end_pos: its offsets in the text.
    """

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int


class Tree(NamedTuple):
    """A parsed rule: its name, and its tokens and trees."""

    data: str
    children: list[Any]


class Rule(NamedTuple):
    """A rule of the grammar in a parse table.

    Attributes:
        origin: the symbol on its left side.
        size: number of symbols on its right side.
        name: name of its tree.
        kept: (index, whether to inline its children) of the parts that stay in the tree; None = all, as they are.
        single: a tree with one child is replaced by the child.
    """

    origin: str
    size: int
    name: str
    kept: list[tuple[int, bool]] | None
    single: bool


class Lexer(NamedTuple):
    """The terminals that a parser state accepts.

    Attributes:
        terminals: in the order in which they are tried.
        ignored: those that give no token.
    """

    terminals: list[str]
    ignored: list[str]


class Table(NamedTuple):
    """The LALR parse table of a grammar, in plain values.

    Attributes:
        starts: start symbol -> (first state, last state).
        patterns: terminal -> regular expression.
        rules: see `Rule`.
        lexers: see `Lexer`.
        sets: sets of terminals, which many states share.
        states: (lexer, symbol -> next state, [(rule to reduce, set of lookahead terminals)]), by number.
    """

    starts: dict[str, tuple[int, int]]
    patterns: dict[str, str]
    rules: list[Rule]
    lexers: list[Lexer]
    sets: list[list[str]]
    states: list[tuple[int, dict[str, int], list[tuple[int, int]]]]

    @classmethod
    def of(cls, content: list[Any]) -> Table:
        """Return the table from its JSON form."""
        starts, patterns, rules, lexers, sets, states = content
        return cls(
            starts, patterns, [Rule(*rule) for rule in rules], [Lexer(*one) for one in lexers], sets, states
        )


class _State(NamedTuple):
    """A parser state, ready to run: its lexer, shifts and reductions."""

    match: Callable[[str, int], re.Match[str] | None]
    ignored: frozenset[str]
    shifts: dict[str, int]
    reductions: dict[str, tuple[int, str, Make]]


class _States(dict[int, _State]):
    """The states of a parser, each made when a text first reaches it: most texts need a few of them."""

    def __init__(self, table: Table, makers: Mapping[str, Make]) -> None:
        self._table = table
        self._makers = makers
        self._matches: dict[int, Callable[[str, int], re.Match[str] | None]] = {}
        self._reductions: dict[int, tuple[int, str, Make]] = {}

    def __missing__(self, number: int) -> _State:
        lexer_number, shifts, reduced = self._table.states[number]
        lexer = self._table.lexers[lexer_number]
        reductions = {
            terminal: self._reduction(rule)
            for rule, before in reduced
            for terminal in self._table.sets[before]
        }
        made = self[number] = _State(self._match(lexer_number), frozenset(lexer.ignored), shifts, reductions)
        return made

    def _match(self, number: int) -> Callable[[str, int], re.Match[str] | None]:
        found = self._matches.get(number)
        if found is None:
            patterns, terminals = self._table.patterns, self._table.lexers[number].terminals
            choices = "|".join(f"(?P<{name}>{patterns[name]})" for name in terminals)
            found = self._matches[number] = re.compile(choices or "(?!)").match
        return found

    def _reduction(self, number: int) -> tuple[int, str, Make]:
        found = self._reductions.get(number)
        if found is None:
            rule = self._table.rules[number]
            found = self._reductions[number] = (
                rule.size,
                rule.origin,
                _builder(rule, self._makers.get(rule.name)),
            )
        return found


def _builder(rule: Rule, make: Make | None) -> Make:
    """Return the function that makes the value of a rule from those of its parts."""
    name, kept, single = rule.name, rule.kept, rule.single

    def build(parts: list[Any]) -> Any:
        if kept is not None:
            chosen: list[Any] = []
            for place, opened in kept:
                if not opened:
                    chosen.append(parts[place])
                elif chosen:
                    chosen += parts[place].children
                else:
                    chosen = parts[place].children  # extended in place: no copy per item of a long list
            parts = chosen
        if single and len(parts) == 1:
            return parts[0]
        return make(parts) if make is not None else Tree(name, parts)

    return build


class Driver:
    """Parses texts with a table.

    Args:
        table: the grammar's.
        makers: name of a rule -> function that replaces its tree.
    """

    def __init__(self, table: Table, makers: Mapping[str, Make] | None = None) -> None:
        self.patterns = table.patterns
        self._starts = table.starts
        self._states = _States(table, makers or {})

    def parse(self, text: str, start: str | None = None) -> Any:
        """Return the tree of a text.

        Args:
            text: the text.
            start: start symbol; None = the first one of the grammar.

        Raises:
            NoFitError: the text does not fit the grammar.
        """
        state, last = self._starts[start or next(iter(self._starts))]
        states = self._states
        stack, values = [state], []
        at, end = 0, len(text)
        while True:
            match, ignored, shifts, reductions = states[state]
            if at < end:
                found = match(text, at)
                if found is None:
                    raise NoFitError(text)
                kind = found.lastgroup or ""
                if kind in ignored:
                    at = found.end()
                    continue
                token: Any = Token(found.group())
                token.type, token.start_pos, token.end_pos = kind, at, found.end()
                at = token.end_pos
            else:
                token, kind = None, END
            while True:
                following = shifts.get(kind)
                if following is not None:
                    stack.append(following)
                    values.append(token)
                    state = following
                    break
                reduction = reductions.get(kind)
                if reduction is None:
                    raise NoFitError(text)
                size, origin, make = reduction
                if size:
                    value = make(values[-size:])
                    del stack[-size:], values[-size:]
                else:
                    value = make([])
                state = states[stack[-1]].shifts[origin]
                stack.append(state)
                values.append(value)
                if token is None and state == last:
                    return value
                shifts, reductions = states[state].shifts, states[state].reductions
