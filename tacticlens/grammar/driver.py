"""Runs Lark's tables: the same lexer, parse table and tree callbacks as `Lark.parse`, in one loop.

Lark tracks lines and columns of each token, hashes a rule for each reduction and steps through three
generators for each token; most of the time of parsing a short text goes there. Here all of that is looked
up once per grammar. A text that does not fit goes to Lark itself, which raises its own error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lark import Lark
from lark.lexer import Token
from lark.parsers.lalr_analysis import Shift

_END = "$END"


class _Reduction(NamedTuple):
    """How many values a rule takes from the stack, the name of what they become, and the function that makes it."""

    size: int
    origin: str
    make: Callable[[list[Any]], Any]


class _State(NamedTuple):
    """What the lexer may find in a state of the parser, and what the parser does with it."""

    match: Callable[[str, int], re.Match[str] | None]
    ignored: frozenset[str]
    retype: dict[str, Callable[[Token], Token]]
    shifts: dict[str, int]
    reductions: dict[str, _Reduction]


class _States(dict[Any, _State]):
    """The states of a parser, each made when a text first leads to it: most texts see a few of them."""

    def __init__(self, lark: Lark) -> None:
        lalr: Any = lark.parser.parser
        self._actions, self._callbacks = lalr.parser.parse_table.states, lalr.parser.callbacks
        self._lexers = lark.parser.lexer.lexers  # the contextual lexer has one per state
        self._reductions: dict[int, _Reduction] = {}

    def __missing__(self, state: Any) -> _State:
        shifts, reductions = {}, {}
        for name, (action, argument) in self._actions[state].items():
            if action is Shift:
                shifts[name] = argument
            else:
                reductions[name] = self._reduction(argument)
        lexer = self._lexers[state]
        expressions = lexer.scanner._mres if lexer.terminals else []  # noqa: SLF001  one, unless there are hundreds
        match = expressions[0].match if len(expressions) == 1 else re.compile("(?!)").match
        retype = lexer.callback if expressions else {}
        made = self[state] = _State(match, frozenset(lexer.ignore_types), retype, shifts, reductions)
        return made

    def _reduction(self, rule: Any) -> _Reduction:
        found = self._reductions.get(id(rule))
        if found is None:
            found = _Reduction(len(rule.expansion), rule.origin.name, self._callbacks[rule])
            self._reductions[id(rule)] = found
        return found


class Driver:
    """Parses texts with the tables of a `Lark` that was made for LALR with a contextual lexer.

    Args:
        lark: the parser; its transformer, if it has one, is applied here too.
    """

    def __init__(self, lark: Lark) -> None:
        self._lark = lark
        lalr: Any = lark.parser.parser
        self._table = lalr.parser.parse_table
        self._states = _States(lark)

    def parse(self, text: str, start: str | None = None) -> Any:
        """Return what `Lark.parse` returns; tokens have a type and positions in the text, no lines or columns.

        Raises:
            lark.exceptions.LarkError: the text does not fit the grammar.
        """
        start = start or self._lark.options.start[0]
        states, last = self._states, self._table.end_states[start]
        state = self._table.start_states[start]
        stack, values = [state], []
        at, end = 0, len(text)
        while True:
            match, ignored, retype, shifts, reductions = states[state]
            if at < end:
                found = match(text, at)
                if found is None:
                    return self._lark.parse(text, start)
                kind = found.lastgroup or ""
                if kind in ignored:
                    at = found.end()
                    continue
                token: Any = str.__new__(Token, found.group())
                token.type, token.start_pos, token.end_pos = kind, at, found.end()
                if kind in retype:
                    kind = retype[kind](token).type
                at = token.end_pos
            else:
                token, kind = None, _END
            while True:
                following = shifts.get(kind)
                if following is not None:
                    stack.append(following)
                    values.append(token)
                    state = following
                    break
                reduction = reductions.get(kind)
                if reduction is None:
                    return self._lark.parse(text, start)
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
