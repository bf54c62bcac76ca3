"""Fast execution of the line rules: a dispatch on the fixed head, then one anchored pattern.

The line rules are regular, so all variants that begin with the same fixed text become one `Pattern`.
A message is tried against the longest head it begins with; only if that fails, it is tried as a line
that begins with a name, in the order of the lexer. `reference` does the same with LALR.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from tacticlens.grammar.literals import beginnings, begins_with, digit_texts, mask, must_contain
from tacticlens.grammar.pattern import Event, Pattern, Values, text_until
from tacticlens.grammar.rules import Rule, line_rules, named_terminal_order

Scan = Callable[[str], "Event | None"]
"""A message without blanks at its end -> (index of the rule, values), or None if no rule matches."""

KEY = 8
"""First characters by which the heads of a message are found."""
_KEYS = 20_000


_NONE: frozenset[str] = frozenset()
NO_RULE = -1
ABSENT = (-1, -1)
"""Span of an optional value that a message lacks."""
Span = tuple[int, int]
_Head = tuple[str, Pattern]


class Place(NamedTuple):
    """What a message is, and where its values stand.

    Attributes:
        rule: index of the rule; `NO_RULE` if none fits.
        spans: begin and end of each value in the message.
        digits: masked texts with digits that the patterns on the way asked for. A message of the same mask that has
            none of them fits the same rule at the same places.
    """

    rule: int
    spans: tuple[Span, ...]
    digits: frozenset[str]


def values_at(text: str, spans: Sequence[Span]) -> Values:
    """Return the values at some places of a text; None where one is absent."""
    return tuple(None if begin < 0 else text[begin:end] for begin, end in spans)


class _Named:
    """The forms that begin with one terminal: a name, which ends where a fixed text begins.

    Attributes:
        first: a text that the name begins with; "" if there is none.
        must: a text without which the name does not fit; "" if there is none.
        needed: a text that every one of the forms holds; "" if there is none.
        until: the name is all text before this text; it is found by searching, not by matching.
    """

    def __init__(self, pattern: str, rank: dict[str, int], until: tuple[str, bool] | None) -> None:
        self.pattern = Pattern(rank)
        self.must = must_contain(pattern)
        self.first = begins_with(pattern)
        self.needed: str | None = until[0] if until else None
        self.until = until
        self.name = pattern
        self._begins: Callable[[str], re.Match[str] | None] | None = None
        self._first: Callable[[str], re.Match[str] | None] | None = None

    @cached_property
    def digits(self) -> frozenset[str]:
        """The masked texts with digits that the form asks for."""
        return self.pattern.digits | digit_texts(self.name)

    def may_begin_with(self, character: str) -> bool:
        """Tell whether the name may begin with a character; where that is not plain, it may."""
        if self._first is None:
            first = beginnings(self.name)
            self._first = re.compile("|".join(first) if first is not None else "").match
        return self._first(character) is not None

    def name_fits(self, message: str) -> bool:
        """Tell whether the message begins with such a name: then the lexer tries no other."""
        if self._begins is None:
            self._begins = re.compile(self.name).match
        return self._begins(message) is not None


class Scanner:
    """The compiled line rules.

    Args:
        rules: the message forms; the index of an event points into them.
        kinds: forms whose values are wanted; of the others only the index is told. None = all.
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
        self._named = [entry for _, entry in sorted(named.items())]
        self._named_by_first: dict[str, tuple[list[tuple[str, str, _Named]], frozenset[str]]] = {}
        self.digit_heads = tuple(mask(head) for head in heads if any(map(str.isdigit, head)))
        """Masked heads with digits: another message that begins alike may be of another form."""

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
        found = [entry for entry in alike if entry[0].startswith(key) or key.startswith(entry[0])]
        self._by_key[key] = found
        return found

    def scan(self, message: str) -> Event | None:
        """Read one message: the rule's index and the field values, or None."""
        place = self.locate(message)
        return None if place.rule < 0 else (place.rule, values_at(message, place.spans))

    def locate(self, message: str) -> Place:
        """Find the rule that one message fits, and where its values stand."""
        key, digits = message[:KEY], _NONE
        candidates = self._by_key.get(key)
        for head, pattern in self._candidates(key) if candidates is None else candidates:
            if message.startswith(head):
                found = pattern.fullmatch(message, len(head))
                digits = pattern.digits
                if found is not None:
                    rule, groups = pattern.takers[found.lastindex]
                    return Place(rule, tuple(map(found.span, groups)), digits)
                break
        return self._locate_named(message, digits)

    def _named_with(self, first: str) -> tuple[list[tuple[str, str, _Named]], frozenset[str]]:
        """Return the forms that may begin with a character, with what else rules them out quickly."""
        found = [
            (entry.until[0] if entry.until else entry.must, entry.first, entry)
            for entry in self._named
            if not first or entry.may_begin_with(first)
        ]
        tests = {text for test, begin, entry in found for text in (test, begin, entry.needed or "")}
        digits = frozenset(mask(text) for text in tests if any(map(str.isdigit, text)))
        if len(self._named_by_first) < _KEYS:
            self._named_by_first[first] = found, digits
        return found, digits

    def _locate_named(self, message: str, digits: frozenset[str]) -> Place:
        first = message[:1]
        if first.isdigit():
            first = ""  # all digits are alike, so all forms are tried
        found_before = self._named_by_first.get(first)
        entries, test_digits = self._named_with(first) if found_before is None else found_before
        digits = digits | test_digits
        for text, begin, entry in entries:
            if text not in message or not message.startswith(begin):  # most forms are ruled out here
                continue
            if entry.digits:
                digits = digits | entry.digits
            pattern, until = entry.pattern, entry.until
            if until is not None:
                at = message.rfind(text) if until[1] else message.find(text, 1)
                if at > 0:
                    found = pattern.fullmatch(message, at)
                    if found is None:
                        break
                    rule, groups = pattern.takers[found.lastindex]
                    spans = ((0, at), *map(found.span, groups)) if self._valued[rule] else ()
                    return Place(rule, spans, digits)
                continue
            if (entry.needed or "") in message:
                found = pattern.fullmatch(message)
                if found:
                    rule, groups = pattern.takers[found.lastindex]
                    return Place(rule, tuple(map(found.span, groups)), digits)
            if entry.name_fits(message):
                break
        return Place(NO_RULE, (), digits)


@lru_cache(maxsize=4)
def line_scanner(kinds: frozenset[str] | None = None) -> Scanner:
    """Return the scanner of the project's line rules, built once."""
    return Scanner(line_rules(), kinds)
