"""Parser tables that were made when tacticlens was built, so that no command has to make them.

A table is plain JSON inside the package: nothing in it can run, and no folder that others can write to is read.
It is used only if it was made from the same grammar, options and version of Lark; if not, the grammar is parsed again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

FOLDER = Path(__file__).resolve().parent / "ready"
"""Where the build puts one file per grammar."""

_PAIRS = "="  # JSON has text keys only: a mapping with other keys is a list of pairs under this one


def digest(grammar: str, options: dict[str, Any]) -> str:
    """Return what a table depends on, as hex: the grammar, its options, Lark's version."""
    return hashlib.sha256(repr((lark.__version__, grammar, sorted(options.items()))).encode()).hexdigest()


def write(name: str, grammar: str, options: dict[str, Any], content: Any) -> None:
    """Write a table of plain values that were made from a grammar."""
    FOLDER.mkdir(exist_ok=True)
    table = {"digest": digest(grammar, options), "content": content}
    (FOLDER / f"{name}.json").write_text(json.dumps(table, separators=(",", ":")), encoding="utf-8")


def read(name: str, grammar: str, options: dict[str, Any]) -> Any:
    """Return the content of a table; None if there is none for exactly this grammar."""
    return (_table(name, grammar, options) or {}).get("content")


def dump(parser: lark.Lark, grammar: str, options: dict[str, Any]) -> str:
    """Return the tables of a parser, made without a transformer, as JSON."""
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    del data["options"]["transformer"]
    table = {"digest": digest(grammar, options), "data": _keyed(data), "memo": _keyed(memo)}
    return json.dumps(table, separators=(",", ":"))


def load(name: str, grammar: str, options: dict[str, Any], transformer: object) -> lark.Lark | None:
    """Return the parser from its table; None if there is none for exactly this grammar."""
    table = _table(name, grammar, options)
    if table is None:
        return None
    # the way that Lark's own stand-alone parsers are loaded
    parser: lark.Lark = lark.Lark._load_from_dict(  # type: ignore[no-untyped-call]  # noqa: SLF001
        table["data"], table["memo"], transformer=transformer
    )
    return parser


def _table(name: str, grammar: str, options: dict[str, Any]) -> dict[str, Any] | None:
    try:
        table = json.loads((FOLDER / f"{name}.json").read_bytes(), object_hook=_unkeyed)
    except (OSError, ValueError):
        return None
    if not isinstance(table, dict) or table.get("digest") != digest(grammar, options):
        return None
    return table


def _keyed(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = [(key, _keyed(item)) for key, item in value.items()]
        return dict(pairs) if all(isinstance(key, str) for key in value) else {_PAIRS: pairs}
    if isinstance(value, (list, tuple)):
        return [_keyed(item) for item in value]
    return value


def _unkeyed(value: dict[str, Any]) -> dict[Any, Any]:
    return dict(value[_PAIRS]) if _PAIRS in value else value
