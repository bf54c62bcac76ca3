"""Fast execution of the line rules: a dispatch on the fixed head, then one anchored pattern.

The line rules are regular, so all variants that begin with the same fixed text become one regular
expression, in which an empty group behind each variant tells which one matched. A message is tried
against the longest head it begins with; only if that fails, it is tried as a line that begins with a
name, in the order of the lexer. `reference` does the same with LALR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tacticlens.grammar.rules import Rule, Symbol, line_rules, named_terminal_order

Values = tuple[str | None, ...]
"""Field values of an event, in the order of `Rule.fields`; None where an optional part is absent."""

Scan = Callable[[str], "tuple[int, Values] | None"]
"""A message without blanks at its end -> (index of the rule, values), or None if no rule matches."""

_KEY = 8
_KEYS = 20_000


class _Pattern:
    """The variants behind one head, as one pattern; compiled when first needed."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, str, int, list[int | None]]] = []
        self._groups = 0
        self.fullmatch: Callable[..., re.Match[str] | None] | None = None
        self.takers: dict[int, tuple[int, tuple[int, ...], tuple[int | None, ...] | None]] = {}

    def add(self, rank: int, index: int, rule: Rule, symbols: tuple[Symbol, ...]) -> None:
        """Add a variant; those with a lower rank are tried first."""
        names = [symbol.name for symbol in symbols if symbol.field]
        exact = tuple(names) == rule.fields
        order = list(range(len(names))) if exact else [names.index(n) if n in names else None for n in rule.fields]
        self._parts.append((rank, "".join(map(_spell, symbols)), index, order))

    def compile(self) -> Callable[..., re.Match[str] | None]:
        """Compile the pattern and the table that reads its matches."""
        parts, group = [], 1
        for _, pattern, index, order in sorted(self._parts, key=lambda part: part[0]):
            parts.append(f"{pattern}()")
            present = tuple(group + at for at in order if at is not None)
            spread = None if None not in order else tuple(order)
            fields = len({at for at in order if at is not None})
            marker = group + fields
            self.takers[marker] = (index, present, spread)
            group = marker + 1
        self.fullmatch = re.compile("|".join(parts)).fullmatch
        return self.fullmatch


def _spell(symbol: Symbol) -> str:
    if symbol.field:
        return f"({symbol.pattern})"
    return symbol.pattern if symbol.literal is not None else f"(?:{symbol.pattern})"


def _take(pattern: _Pattern, found: re.Match[str]) -> tuple[int, Values]:
    index, groups, spread = pattern.takers[found.lastindex or 0]
    if spread is None:
        count = len(groups)
        if count == 2:
            return index, found.group(*groups)
        if count == 1:
            return index, (found.group(groups[0]),)
        return (index, found.group(*groups)) if count else (index, ())
    values = iter(groups)
    return index, tuple([None if at is None else found.group(next(values)) for at in spread])


class Scanner:
    """The compiled line rules.

    Attributes:
        rules: the message forms; the index of an event points into it.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        rank = named_terminal_order()
        heads: dict[str, _Pattern] = {}
        named: dict[tuple[int, str], _Pattern] = {}
        for index, rule in enumerate(rules):
            for symbols in rule.variants:
                if rule.start == "message":
                    head = symbols[0].literal
                    if head is None:
                        message = f"grammar rule {rule.kind} must begin with a fixed text"
                        raise ValueError(message)
                    next_rank = rank[symbols[1].name] if len(symbols) > 1 else -1
                    heads.setdefault(head, _Pattern()).add(next_rank, index, rule, symbols[1:])
                else:
                    literals = [s.literal for s in symbols[1:] if s.literal is not None and len(s.literal) > 1]
                    needed = max(literals, key=len) if literals else ""
                    named.setdefault((rank[symbols[0].name], needed), _Pattern()).add(0, index, rule, symbols)
        self._heads = sorted(heads.items(), key=lambda item: -len(item[0]))
        self._by_key: dict[str, tuple[tuple[str, int, _Pattern], ...]] = {}
        self._named = [(needed, pattern) for (_, needed), pattern in sorted(named.items(), key=lambda item: item[0])]

    def _candidates(self, key: str) -> tuple[tuple[str, int, _Pattern], ...]:
        """Return the heads that a message with these first characters may begin with, longest first."""
        if len(self._by_key) >= _KEYS:
            self._by_key.clear()
        found = tuple((h, len(h), p) for h, p in self._heads if h.startswith(key) or key.startswith(h))
        self._by_key[key] = found
        return found

    def scan(self, message: str) -> tuple[int, Values] | None:
        """Return the rule's index and the field values of one message, or None."""
        key = message[:_KEY]
        candidates = self._by_key.get(key)
        if candidates is None:
            candidates = self._candidates(key)
        for head, length, pattern in candidates:
            if message.startswith(head):
                found = (pattern.fullmatch or pattern.compile())(message, length)
                if found:
                    return _take(pattern, found)
                break
        for needed, pattern in self._named:
            if needed in message:
                found = (pattern.fullmatch or pattern.compile())(message)
                if found:
                    return _take(pattern, found)
        return None


@lru_cache(maxsize=1)
def line_scanner() -> Scanner:
    """Return the scanner of the project's line rules, built once."""
    return Scanner(line_rules())
