"""Runs the parse tables that `parsers` makes with Lark: the same tokens and trees, in one loop and without Lark.

Lark tracks lines and columns of each token, hashes a rule for each reduction and steps through three
generators for each token; most of the time of parsing a short text goes there, and of a short command into
loading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

END = "$END"
"""The terminal behind the text."""

Make = Callable[[list[Any]], Any]
"""What the parts of a rule become."""


class NoFitError(ValueError):
    """A text does not fit the grammar."""


class Token(str):
    """A piece of a text.

    Attributes:
        type: name of the terminal.
        start_pos, end_pos: where it stands in the text.
    """

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int


class Tree(NamedTuple):
    """What a rule became: its name, and its tokens and trees."""

    data: str
    children: list[Any]


class Rule(NamedTuple):
    """A rule of the grammar, as a table keeps it.

    Attributes:
        origin: the symbol that the rule makes.
        size: number of its parts.
        name: of the tree that they become.
        kept: (place, whether its children stand in its place) of the parts that the tree has; None = all as they are.
        single: a part that is alone stands for the tree.
    """

    origin: str
    size: int
    name: str
    kept: list[tuple[int, bool]] | None
    single: bool


class Lexer(NamedTuple):
    """What may come next in a state.

    Attributes:
        terminals: in the order in which they are tried.
        ignored: those that leave no token.
        words: terminal -> text -> the terminal that this very text is instead.
    """

    terminals: list[str]
    ignored: list[str]
    words: dict[str, dict[str, str]]


class Table(NamedTuple):
    """The parse table of a grammar, of plain values.

    Attributes:
        starts: start symbol -> (first state, last state).
        patterns: terminal -> regular expression.
        rules: see `Rule`.
        lexers: see `Lexer`.
        sets: sets of terminals, which many states share.
        states: (number of the lexer, symbol -> next state, (number of the rule, number of the set before which it
            is reduced)).
    """

    starts: dict[str, tuple[int, int]]
    patterns: dict[str, str]
    rules: list[Rule]
    lexers: list[Lexer]
    sets: list[list[str]]
    states: list[tuple[int, dict[str, int], list[tuple[int, int]]]]

    @classmethod
    def of(cls, content: list[Any]) -> Table:
        """Return the table from what JSON keeps of it."""
        starts, patterns, rules, lexers, sets, states = content
        return cls(
            starts, patterns, [Rule(*rule) for rule in rules], [Lexer(*one) for one in lexers], sets, states
        )


class _State(NamedTuple):
    """What the lexer may find in a state of the parser, and what the parser does with it."""

    match: Callable[[str, int], re.Match[str] | None]
    ignored: frozenset[str]
    words: dict[str, dict[str, str]]
    shifts: dict[str, int]
    reductions: dict[str, tuple[int, str, Make]]


class _States(dict[int, _State]):
    """The states of a parser, each made when a text first leads to it: most texts see a few of them."""

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
        made = self[number] = _State(
            self._match(lexer_number), frozenset(lexer.ignored), lexer.words, shifts, reductions
        )
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
    """Return the function that makes of the parts of a rule what stands for it."""
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
                    chosen = parts[
                        place
                    ].children  # a list that grows to the right is not copied at each step
            parts = chosen
        if single and len(parts) == 1:
            return parts[0]
        return make(parts) if make is not None else Tree(name, parts)

    return build


class Driver:
    """Parses texts with a table.

    Args:
        table: of the grammar.
        makers: name of a rule -> what its parts become in place of a tree.
    """

    def __init__(self, table: Table, makers: Mapping[str, Make] | None = None) -> None:
        self.patterns = table.patterns
        self._starts = table.starts
        self._states = _States(table, makers or {})

    def parse(self, text: str, start: str | None = None) -> Any:
        """Return the tree of a text.

        Args:
            text: the text.
            start: the symbol that it is; None = the first one of the grammar.

        Raises:
            NoFitError: the text does not fit the grammar.
        """
        state, last = self._starts[start or next(iter(self._starts))]
        states = self._states
        stack, values = [state], []
        at, end = 0, len(text)
        while True:
            match, ignored, words, shifts, reductions = states[state]
            if at < end:
                found = match(text, at)
                if found is None:
                    raise NoFitError(text)
                kind = found.lastgroup or ""
                if kind in ignored:
                    at = found.end()
                    continue
                token: Any = Token(found.group())
                if kind in words:
                    kind = words[kind].get(token, kind)
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
