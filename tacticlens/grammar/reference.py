"""Reference execution of the line rules: Lark's LALR parser on each message.

Slow and exact: tests compare the fast execution with it.
"""

from __future__ import annotations

from functools import lru_cache

from lark.exceptions import UnexpectedInput
from lark.lexer import Token

from tacticlens.grammar.pattern import Values
from tacticlens.grammar.rules import STARTS, line_parser, line_rules


@lru_cache(maxsize=1)
def _index() -> dict[str, int]:
    return {rule.kind: index for index, rule in enumerate(line_rules())}


def scan(message: str) -> tuple[int, Values] | None:
    """Return the rule's index and the field values of one message, or None: the contract of `Scanner.scan`."""
    parser = line_parser()
    for start in STARTS:
        try:
            tree = parser.parse(message, start=start)
        except UnexpectedInput:
            continue
        kind = str(tree.data)
        index = _index()[kind]
        fields = line_rules()[index].fields
        tokens = [token for token in tree.children if isinstance(token, Token)]
        if tuple(token.type for token in tokens) == fields:
            return index, tuple(str(token) for token in tokens)
        by_name = {token.type: str(token) for token in tokens}
        return index, tuple(by_name.get(name) for name in fields)
    return None
