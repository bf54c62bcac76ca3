"""Kernel name -> tokens, by `kernel_name.lark`.

This is the only place that runs the grammar. What a token means is decided in `tacticlens.kernels`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tacticlens.grammar.driver import Driver, NoFitError, Token
from tacticlens.grammar.parsers import driver

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATOR = "separator"
UNREAD = "word"
_KEY = "_KEY"


class KernelToken(NamedTuple):
    """One piece of a kernel name.

    `kind` is the terminal of the grammar in lower case, `text` the whole piece as printed, `parts`
    its terminals: ("tilesize", "128x64x32") where a key announces a value, else the text alone.
    """

    kind: str
    text: str
    parts: tuple[str, ...]

    @property
    def value(self) -> str:
        """The value after the key; the whole text where the piece has no key."""
        return self.parts[-1]


@lru_cache(maxsize=1)
def _parser() -> Driver:
    return driver("kernel_name")


def kernel_tokens(name: str) -> tuple[KernelToken, ...]:
    """Cut a kernel name into typed tokens; their texts joined are the name again.

    Never raises: a text that the grammar cannot read is one token of kind "word".
    """
    if not name:
        return ()
    try:
        leaves = [leaf for leaf in _parser().parse(name).children if isinstance(leaf, Token)]
    except NoFitError:
        return (KernelToken(UNREAD, name, (name,)),)
    return tuple(_tokens(name, leaves))


def _tokens(name: str, leaves: list[Token]) -> Iterator[KernelToken]:
    """Join keys with their values and put the ignored separators back between the pieces."""
    end = 0
    key: Token | None = None
    for leaf in leaves:
        if leaf.type.endswith(_KEY):
            key = leaf
            continue
        first = leaf if key is None else key
        start, stop = first.start_pos or 0, leaf.end_pos or 0
        if start > end:
            yield KernelToken(SEPARATOR, name[end:start], (name[end:start],))
        kind = leaf.type if key is None else key.type.removesuffix(_KEY)
        parts = (str(leaf),) if key is None else (str(key), str(leaf))
        yield KernelToken(kind.lower(), name[start:stop], parts)
        key, end = None, stop
    if end < len(name):
        yield KernelToken(SEPARATOR, name[end:], (name[end:],))
