"""What SQL may be asked: one SELECT over the tables of a log, and nothing else.

polars' SQL reads files and addresses with table functions. What a user pastes from elsewhere must not: the query is
parsed here first, and only what is known to be harmless goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import NoReturn, TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from tacticlens.errors import UsageError

Answer = TypeVar("Answer")

MOST_CHARACTERS = 20_000
MOST_TOKENS = 2_000
MOST_NESTED = 50
MOST_SOURCES = 10

_READERS = re.compile(r"\b(?:read|scan)_\w+", re.IGNORECASE)
_SOURCES = (exp.Table, exp.Subquery, exp.Values)


def check_query(sql: str, tables: Collection[str]) -> None:
    """Check that a query is one SELECT over the tables.

    Args:
        sql: the query.
        tables: names that may stand after FROM and JOIN.

    Raises:
        UsageError: it is something else, or too large.
    """
    try:
        _check_size(sql)
        _check_tree(_parse(sql), tables)
    except _RefusedError as refused:
        message = f"the query cannot be answered: {refused}"
        if "did you mean" not in message:
            message += f"; the tables are {', '.join(tables)}"
        raise UsageError(message) from None


def answered(ask: Callable[[], Answer], hint: str) -> Answer:
    """Return the answer to a query.

    Raises:
        UsageError: polars refuses it; the sentence ends with the hint.
    """
    import polars as pl

    try:
        return ask()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, RecursionError) as error:
        # polars adds its plan of the query, which nobody asked for
        reason = " ".join(str(error).split("Resolved plan")[0].split()) or type(error).__name__
        message = f"the query cannot be answered: {reason[:400]}; {hint}"
        raise UsageError(message) from None


class _RefusedError(Exception):
    """Why a query is refused."""


def _parse(sql: str) -> exp.Query:
    # also where polars and sqlglot may not agree what is a text and what a comment
    reader = _READERS.search(sql)
    if reader:
        _refuse(f"{reader.group()} reads files, and a query sees the tables of the log only")
    try:
        statements = sqlglot.parse(sql)
    except RecursionError:
        _refuse("it is nested too deeply")
    except SqlglotError as error:
        _refuse(_where(error))
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        _refuse("give one SELECT")
    return statements[0]


def _where(error: SqlglotError) -> str:
    at = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    if "line" in at and "col" in at:
        return f"it is not SQL at line {at['line']}, column {at['col']}"
    return "it is not SQL"


def _check_size(sql: str) -> None:
    if len(sql) > MOST_CHARACTERS:
        _refuse(f"it has {len(sql):,} characters, at most {MOST_CHARACTERS:,} are allowed")
    nested = deepest = 0
    for character in sql:
        nested += (character in "([") - (character in ")]")
        deepest = max(deepest, nested)
    if deepest > MOST_NESTED:
        _refuse(f"its parentheses nest {deepest:,} deep, at most {MOST_NESTED} are allowed")
    try:
        tokens = len(sqlglot.tokenize(sql))
    except SqlglotError as error:
        _refuse(_where(error))
    if tokens > MOST_TOKENS:
        _refuse(f"it has {tokens:,} tokens, at most {MOST_TOKENS:,} are allowed")


def _check_tree(query: exp.Expr, tables: Collection[str]) -> None:
    known = {name.lower() for name in tables}
    sources = 0
    parts = list(query.bfs())
    known |= {part.alias.lower() for part in parts if isinstance(part, exp.CTE)}
    for part in parts:
        if isinstance(part, exp.With) and part.args.get("recursive"):
            _refuse("WITH RECURSIVE is not allowed: it may never end")
        if isinstance(
            part, (exp.Into, exp.DDL, exp.DML, exp.Command, exp.Lateral, exp.UDTF)
        ) and not isinstance(part, (exp.Query, exp.Values)):
            _refuse("give one SELECT, without INTO or table functions")
        if isinstance(part, (exp.From, exp.Join)):
            sources += 1
            if not isinstance(part.this, _SOURCES):
                _refuse("only tables may follow FROM and JOIN")
        if isinstance(part, exp.Table):
            _check_table(part, known, tables)
    if sources > MOST_SOURCES:
        _refuse(f"it joins {sources} tables, at most {MOST_SOURCES} are allowed")


def _check_table(table: exp.Table, known: set[str], tables: Collection[str]) -> None:
    name = table.name
    if not isinstance(table.this, exp.Identifier) or table.db:
        _refuse("only table names may follow FROM and JOIN, no functions or paths")
    if name.lower() not in known:
        close = get_close_matches(name.lower(), tables, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        _refuse(f"there is no table {_plain(name)!r}{hint}")


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _refuse(why: str) -> NoReturn:
    raise _RefusedError(why)
