"""Fast execution of the line rules: a dispatch on the fixed head, then one anchored pattern each.

The line rules are regular, so each variant of `rules.line_rules` becomes one regular expression.
A message is tried against the variants of the longest head it begins with; only if none of them
matches, it is tried as a line that begins with a name. `reference` does the same with LALR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tacticlens.grammar.rules import Rule, Symbol, line_rules, named_terminal_order

Values = tuple[str | None, ...]
"""Field values of an event, in the order of `Rule.fields`; None where an optional part is absent."""

Scan = Callable[[str], "tuple[int, Values] | None"]
"""A message without blanks at its end -> (index of the rule, values), or None if no rule matches."""

_HEAD_KEY = 4


@dataclass
class _Variant:
    """One pattern; compiled when first needed, because most logs use few of them."""

    rule: int
    pattern: str
    order: tuple[int | None, ...] | None
    match: Callable[..., re.Match[str] | None] | None = None

    def compile(self) -> Callable[..., re.Match[str] | None]:
        self.match = re.compile(self.pattern).fullmatch
        return self.match


def _pattern(symbols: tuple[Symbol, ...]) -> str:
    return "".join(f"({s.pattern})" if s.field else f"(?:{s.pattern})" if s.literal is None else s.pattern for s in symbols)


def _variant(index: int, rule: Rule, symbols: tuple[Symbol, ...], skip: int) -> _Variant:
    """Build the pattern of a variant from its symbol number ``skip`` on."""
    names = [symbol.name for symbol in symbols if symbol.field]
    order = None
    if tuple(names) != rule.fields:
        order = tuple(names.index(name) if name in names else None for name in rule.fields)
    return _Variant(index, _pattern(symbols[skip:]), order)


class Scanner:
    """The compiled line rules.

    Attributes:
        rules: the message forms; the index of an event points into it.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        rank = named_terminal_order()
        heads: dict[str, list[tuple[int, _Variant]]] = {}
        named: list[tuple[int, str | None, _Variant]] = []
        for index, rule in enumerate(rules):
            for symbols in rule.variants:
                if rule.start == "message":
                    head = symbols[0].literal
                    if head is None:
                        message = f"grammar rule {rule.kind} must begin with a fixed text"
                        raise ValueError(message)
                    next_rank = rank[symbols[1].name] if len(symbols) > 1 else -1
                    heads.setdefault(head, []).append((next_rank, _variant(index, rule, symbols, 1)))
                else:
                    literals = [s.literal for s in symbols[1:] if s.literal is not None]
                    needed = max(literals, key=len) if literals else None
                    named.append((rank[symbols[0].name], needed, _variant(index, rule, symbols, 0)))
        self._short: list[tuple[str, list[_Variant]]] = []
        self._heads: dict[str, list[tuple[str, list[_Variant]]]] = {}
        for head, variants in sorted(heads.items(), key=lambda item: -len(item[0])):
            entry = (head, [variant for _, variant in sorted(variants, key=lambda pair: pair[0])])
            if len(head) < _HEAD_KEY:
                self._short.append(entry)
            else:
                self._heads.setdefault(head[:_HEAD_KEY], []).append(entry)
        self._named = [(needed, variant) for _, needed, variant in sorted(named, key=lambda item: item[0])]

    def scan(self, message: str) -> tuple[int, Values] | None:
        """Return the rule's index and the field values of one message, or None."""
        for head, variants in self._heads.get(message[:_HEAD_KEY], ()):
            if message.startswith(head):
                at = len(head)
                for variant in variants:
                    found = (variant.match or variant.compile())(message, at)
                    if found:
                        values = found.groups()
                        order = variant.order
                        if order is not None:
                            values = tuple([None if i is None else values[i] for i in order])
                        return variant.rule, values
                return self.scan_named(message)
        if self._short:
            for head, variants in self._short:
                if message.startswith(head):
                    for variant in variants:
                        found = (variant.match or variant.compile())(message, len(head))
                        if found:
                            return variant.rule, _ordered(variant, found.groups())
                    break
        return self.scan_named(message)

    def scan_named(self, message: str) -> tuple[int, Values] | None:
        """Return the same for a message that begins with a name."""
        for needed, variant in self._named:
            if needed is None or needed in message:
                found = (variant.match or variant.compile())(message)
                if found:
                    return variant.rule, _ordered(variant, found.groups())
        return None


def _ordered(variant: _Variant, values: Values) -> Values:
    if variant.order is None:
        return values
    return tuple(None if i is None else values[i] for i in variant.order)


@lru_cache(maxsize=1)
def line_scanner() -> Scanner:
    """Return the scanner of the project's line rules, built once."""
    return Scanner(line_rules())
