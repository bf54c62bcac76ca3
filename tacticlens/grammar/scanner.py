"""Fast execution of the line rules: a dispatch on the fixed head, then one anchored pattern.

The line rules are regular, so all variants that begin with the same fixed text become one `Pattern`.
A message is tried against the longest head it begins with; only if that fails, it is tried as a line
that begins with a name, in the order of the lexer. `reference` does the same with LALR.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from tacticlens.grammar.pattern import Pattern, Values, text_until
from tacticlens.grammar.rules import Rule, line_rules, named_terminal_order

Scan = Callable[[str], "tuple[int, Values] | None"]
"""A message without blanks at its end -> (index of the rule, values), or None if no rule matches."""

_KEY = 8
_KEYS = 20_000


class Scanner:
    """The compiled line rules.

    Args:
        rules: the message forms; the index of an event points into them.
        kinds: forms whose values are wanted; of the others only the index is told. None = all.
    """

    def __init__(self, rules: tuple[Rule, ...], kinds: frozenset[str] | None = None) -> None:
        self.rules = rules
        rank = named_terminal_order()
        heads: dict[str, Pattern] = {}
        named: dict[tuple[int, str, tuple[str, bool] | None], Pattern] = {}
        for index, rule in enumerate(rules):
            fields = rule.fields if kinds is None or rule.kind in kinds else None
            for symbols in rule.variants:
                if rule.start == "message":
                    head = symbols[0].literal
                    if head is None:
                        message = f"grammar rule {rule.kind} must begin with a fixed text"
                        raise ValueError(message)
                    heads.setdefault(head, Pattern(rank)).add(symbols[1:], index, fields)
                else:
                    literals = [s.literal for s in symbols[1:] if s.literal is not None and len(s.literal) > 1]
                    needed = max(literals, key=len) if literals else ""
                    until = text_until(symbols) if symbols[0].field and fields else None
                    key = (rank[symbols[0].name], until[0] if until else needed, until)
                    pattern = named.setdefault(key, Pattern(rank))
                    if until and fields:  # the name is cut off by searching, the pattern reads the rest
                        pattern.add(symbols[1:], index, fields[1:])
                    else:
                        pattern.add(symbols, index, fields)
        self._heads = sorted(heads.items(), key=lambda item: -len(item[0]))
        self._by_key: dict[str, tuple[tuple[str, int, Pattern], ...]] = {}
        ordered = sorted(named.items(), key=lambda item: item[0][:2])
        self._named = [(needed, until, pattern) for (_, needed, until), pattern in ordered]

    def _candidates(self, key: str) -> tuple[tuple[str, int, Pattern], ...]:
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
                    return pattern.take(found)
                break
        for needed, until, pattern in self._named:
            if needed in message:
                at = 0
                if until is not None:
                    at = message.rfind(until[0]) if until[1] else message.find(until[0], 1)
                    if at <= 0:
                        continue
                found = (pattern.fullmatch or pattern.compile())(message, at)
                if found:
                    index, values = pattern.take(found)
                    return (index, values) if until is None else (index, (message[:at], *values))
        return None


@lru_cache(maxsize=4)
def line_scanner(kinds: frozenset[str] | None = None) -> Scanner:
    """Return the scanner of the project's line rules, built once."""
    return Scanner(line_rules(), kinds)
