"""The parsers of the grammar files. Lark makes their tables when the wheel is built; they are stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from tacticlens.grammar import ready
from tacticlens.grammar.driver import Driver, Lexer, Make, Rule, Table
from tacticlens.grammar.files import grammar_text

if TYPE_CHECKING:
    import lark

LINES = "lines"
LINE_GRAMMAR_FILES = ("log_line", "memory_line", "known_line", "trtexec_line", "terminals")
"""Files that make up the line grammar; they are read as one text."""

OPTIONS: dict[str, dict[str, Any]] = {
    "engine_layer": {"start": ["tensors", "detail"]},
    "kernel_name": {"start": ["start"]},
    "layer_name": {"start": ["start"]},
    LINES: {"start": ["message", "named"]},
    "log_prefix": {"start": ["line", "line_of_onnxruntime", "tags"]},
    "tensor_format": {"start": ["formats"]},
}
"""Every grammar that is parsed, with the options of `lark.Lark`."""

READY = tuple(name for name in OPTIONS if name != LINES)
"""Grammars whose tables are kept; lines are read by `scanner`, made from `rules`."""


def grammar(name: str) -> str:
    """Return the text of a grammar of `OPTIONS`."""
    files = LINE_GRAMMAR_FILES if name == LINES else (name,)
    return "\n".join(grammar_text(file) for file in files)


def driver(name: str, makers: Mapping[str, Make] | None = None) -> Driver:
    """Return the parser of a grammar, from its ready table where there is one.

    Args:
        name: a name of `READY`.
        makers: name of a rule -> function that replaces its tree.
    """
    found = ready.read(name, grammar(name), OPTIONS[name])
    return Driver(Table.of(found) if found is not None else table(name), makers)


def write_tables() -> None:
    """Write the ready tables; the build of the wheel does it."""
    for name in READY:
        ready.write(name, grammar(name), OPTIONS[name], table(name))


@cache
def parser(name: str) -> lark.Lark:
    """Return Lark's parser of a grammar; making it takes up to a second."""
    from lark import Lark

    return Lark(grammar(name), parser="lalr", lexer="contextual", maybe_placeholders=False, **OPTIONS[name])


def table(name: str) -> Table:
    """Return the parse table that Lark makes of a grammar."""
    from lark.parsers.lalr_analysis import Shift

    made = parser(name)
    lalr: Any = made.parser.parser
    found = lalr.parser.parse_table
    lexers: list[Lexer] = []
    sets: list[list[str]] = []
    states = []
    for number in range(len(found.states)):
        shifts: dict[str, int] = {}
        before: dict[int, list[str]] = {}
        for symbol, (action, argument) in sorted(found.states[number].items()):
            if action is Shift:
                shifts[symbol] = argument
            else:
                before.setdefault(made.rules.index(argument), []).append(symbol)
        lexer = _lexer(made.parser.lexer.lexers[number])
        reduced = [(rule, _place(sets, terminals)) for rule, terminals in before.items()]
        states.append((_place(lexers, lexer), shifts, reduced))
    starts = {start: (found.start_states[start], found.end_states[start]) for start in OPTIONS[name]["start"]}
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in made.terminals}
    return Table(starts, patterns, [_rule(rule) for rule in made.rules], lexers, sets, states)


def _place(known: list[Any], item: Any) -> int:
    """Return the index of an item in a list, to which it is added if it is new."""
    if item not in known:
        known.append(item)
    return known.index(item)


def _lexer(lexer: Any) -> Lexer:
    """Convert Lark's lexer of one state."""
    if not lexer.terminals:
        return Lexer([], [])
    terminals = [terminal.name for terminal in lexer.scanner.terminals]
    return Lexer(terminals, sorted(lexer.ignore_types))


def _rule(rule: Any) -> Rule:
    """Convert a rule of Lark: a leading underscore inlines a part, unnamed texts are dropped."""
    kept = [
        (place, not symbol.is_term and symbol.name.startswith("_"))
        for place, symbol in enumerate(rule.expansion)
        if not (symbol.is_term and symbol.filter_out)
    ]
    whole = len(kept) == len(rule.expansion) and not any(opened for _, opened in kept)
    single = bool(rule.options.expand1 and not rule.alias)
    name = str(rule.alias or rule.origin.name)
    return Rule(str(rule.origin.name), len(rule.expansion), name, None if whole else kept, single)
