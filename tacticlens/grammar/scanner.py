"""Fast execution of the line rules: a dispatch on the fixed head, then one anchored pattern.

The line rules are regular, so all variants that begin with the same fixed text become one `Pattern`.
A message is tried against the longest head it begins with; only if that fails, it is tried as a line
that begins with a name, in the order of the lexer. `reference` does the same with LALR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tacticlens.grammar.literals import must_contain
from tacticlens.grammar.pattern import Event, Pattern, text_until
from tacticlens.grammar.rules import Rule, line_rules, named_terminal_order

Scan = Callable[[str], "Event | None"]
"""A message without blanks at its end -> (index of the rule, values), or None if no rule matches."""

KEY = 8
"""First characters by which the heads of a message are found."""
_KEYS = 20_000


_Head = tuple[str, int, Pattern]


class _Named:
    """The forms that begin with one terminal: a name, which ends where a fixed text begins.

    Attributes:
        must: a text without which the name does not fit; "" if there is none.
        needed: a text that every one of the forms holds; "" if there is none.
        until: the name is all text before this text; it is found by searching, not by matching.
    """

    def __init__(self, pattern: str, rank: dict[str, int], until: tuple[str, bool] | None) -> None:
        self.pattern = Pattern(rank)
        self.must = must_contain(pattern)
        self.needed: str | None = until[0] if until else None
        self.until = until
        self.name = pattern
        self._begins: Callable[[str], re.Match[str] | None] | None = None

    def name_fits(self, message: str) -> bool:
        """Tell whether the message begins with such a name: then the lexer tries no other."""
        if self._begins is None:
            self._begins = re.compile(self.name).match
        return self._begins(message) is not None


class Scanner:
    """The compiled line rules.

    Args:
        rules: the message forms; the index of an event points into them.
        kinds: forms whose values are wanted; of the others only the index is given. None = all.
        order: in which the lexer tries the terminals, as `named_terminal_order` gives it.
    """

    def __init__(
        self,
        rules: tuple[Rule, ...],
        kinds: frozenset[str] | None = None,
        order: dict[str, int] | None = None,
    ) -> None:
        self.rules = rules
        self.kinds = kinds
        self.order = self._rank = named_terminal_order() if order is None else order
        self._valued = [kinds is None or rule.kind in kinds for rule in rules]
        heads: dict[str, Pattern] = {}
        named: dict[int, _Named] = {}
        for index, rule in enumerate(rules):
            fields = rule.fields if kinds is None or rule.kind in kinds else None
            if rule.start == "message":
                for symbols in rule.variants:
                    head = symbols[0].literal
                    if head is None:
                        message = f"grammar rule {rule.kind} must begin with a fixed text"
                        raise ValueError(message)
                    heads.setdefault(head, Pattern(self._rank)).add(symbols[1:], index, fields)
            else:
                self._add_named(named, rule, index, fields)
        self._heads: dict[str, list[tuple[str, Pattern]]] = {}
        for head, pattern in sorted(heads.items(), key=lambda item: -len(item[0])):
            self._heads.setdefault(head[0], []).append((head, pattern))
        self._by_key: dict[str, list[_Head]] = {}
        self._named = [
            (entry.until[0] if entry.until else entry.must, entry) for _, entry in sorted(named.items())
        ]
        self.scan = self._make_scan()
        """Read one message: the rule's index and the field values, or None."""

    def _add_named(
        self, named: dict[int, _Named], rule: Rule, index: int, fields: tuple[str, ...] | None
    ) -> None:
        for symbols in rule.variants:
            rank = self._rank[symbols[0].name]
            until = text_until(symbols) if symbols[0].field else None
            entry = named.get(rank)
            if entry is None:
                entry = named[rank] = _Named(symbols[0].pattern, self._rank, until)
            if entry.until is not None:  # the name is cut off by searching, the pattern reads the rest
                entry.pattern.add(symbols[1:], index, fields[1:] if fields else None)
            else:
                entry.pattern.add(symbols, index, fields)
                literals = [s.literal for s in symbols[1:] if s.literal is not None]
                needed = max(literals, key=len, default="")
                entry.needed = needed if entry.needed in (None, needed) else ""

    def _candidates(self, key: str) -> list[_Head]:
        """Return the heads that a message with these first characters may begin with, longest first."""
        if len(self._by_key) >= _KEYS:
            self._by_key.clear()
        alike = self._heads.get(key[:1], ())
        found = [
            (head, len(head), pattern)
            for head, pattern in alike
            if head.startswith(key) or key.startswith(head)
        ]
        self._by_key[key] = found
        return found

    def _make_scan(self) -> Scan:
        """Return the function that reads a message: called for every line, so it looks up little."""
        by_key, find, scan_named = self._by_key.get, self._candidates, self._scan_named

        def scan(message: str) -> Event | None:
            key = message[:KEY]
            candidates = by_key(key)
            if candidates is None:
                candidates = find(key)
            for head, at, pattern in candidates:
                if message.startswith(head):
                    found = pattern.fullmatch(message, at)
                    if found is None:
                        break
                    rule, groups = pattern.readers[found.lastindex]  # as `Pattern.take`, without its call
                    if len(groups) > 1:
                        return rule, found.group(*groups)
                    return rule, (found.group(groups[0]),) if groups else ()
            return scan_named(message)

        return scan

    def _scan_named(self, message: str) -> Event | None:
        for text, entry in self._named:
            if text not in message:  # rules out most forms
                continue
            pattern, until = entry.pattern, entry.until
            if until is not None:
                at = message.rfind(text) if until[1] else message.find(text, 1)
                if at > 0:
                    found = pattern.fullmatch(message, at)
                    if found is None:
                        return None
                    index, values = pattern.take(found)
                    return index, (message[:at], *values) if self._valued[index] else ()
                continue
            if (entry.needed or "") in message:
                found = pattern.fullmatch(message)
                if found:
                    return pattern.take(found)
            if entry.name_fits(message):
                return None
        return None


@lru_cache(maxsize=4)
def line_scanner(kinds: frozenset[str] | None = None) -> Scanner:
    """Return the scanner of the project's line rules, built once."""
    return Scanner(line_rules(), kinds)
