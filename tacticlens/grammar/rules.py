"""The line rules: the grammar files, read by Lark and flattened.

Every message form of ``grammars/`` becomes a `Rule`: its name (the *kind* of a line), the names of
its fields and its *variants*, each a flat sequence of fixed texts and terminals. Both executions,
`reference` (LALR) and `scanner` (regular expressions), are made from this one description.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from tacticlens.grammar import ready
from tacticlens.grammar.parsers import LINES, grammar, parser

if TYPE_CHECKING:
    from lark import Lark

READY = "line_rules"
"""Name of the ready table of the rules."""

Start = Literal["message", "named"]
STARTS: tuple[Start, Start] = ("message", "named")


class Symbol(NamedTuple):
    """One part of a variant: a fixed text, or a terminal with its pattern.

    Attributes:
        name: name of the terminal in the grammar.
        pattern: regular expression of the text.
        literal: the fixed text, or None.
        field: the text is a field of the event.
    """

    name: str
    pattern: str
    literal: str | None
    field: bool


class Rule(NamedTuple):
    """One message form.

    Attributes:
        kind: name of the rule.
        start: which start symbol reaches it.
        fields: names of the fields, in the order of the event's values.
        variants: the flat spellings.
    """

    kind: str
    start: Start
    fields: tuple[str, ...]
    variants: tuple[tuple[Symbol, ...], ...]


@lru_cache(maxsize=1)
def line_parser() -> Lark:
    """Return the LALR parser of log lines; start symbols ``message`` and ``named``."""
    return parser(LINES)


def _groups(lark: Lark) -> dict[str, set[str]]:
    """Map a group rule such as ``known_message`` to its alternatives."""
    offered: dict[str, set[str]] = {}
    for rule in lark.rules:
        if len(rule.expansion) == 1 and not rule.expansion[0].is_term:
            offered.setdefault(rule.origin.name, set()).add(rule.expansion[0].name)
    return offered


def _reachable(groups: dict[str, set[str]], start: str) -> set[str]:
    """Return the message forms that a group leads to."""
    members = groups.get(start)
    if members is None:
        return {start}
    return {kind for member in members for kind in _reachable(groups, member)}


def _fields(kind: str, variants: list[tuple[Symbol, ...]]) -> tuple[str, ...]:
    """Return the field names of a form: the names of all variants, in order of appearance."""
    spelled = [[symbol.name for symbol in variant if symbol.field] for variant in variants]
    longest = max(spelled, key=len)
    names = list(longest)
    for spelling in spelled:
        names.extend(name for name in spelling if name not in names)
    if len(set(names)) != len(names) and any(spelling != longest for spelling in spelled):
        message = (
            f"grammar rule {kind} repeats a terminal and has optional parts: its fields would be ambiguous"
        )
        raise ValueError(message)
    return tuple(names)


@lru_cache(maxsize=1)
def line_rules() -> tuple[Rule, ...]:
    """Return every message form, in the order of the grammar files."""
    return _ready()[0]


def named_terminal_order() -> dict[str, int]:
    """Return the rank in which the lexer tries the terminals that may begin a ``named`` line."""
    return _ready()[1]


def write_rules() -> None:
    """Write the ready table of the rules, when the wheel is built."""
    ready.write(READY, grammar(LINES), {}, [_rules(), _terminal_order()])


@lru_cache(maxsize=1)
def _ready() -> tuple[tuple[Rule, ...], dict[str, int]]:
    """Return the rules and the order from their ready table; without one, make them with Lark."""
    found = ready.read(READY, grammar(LINES), {})
    if found is None:
        return _rules(), _terminal_order()
    rules, order = found
    return tuple(
        Rule(kind, start, tuple(fields), tuple(tuple(Symbol(*symbol) for symbol in one) for one in variants))
        for kind, start, fields, variants in rules
    ), order


def _rules() -> tuple[Rule, ...]:
    from lark.grammar import Terminal

    lark = line_parser()
    terminals = {terminal.name: terminal for terminal in lark.terminals}
    groups = _groups(lark)
    starts: dict[str, Start] = {kind: start for start in STARTS for kind in _reachable(groups, start)}
    variants: dict[str, list[tuple[Symbol, ...]]] = {}
    for rule in lark.rules:
        kind = str(rule.origin.name)
        if kind not in starts:
            continue
        flat: list[Symbol] = []
        for symbol in rule.expansion:
            if not isinstance(symbol, Terminal):
                message = f"grammar rule {kind} is not flat: it uses the rule {symbol.name}"
                raise TypeError(message)
            pattern = terminals[symbol.name].pattern
            literal = pattern.value if pattern.type == "str" else None
            regex = re.escape(literal) if literal is not None else pattern.value
            flat.append(Symbol(symbol.name, regex, literal, not symbol.filter_out))
        variants.setdefault(kind, []).append(tuple(flat))
    return tuple(
        Rule(kind, starts[kind], _fields(kind, spelled), tuple(spelled)) for kind, spelled in variants.items()
    )


def _terminal_order() -> dict[str, int]:
    ordered = sorted(
        line_parser().terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )
    return {terminal.name: rank for rank, terminal in enumerate(ordered)}
